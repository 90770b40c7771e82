"""How long a photo of 12 megapixels takes: ours, in its limited process, against Pillow alone."""

import io
import random
import statistics
import time
from collections.abc import Callable

from PIL import Image

from inspection.photos.pictures import Refined, refine

TIMES = 15


def camera_jpeg(width: int = 4032, height: int = 3024) -> bytes:
    """Return a JPEG as heavy to decode as a photo: soft shapes under fine grain."""
    draw = random.Random(1)

    def noise(across: int, down: int) -> Image.Image:
        return Image.frombytes("RGB", (across, down), draw.randbytes(across * down * 3))

    shapes = noise(64, 48).resize((width, height), Image.Resampling.BICUBIC)
    grain = noise(width // 2, height // 2).resize((width, height), Image.Resampling.BILINEAR)
    return as_jpeg(Image.blend(shapes, grain, 0.12), 88)


def as_jpeg(image: Image.Image, quality: int) -> bytes:
    """Encode as Pillow does it by itself."""
    out = io.BytesIO()
    image.save(out, format="JPEG", quality=quality)
    return out.getvalue()


def pillow_alone(data: bytes) -> tuple[bytes, bytes]:
    """Take the same steps in this process, with no limit and no cleaning: the baseline."""
    image = Image.open(io.BytesIO(data))
    image.thumbnail((2048, 2048))
    picture = as_jpeg(image, 82)
    image.thumbnail((400, 400))
    return picture, as_jpeg(image, 75)


def milliseconds(act: Callable[[bytes], object], data: bytes) -> float:
    """Time one act, in ms."""
    started = time.perf_counter()
    act(data)
    return (time.perf_counter() - started) * 1000


def measure() -> list[tuple[str, float, float, str]]:
    """Return (what, ours, baseline, unit): medians of `TIMES` runs taken in turns."""
    data = camera_jpeg()
    assert isinstance(refine(data), Refined)
    pillow_alone(data)
    pairs = [(milliseconds(refine, data), milliseconds(pillow_alone, data)) for _ in range(TIMES)]
    ours, baseline = (statistics.median(column) for column in zip(*pairs, strict=True))
    return [("photo 12 MP", ours, baseline, "ms")]


if __name__ == "__main__":
    for what, ours, baseline, unit in measure():
        print(
            f"{what}: ours/pillow {ours / baseline:.2f} "
            f"({ours:.0f} / {baseline:.0f} {unit}), median of {TIMES}"
        )
