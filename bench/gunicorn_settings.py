"""What both servers run with: as `serve` does, what start-up left behind is taken out of the GC."""

import gc
from typing import Any

workers = 1
worker_class = "gthread"
threads = 8
keepalive = 120
loglevel = "error"


def post_worker_init(worker: Any) -> None:
    gc.collect()
    gc.freeze()
