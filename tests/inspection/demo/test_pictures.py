"""The drawn photographs stand in for real ones, so they must come as real ones do."""

import io
import subprocess
import sys

import pytest
from PIL import Image

from inspection.demo.pictures import PICTURES, WALLS, draw

BEFORE_AND_AFTER = [
    ("tap_dripping", "tap_repaired"),
    ("basin_puddle", "basin_dry"),
    ("lamp_dead", "lamp_new"),
    ("bin_overflowing", "bin_clean"),
    ("tile_cracked", "tile_replaced"),
    ("radiator_cold", "radiator_warm"),
    ("closer_stuck", "closer_adjusted"),
    ("dispenser_empty", "dispenser_full"),
    ("lift_out_of_order", "lift_running"),
    ("gutter_blocked", "gutter_clear"),
]


def test_every_fault_has_its_picture_put_right_and_three_stand_alone() -> None:
    pairs = {name for pair in BEFORE_AND_AFTER for name in pair}
    assert set(PICTURES) == pairs | {"meter", "facade", "floor_plan"}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_a_jpeg_of_a_modest_size_and_no_blank_sheet(name: str) -> None:
    jpeg = draw(name)
    picture = Image.open(io.BytesIO(jpeg))
    assert (picture.format, picture.size, picture.mode) == ("JPEG", (1200, 900), "RGB")
    assert 30_000 < len(jpeg) < 250_000
    darkest, lightest = picture.convert("L").getextrema()
    assert isinstance(darkest, int | float)
    assert isinstance(lightest, int | float)
    assert lightest - darkest > 90


def test_a_picture_is_the_same_bytes_every_time_and_others_on_another_wall() -> None:
    first = draw("bin_clean")
    assert draw("bin_clean") == first
    assert draw("bin_clean", len(WALLS)) == first
    assert draw("bin_clean", 1) != first


def test_what_was_put_right_looks_different() -> None:
    before, after = (Image.open(io.BytesIO(draw(name))) for name in BEFORE_AND_AFTER[0])
    assert before.tobytes() != after.tobytes()


def test_a_name_nobody_drew_is_told() -> None:
    with pytest.raises(KeyError):
        draw("unicorn")


def test_nobody_waits_for_pillow_before_a_picture_is_drawn() -> None:
    asked = "import sys, inspection.demo.pictures; sys.exit('PIL' in sys.modules)"
    subprocess.run([sys.executable, "-c", asked], check=True)
