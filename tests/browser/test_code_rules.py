"""Codes and hand-held scanners as the browser reads them, over the examples that bind Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Live

VECTORS = json.loads((Path(__file__).resolve().parents[1] / "vectors" / "codes.json").read_text())
MODULE = "/static/js/rules"

pytestmark = pytest.mark.browser


@pytest.fixture
def there(page: Page, live: Live) -> Page:
    page.goto(f"{live.url}/Q")
    return page


def each(page: Page, module: str, call: str, values: Any) -> Any:
    """What a function of a module makes of each of `values`."""
    script = f"""async (values) => {{
      const of = await import("{MODULE}/{module}.js");
      return values.map((value) => {call});
    }}"""
    return page.evaluate(script, values)


def test_the_browser_reads_codes_as_the_server_does(there: Page) -> None:
    spelled = VECTORS["spellings"] + [
        {"text": one["address"], "code": one["code"]} for one in VECTORS["addresses"]
    ]
    read = each(there, "code", "of.read(value)", [one["text"] for one in spelled])
    assert read == [{"code": one["code"]} for one in spelled]
    wrong = each(there, "code", "of.read(value).wrong", VECTORS["typing_mistakes"])
    assert wrong == ["typing_mistake"] * len(wrong)
    assert set(each(there, "code", "of.read(value).wrong", VECTORS["not_codes"])) == {"not_a_code"}
    grouped = each(there, "code", "of.grouped(value)", [one["code"] for one in VECTORS["minted"]])
    assert grouped == [one["grouped"] for one in VECTORS["minted"]]


def test_fault_70_a_sticker_of_somebody_else_is_told_apart(there: Page) -> None:
    texts = [
        "HTTPS://TANDEM.EXAMPLE/Q/BF4FPYYBG4SF",
        "bf4f-pyyb-g4sf",
        "https://tandem.example.evil.example/Q/BF4FPYYBG4SF",
        "https://tandem.example@evil.example/Q/BF4FPYYBG4SF",
        "https://pay.example/now",
        "WIFI:T:WPA;S:guests;;",
    ]
    said = each(there, "code", 'of.scanned(value, ["tandem.example"])', texts)
    ours = {"code": "BF4FPYYBG4SF"}
    assert said[:2] == [ours, ours]
    assert [one.get("host") for one in said[2:]] == [
        "tandem.example.evil.example",
        "evil.example",
        "pay.example",
        None,
    ]
    assert all(one["foreign"] for one in said[2:])


def test_only_a_scanner_types_that_fast(there: Page) -> None:
    code = "BF4FPYYBG4SF"
    keys = [*code, "Enter"]
    hands = [[key, 400 * n] for n, key in enumerate(keys)]
    scanner = [[key, 8 * n] for n, key in enumerate(keys)]
    mixed = [["x", 0], *[[key, 1000 + 8 * n] for n, key in enumerate(keys)]]
    fold = "value.reduce((so, [key, at]) => of.typed(so, key, at), null).read"
    assert each(there, "wedge", fold, [hands, scanner, mixed, scanner[:6] + scanner[-1:]]) == [
        "",
        code,
        code,
        "",
    ]
