import json
from pathlib import Path
from typing import Any

import pytest

from inspection import idempotency

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "content_sha256.json"


@pytest.mark.parametrize(
    "case", json.loads(VECTORS.read_text())["cases"], ids=lambda case: case["about"]
)
def test_a_submission_is_named_as_the_examples_say(case: dict[str, Any]) -> None:
    pairs = [idempotency.as_content(name, value) for name, value in case["pairs"]]
    assert idempotency.content_sha256(pairs) == case["sha256"]
