"""Labels, printed and read back by two decoders that know nothing of each other."""

import io
import json
import random
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image

from qr import payload
from qr.labels import CHECK_LENGTH, HEIGHT, WIDTH, Label, draw, pdf, png, sheet, svg, terminal

HOSTS = [
    "tandem.example",
    "192.168.100.200:5000",
    "service.some-longer-example-council.example.org:8443",
]
PLACES = [
    ("Toilet 2.14", "Level 2 · Block B"),
    ("Herrentoilettenanlage Süd", "Ebene 3 · Gebäude Hauptstraße"),
    ("مدخل المبنى الرئيسي", "الطابق 2 · المبنى ب"),
    ("Køkken æøå ÆØÅ", "Plan 1 · Blok Ö"),
    ("Żółta łazienka – piętro drugie, skrzydło wschodnie", "Poziom 2 · Blok Ź"),
    ("Donaudampfschifffahrtsgesellschaftskapitänskajüte" * 3, "Deck 1"),
    ("Corridor by the north stairwell, beside the lifts " * 4, "Level −1 · Wing East · " * 4),
    ("", ""),
]
DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


def label(number: int = 0, place: str | None = None, detail: str | None = None) -> Label:
    host = HOSTS[number % len(HOSTS)]
    usual = PLACES[number % len(PLACES)]
    code = payload.mint(random.Random(number).getrandbits(payload.BITS))
    return Label(
        code,
        payload.address(f"https://{host}", code),
        host,
        usual[0] if place is None else place,
        usual[1] if detail is None else detail,
    )


def printed(document: bytes, dpi: int = 300) -> Image.Image:
    return pdfium.PdfDocument(document)[0].render(scale=dpi / 72).to_pil().convert("L")


def words_of(document: bytes) -> str:
    return pdfium.PdfDocument(document)[0].get_textpage().get_text_bounded()


def by_zxing(image: Image.Image) -> set[str]:
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return {each.text for each in found}


def by_opencv(image: Image.Image) -> str:
    pixels = np.asarray(image)
    for detector in (cv2.QRCodeDetector(), cv2.QRCodeDetectorAruco()):
        text = detector.detectAndDecode(pixels)[0]
        if text:
            return str(text)
    return ""


@pytest.mark.parametrize("number", range(8))
def test_a_printed_label_is_read_by_two_decoders(number: int) -> None:
    one = label(number)
    for image in (printed(pdf(one)), Image.open(io.BytesIO(png(one)))):
        assert by_zxing(image) == {one.address}
        assert by_opencv(image) == one.address


def test_all_twenty_one_codes_of_a_sheet_are_read() -> None:
    labels = [label(number) for number in range(21)]
    document = sheet(iter(labels))
    assert len(pdfium.PdfDocument(document)) == 1
    assert by_zxing(printed(document)) == {each.address for each in labels}


def test_the_twenty_second_label_begins_a_second_sheet() -> None:
    document = pdfium.PdfDocument(sheet(label(number) for number in range(22)))
    assert len(document) == 2
    assert by_zxing(document[1].render(scale=3).to_pil()) == {label(21).address}


def test_a_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one label"):
        sheet([])


def test_the_sheet_lies_on_the_die_cuts() -> None:
    """The codes' top left finders stand one pitch apart, the first inside the first label."""
    one = label(0, "", "")
    edge = 10 * min(bar.x for bar in draw(one).bars)
    pixels = np.asarray(printed(sheet([one] * 21), 254)) < 128  # ten pixels to a millimetre
    for row, column in [(0, 0), (0, 2), (6, 0), (6, 2)]:
        left, top = round(72.5 + 660.4 * column + edge), round(151.5 + 381 * row + edge)
        assert pixels[top + 2 : top + 7, left + 2 : left + 60].all()
        assert not pixels[top - 30 : top - 2, left : left + 250].any()
        assert not pixels[top : top + 60, left - 30 : left - 2].any()


@pytest.mark.parametrize("number", range(6))
def test_the_words_are_words_in_the_pdf(number: int) -> None:
    one = label(number, "Toilet 2.14", "Level 2 · Block B")
    words = words_of(pdf(one))
    for expected in ("Toilet 2.14", "Level 2 · Block B", payload.grouped(one.code), "20 mm"):
        assert expected in words
    # The reader of the page marks a hyphen at a line's end with U+0002.
    assert one.host in re.sub(r"\s", "", words.replace("\x02", "-"))


def test_the_code_is_as_large_as_fits_and_its_quiet_zone_is_white() -> None:
    for number in range(3):
        one = label(number)
        code = [bar for bar in draw(one).bars if bar.x < 37]
        left, right = min(bar.x for bar in code), max(bar.x + bar.width for bar in code)
        top, bottom = min(bar.y for bar in code), max(bar.y + bar.height for bar in code)
        module = min(bar.height for bar in code)
        assert right - left == pytest.approx(bottom - top)
        assert right - left >= 25
        assert min(left, top, HEIGHT - bottom) >= 4 * module
        assert min(text.x for text in draw(one).texts) - right >= 4 * module


def test_the_check_line_is_twenty_millimetres() -> None:
    marks = [bar for bar in draw(label()).bars if bar.x > 37]
    assert min(m.x for m in marks) + CHECK_LENGTH == max(m.x + m.width for m in marks)

    row = round(np.mean([m.y + m.height / 2 for m in marks]) / 25.4 * 600)
    dark = np.flatnonzero(np.asarray(printed(pdf(label()), 600))[row, 885:] < 128)
    assert (dark[-1] + 1 - dark[0]) / 600 * 25.4 == pytest.approx(20, abs=0.05)


@pytest.mark.parametrize("number", range(24))
def test_no_word_leaves_its_column_or_touches_another(number: int) -> None:
    texts = draw(label(number, *PLACES[number // 3])).texts
    for text in texts:
        assert text.x >= 37
        assert text.x + text.line.width * text.size <= WIDTH - 2.2
        assert text.y - 0.72 * text.size >= 2
        assert text.y <= HEIGHT - 2
    by_height = sorted(texts, key=lambda text: text.y)
    for upper, lower in pairwise(by_height):
        assert lower.y - upper.y >= 0.9 * lower.size


def test_a_name_too_long_is_shortened_visibly_and_a_short_one_never() -> None:
    long, short = draw(label(6)).texts, draw(label(0)).texts
    assert any(text.line.text.endswith("…") for text in long)
    assert not any("…" in text.line.text for text in short)


def test_arabic_stands_at_the_right_edge_of_its_column() -> None:
    text = draw(label(2, "المبنى", "")).texts[0]
    assert text.x + text.line.width * text.size == pytest.approx(WIDTH - 2.3)


def test_the_svg_parses_and_its_words_are_escaped() -> None:
    one = label(0, "<b>R&D</b> \"lab\" & 'store'", "]]><script>alert(1)</script>")
    tree = ElementTree.fromstring(svg(one))
    assert tree.attrib["viewBox"] == f"0 0 {WIDTH} {HEIGHT}"
    words = [each.text or "" for each in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert payload.grouped(one.code) in words
    assert "R&D" in "".join(words)
    assert not list(tree.iter("{http://www.w3.org/2000/svg}script"))


def test_the_same_label_is_the_same_file_tomorrow() -> None:
    assert pdf(label(1)) == pdf(label(1))
    assert png(label(1)) == png(label(1))


def modules_of(art: str) -> Image.Image:
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", row) for row in art.split("\n")]
    rows = [
        [half(character) for character in row]
        for row in lines
        for half in (lambda c: c in "▀█", lambda c: c in "▄█")
    ]
    pixels = np.where(np.array(rows), 0, 255).astype(np.uint8)
    return Image.fromarray(np.kron(pixels, np.ones((6, 6), np.uint8)))


@pytest.mark.parametrize("number", range(3))
def test_the_code_in_the_terminal_can_be_scanned(number: int) -> None:
    art = terminal(label(number).address)
    assert art.count("\x1b[38;5;16;48;5;231m") == art.count("\x1b[0m") == art.count("\n") + 1
    image = modules_of(art)
    assert by_zxing(image) == {label(number).address}
    assert by_opencv(image) == label(number).address


def hostile_names() -> Iterator[str]:
    yield from json.loads((DATA / "hostile/blns/blns.json").read_text("utf-8"))
    yield from (DATA / "hostile/csv_injection/csv-payload.txt").read_text("utf-8").splitlines()


@pytest.mark.real_data
def test_no_hostile_name_breaks_a_label() -> None:
    if not DATA.exists():
        pytest.skip("the folder of real inputs is not beside the project")
    names = list(hostile_names())
    assert len(names) > 400
    labels = [label(3 * n, name, name[::-1]) for n, name in enumerate(names)]
    for one in labels:
        tree = ElementTree.fromstring(svg(one))
        for text in tree.iter("{http://www.w3.org/2000/svg}text"):
            reach = 0 if "direction" in text.attrib else float(text.attrib["textLength"])
            assert float(text.attrib["x"]) + reach < WIDTH - 2
    document = pdfium.PdfDocument(sheet(labels))
    read = set().union(*(by_zxing(page.render(scale=150 / 72).to_pil()) for page in document))
    assert read == {one.address for one in labels}
