"""The only program that decodes a stranger's picture: it limits itself, reads one, answers, ends.

`pictures.refine` runs this file by path, with an empty environment; no module of ours imports it
and it imports none, so that Pillow stays out of the web process. The arguments are the format
(`JPEG`, `PNG`, `WEBP`, `HEIF`) and the greatest number of pixels; standard input holds the bytes of
one picture. Standard output gets one line and, when the picture was refined, the bytes of its copy
and of its thumbnail. The line says width, height and the length of the copy, or why not:

    refined 2048 1536 526097
    refused truncated OSError('image file is truncated')
"""

import contextlib
import importlib
import io
import os
import resource
import sys
import warnings

from PIL import Image, JpegImagePlugin

# Hazard: Pillow would import five formats at the first open or save, which costs 15 ms a picture.
# The name is private: without it all works, slower. JPEG is what we write.
Image._initialized = 1
assert JpegImagePlugin

MEGABYTE = 1024 * 1024
PICTURE_SIDE = 2048
THUMBNAIL_SIDE = 400
PICTURE_QUALITY = 82
THUMBNAIL_QUALITY = 75

LIMITS = {
    # Enough for 50 megapixels of JPEG, HEIC and PNG, but not of WebP (28) or of a transparent
    # palette: those are refused as too demanding. Measured: docs/decisions/0003-photo-storage.md.
    resource.RLIMIT_AS: (512 * MEGABYTE, 512 * MEGABYTE),
    # Seconds; the soft limit ends us by SIGXCPU, which says why we ended.
    resource.RLIMIT_CPU: (10, 11),
    # The answer leaves through a pipe: no file is ever written.
    resource.RLIMIT_FSIZE: (0, 0),
    resource.RLIMIT_CORE: (0, 0),
}

# Importing one registers its format with Pillow; no decoder of another format is ever loaded.
PLUGINS = {
    "JPEG": "PIL.JpegImagePlugin",
    "PNG": "PIL.PngImagePlugin",
    "WEBP": "PIL.WebPImagePlugin",
    "HEIF": "pi_heif.HeifImagePlugin",
}

ORIENTATION_TAG = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Animated(Exception):
    """The file holds more than one frame."""


class Truncated(Exception):
    """The file ends before the length that it declares."""


def limit_ourselves() -> None:
    """Give up, for good, every resource that one picture within our limits does not need."""
    for which, (soft, hard) in LIMITS.items():
        resource.setrlimit(which, (soft, hard))


def declared_length(data: bytes, picture_format: str) -> int:
    """Tell how many bytes the container says it has: RIFF's field, or the boxes of ISO 14496-12.

    Hazard: libheif fills the tiles that a cut HEIC lost with grey and says nothing, so that the cut
    shows in this sum alone. JPEG and PNG declare nothing (0); Pillow notices those by itself.
    """
    if picture_format == "WEBP":
        return 8 + int.from_bytes(data[4:8], "little")
    if picture_format != "HEIF":
        return 0
    start = 0
    while start + 8 <= len(data):
        size, name = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8]
        if size == 1:  # the real one follows the name
            size = int.from_bytes(data[start + 8 : start + 16], "big")
        to_the_end = size < 8
        a_tail_after_the_picture = start + size > len(data) and name not in (b"meta", b"mdat")
        if to_the_end or a_tail_after_the_picture:
            break
        start += size
    return start


def opened(data: bytes, picture_format: str) -> Image.Image:
    """Read the header alone and refuse by it: nothing is decoded before this returns."""
    importlib.import_module(PLUGINS[picture_format])
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    if declared_length(data, picture_format) > len(data):
        raise Truncated
    image = Image.open(io.BytesIO(data), formats=[picture_format])
    # A JPEG or HEIC with more pictures in it (depth, preview, second lens) is a photo, no film.
    if picture_format in ("PNG", "WEBP") and getattr(image, "is_animated", False):
        raise Animated
    return image


def orientation(image: Image.Image) -> Image.Transpose | None:
    """Tell the turn that puts the picture upright, None when there is none to make."""
    try:
        return UPRIGHT.get(image.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # a damaged Exif block raises almost anything, and spoils no pixel
        return None


def shrunk(image: Image.Image, side: int) -> Image.Image:
    """Fit the picture into a square of `side` pixels; a smaller one keeps its size."""
    image.thumbnail((side, side))
    return image


def decoded(image: Image.Image) -> Image.Image:
    """Decode to no more pixels than needed and shrink, in a mode that can be resampled."""
    scale = min(PICTURE_SIDE / max(image.size), 1)
    image.draft(None, (int(image.width * scale), int(image.height * scale)))
    image.load()
    if image.mode == "1":
        image = image.convert("L")
    elif image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return shrunk(image, PICTURE_SIDE)


def on_white(image: Image.Image) -> Image.Image:
    """Lay a transparent picture onto white."""
    if not image.has_transparency_data:
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Bring the colours into sRGB, as the picture's own profile explains them if it makes sense."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    if profile:
        from PIL import ImageCms

        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            ours = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, theirs, ours, outputMode="RGB") or image
    return image if image.mode == "RGB" else image.convert("RGB")


def as_jpeg(image: Image.Image, quality: int) -> bytes:
    """Encode the picture, without any metadata."""
    out = io.BytesIO()
    image.save(out, format="JPEG", quality=quality)
    return out.getvalue()


def refined(data: bytes, picture_format: str) -> tuple[tuple[int, int], bytes, bytes]:
    """Return the size (width, height) of the copy that is kept, and it and its thumbnail as JPEG.

    Hazard: Pillow carries a comment and XMP from `info` into a JPEG by itself: `info` is emptied.
    """
    image = opened(data, picture_format)
    profile = image.info.get("icc_profile")
    image = decoded(image)
    turn = orientation(image)
    image = in_srgb(on_white(image), profile)
    if turn is not None:
        image = image.transpose(turn)
    image.info = {}
    size, picture = image.size, as_jpeg(image, PICTURE_QUALITY)
    return size, picture, as_jpeg(shrunk(image, THUMBNAIL_SIDE), THUMBNAIL_QUALITY)


def reason_for(error: Exception) -> str:
    """Name the refusal that an exception of Pillow's means."""
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return "too_many_pixels"
    if isinstance(error, Animated):
        return "animated"
    if isinstance(error, MemoryError):
        return "too_demanding"
    if isinstance(error, Truncated | EOFError) or "truncated" in str(error).lower():
        return "truncated"
    return "unreadable"


def answer(data: bytes, picture_format: str) -> bytes:
    """Refine the picture and word the result as it goes through the pipe; never raises."""
    try:
        (width, height), picture, thumbnail = refined(data, picture_format)
    except Exception as error:  # whatever a decoder says about a stranger's bytes, it is a refusal
        detail = repr(error)[:200].replace("\n", " ")
        return f"refused {reason_for(error)} {detail}\n".encode()
    return f"refined {width} {height} {len(picture)}\n".encode() + picture + thumbnail


def main() -> None:
    """Limit, read, answer, and end without the interpreter's tidying up."""
    limit_ourselves()
    picture_format, Image.MAX_IMAGE_PIXELS = sys.argv[1], int(sys.argv[2])
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read(), picture_format))
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
