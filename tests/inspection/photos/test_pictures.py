"""Whatever a stranger sends ends as a clean picture or as a refusal in plain words."""

import io
import os
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from inspection.photos import pictures
from inspection.photos.pictures import Refined, refine
from inspection.rules.refusal import Refusal

DATA = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
QUARTERS = {"red": (200, 30, 30), "green": (30, 160, 30), "blue": (30, 30, 200), "grey": (90,) * 3}
# quartered(64, 48) with an Artist and a position in its Exif.
HEIC = Path(__file__).with_name("quartered.heic")
UPRIGHT = ["red", "green", "blue", "grey"]  # top left, top right, bottom left, bottom right

# How a camera that was held so wrote the rows: the transposition that undoes each orientation.
AS_HELD = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def quartered(width: int = 120, height: int = 80) -> Image.Image:
    image = Image.new("RGB", (width, height))
    for place, name in enumerate(UPRIGHT):
        x, y = place % 2 * width // 2, place // 2 * height // 2
        image.paste(QUARTERS[name], (x, y, x + width // 2, y + height // 2))
    return image


def encoded(image: Image.Image, picture_format: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format=picture_format, **options)
    return out.getvalue()


def shown(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def quarters_of(image: Image.Image) -> list[str]:
    def nearest(pixel: tuple[int, ...]) -> str:
        return min(
            QUARTERS,
            key=lambda name: sum(abs(a - b) for a, b in zip(pixel, QUARTERS[name], strict=True)),
        )

    width, height = image.size
    places = [(x, y) for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    return [nearest(image.getpixel(place)) for place in places]


def refined(data: bytes) -> Refined:
    result = refine(data)
    assert isinstance(result, Refined), result
    return result


def code_for(data: bytes) -> str:
    result = refine(data)
    assert isinstance(result, Refusal)
    assert result.sentence % result.params
    return result.code


def segments(jpeg: bytes) -> list[int]:
    """The markers of a JPEG up to its pixels, which must be all that the file holds."""
    assert jpeg[:2] == b"\xff\xd8"
    assert jpeg.endswith(b"\xff\xd9")
    found, at = [], 2
    while found[-1:] != [0xDA]:
        marker, length = struct.unpack(">xBH", jpeg[at : at + 4])
        found.append(marker)
        at += 2 + length
    assert jpeg.count(b"\xff\xd9") == 1
    return found


JFIF_TABLES_FRAME_SCAN = {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


@pytest.fixture
def decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts another program in the decoder's place."""

    def replace(program: str) -> None:
        path = tmp_path / "decoder.py"
        path.write_text("import os, signal, sys, time\n" + program)
        monkeypatch.setattr(pictures, "DECODER", path)

    return replace


# What comes out


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_stands_upright_however_it_was_held(
    orientation: int, picture_format: str
) -> None:
    held = quartered()
    if (turn := AS_HELD[orientation]) is not None:
        held = held.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    result = refined(encoded(held, picture_format, exif=exif))
    for copy in (result.picture, result.thumbnail):
        assert quarters_of(shown(copy)) == UPRIGHT
    assert (result.width, result.height) == (120, 80) == shown(result.picture).size


@pytest.mark.parametrize("with_profile", [True, False])
def test_nothing_is_left_in_the_copies_but_pixels(with_profile: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = "SECRET owner"
    exif.get_ifd(0x8825)[2] = (55.0, 40.0, 12.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    sent = encoded(
        quartered(),
        exif=exif,
        comment=b"SECRET comment",
        xmp=b"<x:xmpmeta>SECRET</x:xmpmeta>",
        icc_profile=profile if with_profile else None,
    )
    iptc = b"Photoshop 3.0\x008BIM\x04\x04SECRET"
    sent = sent[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + sent[2:]
    assert sent.count(b"SECRET") == 4
    assert {0xE1, 0xED, 0xFE} <= set(segments(sent))
    assert (0xE2 in segments(sent)) == with_profile
    result = refined(sent)
    for copy in (result.picture, result.thumbnail):
        assert set(segments(copy)) == JFIF_TABLES_FRAME_SCAN
        assert b"SECRET" not in copy
        assert shown(copy).getexif() == {}


def test_words_in_a_png_do_not_come_along() -> None:
    words = PngInfo()
    words.add_text("Author", "SECRET")
    words.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>SECRET</x:xmpmeta>")
    result = refined(encoded(quartered(), "PNG", pnginfo=words))
    assert b"SECRET" not in result.picture + result.thumbnail
    assert set(segments(result.picture)) == JFIF_TABLES_FRAME_SCAN


def test_what_hangs_behind_a_picture_is_cut_off() -> None:
    for sent in (encoded(quartered()), encoded(quartered(), "PNG"), encoded(quartered(), "WEBP")):
        result = refined(sent + b"<script>alert(1)</script><?php system('id');")
        for copy in (result.picture, result.thumbnail):
            segments(copy)
            assert b"script" not in copy
            assert b"<?php" not in copy


def test_colours_are_brought_into_srgb_before_their_profile_is_dropped() -> None:
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for name, other in ((b"rXYZ", b"bXYZ"), (b"bXYZ", b"rXYZ")):
        at = swapped.index(name) if name == b"rXYZ" else swapped.rindex(name)
        swapped[at : at + 4] = other if other == b"rXYZ" else b"bXYZ"
    red = Image.new("RGB", (16, 16), (250, 10, 10))
    plain, profiled = (
        shown(refined(encoded(red, "PNG", **options)).picture).getpixel((8, 8))
        for options in ({}, {"icc_profile": bytes(swapped)})
    )
    assert plain[0] > 200 > 100 > plain[2]
    assert profiled[2] > 200 > 100 > profiled[0]


def test_a_profile_that_is_nonsense_spoils_no_picture() -> None:
    result = refined(encoded(quartered(), icc_profile=b"nonsense" * 40))
    assert quarters_of(shown(result.picture)) == UPRIGHT


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_lies_on_white(mode: str) -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0)).convert(mode)
    options = {"transparency": clear.getpixel((0, 0))} if mode == "P" else {}
    picture = shown(refined(encoded(clear, "PNG", **options)).picture)
    assert picture.mode == "RGB"
    assert picture.getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [("1", 1, 255), ("L", 100, 100), ("I;16", 100 * 257, 100), ("CMYK", (0, 0, 0, 155), 100)],
)
def test_every_kind_of_grey_stays_as_light_as_it_was(mode: str, colour: int, expected: int) -> None:
    sent = encoded(Image.new(mode, (40, 40), colour), "JPEG" if mode == "CMYK" else "PNG")
    pixel = shown(refined(sent).picture).getpixel((20, 20))
    assert all(abs(value - expected) <= 2 for value in pixel)


def test_a_large_picture_is_kept_at_2048_and_shown_small_at_400() -> None:
    result = refined(encoded(quartered(4000, 3000)))
    assert (result.width, result.height) == (2048, 1536)
    assert shown(result.thumbnail).size == (400, 300)
    assert quarters_of(shown(result.thumbnail)) == UPRIGHT


def test_a_small_picture_is_not_blown_up() -> None:
    assert shown(refined(encoded(quartered(30, 20))).thumbnail).size == (30, 20)


def test_a_picture_as_thin_as_a_line_is_still_a_picture() -> None:
    result = refined(encoded(Image.new("RGB", (9000, 1)), "PNG"))
    assert (result.width, result.height) == (2048, 1)


def test_a_jpeg_with_a_second_picture_inside_is_its_first() -> None:
    second = Image.new("RGB", (60, 40), "white")
    sent = encoded(quartered(), "MPO", save_all=True, append_images=[second])
    assert quarters_of(shown(refined(sent).picture)) == UPRIGHT


def test_a_heic_is_upright_and_clean_too() -> None:
    sent = HEIC.read_bytes()
    assert b"SECRET" in sent
    result = refined(sent)
    assert quarters_of(shown(result.picture)) == UPRIGHT
    assert set(segments(result.picture)) == JFIF_TABLES_FRAME_SCAN
    assert b"SECRET" not in result.picture + result.thumbnail


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.99])
def test_a_heic_that_ends_too_early_is_refused(kept: float) -> None:
    sent = HEIC.read_bytes()
    assert code_for(sent[: int(len(sent) * kept)]) == "photo.truncated"


def test_a_heic_with_a_tail_is_the_picture_before_it() -> None:
    sent = HEIC.read_bytes() + b"<script>alert(1)</script>"
    assert b"script" not in refined(sent).picture


def test_the_hash_is_of_the_bytes_as_received() -> None:
    sent = encoded(quartered())
    digest = subprocess.run(["sha256sum"], input=sent, capture_output=True, check=True).stdout
    assert refined(sent).sha256_received == digest.split()[0].decode()


# What is refused


ACTIVE = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "xml svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7\n1 0 obj<<>>endobj",
    "zip": b"PK\x03\x04" + b"\0" * 40,
    "gif": encoded(quartered(), "GIF"),
    "bmp": encoded(quartered(), "BMP"),
    "tiff": encoded(quartered(), "TIFF"),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "html before a picture": b"<script>alert(1)</script>" + encoded(quartered()),
}


@pytest.mark.parametrize("kind", ACTIVE)
def test_what_is_no_photo_is_never_decoded(
    kind: str, decoder: Callable[[str], None], tmp_path: Path
) -> None:
    decoder(f"open({str(tmp_path / 'was_started')!r}, 'w')")
    assert code_for(ACTIVE[kind]) == "photo.not_a_picture"
    assert not (tmp_path / "was_started").exists()


def test_no_bytes_are_no_picture() -> None:
    assert code_for(b"") == "photo.empty"


def test_more_than_20_megabytes_are_refused_unread(decoder: Callable[[str], None]) -> None:
    decoder("raise SystemExit")
    assert code_for(encoded(quartered()) + b"\0" * pictures.MAX_BYTES) == "photo.too_large"


@pytest.mark.parametrize("picture_format", ["PNG", "WEBP"])
def test_a_picture_that_moves_is_refused(picture_format: str) -> None:
    frames = [quartered(), quartered().transpose(Image.Transpose.ROTATE_180)]
    sent = encoded(frames[0], picture_format, save_all=True, append_images=frames[1:])
    assert code_for(sent) == "photo.animated"


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize(
    ("picture_format", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {})],
)
def test_a_picture_that_ends_too_early_is_refused(
    picture_format: str, options: dict[str, bool], kept: float
) -> None:
    noise = Image.effect_noise((300, 200), 80).convert("RGB")
    sent = encoded(noise, picture_format, **options)
    assert code_for(sent[: int(len(sent) * kept)]) == "photo.truncated"


@pytest.mark.parametrize(
    "magic",
    [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBP", b"\0\0\0\x18ftypheic"],
)
def test_a_beginning_without_a_picture_is_refused(magic: bytes) -> None:
    assert code_for(magic + b"<script>" * 50) in ("photo.unreadable", "photo.truncated")


def one_bit_png(side: int) -> bytes:
    rows = zlib.compressobj(9)
    body = b"".join(rows.compress(b"\0" * (1 + (side + 7) // 8)) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", body + rows.flush())
        + png_chunk(b"IEND", b"")
    )


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_bomb_is_refused_by_its_header_and_the_asking_process_does_not_grow() -> None:
    bomb = one_bit_png(13_000)
    assert len(bomb) < 40_000
    refine(encoded(quartered()))
    before, started = resident_bytes(), time.monotonic()
    assert code_for(bomb) == "photo.too_many_pixels"
    assert resident_bytes() - before < 2_000_000
    assert time.monotonic() - started < 5


def test_fifty_million_pixels_are_the_limit() -> None:
    assert code_for(one_bit_png(7_072)) == "photo.too_many_pixels"
    assert isinstance(refine(one_bit_png(7_071)), Refined)


def test_a_picture_that_needs_more_memory_than_there_is_is_refused() -> None:
    palette = Image.new("P", (8160, 6120), 1)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    assert code_for(encoded(palette, "PNG", transparency=0)) == "photo.too_demanding"


# What becomes of the child


def test_a_child_that_is_killed_is_a_refusal(decoder: Callable[[str], None]) -> None:
    decoder("os.kill(os.getpid(), signal.SIGKILL)")
    assert code_for(encoded(quartered(2000, 2000))) == "photo.unreadable"


def test_a_child_that_crashes_without_reading_is_a_refusal(
    decoder: Callable[[str], None],
) -> None:
    decoder("os.kill(os.getpid(), signal.SIGSEGV)")
    assert code_for(encoded(Image.effect_noise((1500, 1500), 90))) == "photo.unreadable"


def test_a_child_that_ran_out_of_its_seconds_took_too_long(
    decoder: Callable[[str], None],
) -> None:
    decoder("os.kill(os.getpid(), signal.SIGXCPU)")
    assert code_for(encoded(quartered())) == "photo.took_too_long"


def test_a_child_that_hangs_is_ended(
    decoder: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "LONGEST_READING_S", 0.3)
    decoder("sys.stdin.buffer.read(); print('{', flush=True); time.sleep(60)")
    started = time.monotonic()
    assert code_for(encoded(quartered())) == "photo.took_too_long"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "program",
    [
        "print()",
        "print('refined')",
        "print('refined 1 1 one')",
        "print('refused')",
        "print('refused no_such_reason')",
        "print('refused ' + 'x' * 100_000)",
        "print('refined 1 1 6\\n<html><html>', end='')",
        "sys.stdout.buffer.write(b'\\xff' * 1000)",
        "sys.stdout.buffer.write(b'refined 1 1 4\\n' + b'\\xff\\xd8\\xff\\xe0' * 10_000_000)",
    ],
)
def test_a_child_that_was_taken_over_can_say_nothing_but_a_refusal(
    program: str, decoder: Callable[[str], None]
) -> None:
    decoder("sys.stdin.buffer.read()\n" + program)
    assert code_for(encoded(quartered())) == "photo.unreadable"


def test_a_child_that_cannot_be_started_means_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert code_for(encoded(quartered())) == "photo.busy"


def test_the_child_knows_none_of_our_secrets(
    decoder: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TANDEM_SECRET", "hidden")
    seen = tmp_path / "environment"
    decoder(f"open({str(seen)!r}, 'w').write(repr(dict(os.environ)))")
    refine(encoded(quartered()))
    assert "hidden" not in seen.read_text()


@pytest.fixture
def limited_child() -> Iterator[subprocess.Popen[bytes]]:
    """The real decoder, waiting for its picture."""
    with pictures._started("JPEG") as child:
        yield child
        child.kill()


def test_the_child_limits_itself_before_it_reads(
    limited_child: subprocess.Popen[bytes],
) -> None:
    limits = Path(f"/proc/{limited_child.pid}/limits")
    deadline = time.monotonic() + 10
    wanted = {
        "Max address space": str(512 * 1024 * 1024),
        "Max cpu time": "10",
        "Max file size": "0",
        "Max core file size": "0",
    }
    found: dict[str, str] = {}
    while found != wanted and time.monotonic() < deadline:
        lines = {
            line[:25].strip(): line[25:].split()[0] for line in limits.read_text().split("\n")[1:-1]
        }
        found = {name: lines[name] for name in wanted}
        time.sleep(0.02)
    assert found == wanted


def test_two_are_read_at_once_and_a_third_waits(
    decoder: Callable[[str], None], tmp_path: Path
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    decoder(
        f"here, counts = {str(here)!r}, {str(tmp_path / 'counts')!r}\n"
        "mine = os.path.join(here, str(os.getpid()))\n"
        "open(mine, 'w').close()\n"
        "time.sleep(0.15)\n"
        "print(len(os.listdir(here)), file=open(counts, 'a'), flush=True)\n"
        "os.remove(mine)"
    )
    threads = [threading.Thread(target=refine, args=(encoded(quartered()),)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = [int(line) for line in (tmp_path / "counts").read_text().split()]
    assert len(counts) == 5
    assert max(counts) <= 2


def test_who_waits_too_long_is_told_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_places", threading.BoundedSemaphore(1))
    monkeypatch.setattr(pictures, "LONGEST_WAIT_S", 0.05)
    with pictures._places:
        assert code_for(encoded(quartered())) == "photo.busy"


def test_the_asking_process_never_imports_a_decoder() -> None:
    program = (
        "import sys; from inspection.photos.pictures import refine;"
        "refine(b'\\xff\\xd8\\xff'); refine(b'\\x00\\x00\\x00\\x18ftypheic');"
        "print(sorted({'PIL', 'pi_heif'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[3]
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"


# Real files

EXPECTED = {
    "broken.png": "photo.unreadable",
    "broken_data_stream.png": "photo.unreadable",
    "corrupted.heic": "photo.unreadable",
    "decompression_bomb.gif": "photo.not_a_picture",
    "decompression_bomb.ico": "photo.not_a_picture",
    "empty.heic": "photo.empty",
    "etc_passwd.zip": "photo.not_a_picture",
    "lottapixel.jpg": "photo.too_many_pixels",
    "png_decompression_dos.png": "photo.unreadable",
    "truncated.heic": "photo.truncated",
    "truncated_image.png": "photo.truncated",
    "truncated_jpeg.jpg": "photo.truncated",
}


def real(folder: str) -> list[Path]:
    files = [path for path in sorted((DATA / folder).rglob("*")) if path.is_file()]
    if not files:
        pytest.skip(f"no real pictures: {folder} is not beside the project")
    return files


@pytest.mark.real_data
@pytest.mark.parametrize("folder", ["photos", "hostile/upload"])
def test_every_real_file_ends_as_a_clean_picture_or_as_the_refusal_it_deserves(
    folder: str,
) -> None:
    for path in real(folder):
        result = refine(path.read_bytes())
        code = result.code if isinstance(result, Refusal) else None
        assert code == EXPECTED.get(path.name), path.name
        if isinstance(result, Refined):
            assert set(segments(result.picture)) == JFIF_TABLES_FRAME_SCAN, path.name
            assert b"<?php" not in result.picture, path.name


@pytest.mark.real_data
def test_the_eight_real_portraits_all_look_like_the_first() -> None:
    def tiny(path: Path) -> bytes:
        return shown(refined(path.read_bytes()).picture).resize((12, 18)).tobytes()

    first, *others = real("photos/orientation")
    for path in others:
        differences = [abs(a - b) for a, b in zip(tiny(first), tiny(path), strict=True)]
        assert max(differences) < 30, path.name


@pytest.mark.real_data
def test_a_heic_that_was_cut_is_refused_though_its_decoder_would_fill_the_rest_with_grey() -> None:
    for path in real("photos/heic"):
        data = path.read_bytes()
        if path.name not in EXPECTED:
            for kept in (0.5, 0.99):
                assert code_for(data[: int(len(data) * kept)]) == "photo.truncated", path.name


@pytest.mark.real_data
def test_an_upright_heic_keeps_its_shape() -> None:
    sizes = {
        path.name: (result.width, result.height)
        for path in real("photos/heic")
        if isinstance(result := refine(path.read_bytes()), Refined)
    }
    assert sizes == {
        "IMG_5195.HEIC": (1586, 2048),
        "arrow.heic": (1536, 2048),
        "samplefilehub.heif": (640, 426),
    }
