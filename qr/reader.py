"""The only program that looks for codes in a picture: it limits itself, reads one, answers, ends.

`reading.texts` runs this file by path, with an empty environment; no module of ours imports it and
it imports none. Standard input holds a JPEG of ours (`photos.pictures.refine` made it, so nothing a
stranger wrote is decoded here); standard output gets a JSON list of what its codes say.
"""

import io
import json
import resource
import sys

MEGABYTE = 1024 * 1024
MOST = 20  # codes of one picture

for what, limit in (
    (resource.RLIMIT_AS, 1024 * MEGABYTE),
    (resource.RLIMIT_CPU, 10),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
):
    resource.setrlimit(what, (limit, limit))

import zxingcpp  # noqa: E402 - under the limits
from PIL import Image  # noqa: E402

picture = Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=["JPEG"]).convert("L")
found = zxingcpp.read_barcodes(picture)
json.dump([one.text for one in found if one.text][:MOST], sys.stdout)
