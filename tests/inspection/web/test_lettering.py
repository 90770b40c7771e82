"""Which letters can be printed, and where a line of them breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.web.lettering import LEADING, Room, faces, fit, line, paragraph, printable


@pytest.mark.parametrize("letters", ["æøåÆØÅ", "äöüßÄÖÜẞ", "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "–—·…°²½№", "ўґё"])
def test_the_letters_of_our_languages_are_printed_as_they_are(letters: str) -> None:
    assert printable(letters) == letters
    assert all(ord(c) in run.face.glyphs for run in line(letters).runs for c in run.text)


def test_arabic_is_printed_joined_and_from_the_right() -> None:
    """Never a box; joined letters are other characters than the ones typed."""
    pytest.importorskip("arabic_reshaper")
    pytest.importorskip("bidi")
    drawn = line(printable("المبنى 2"))
    letters = "".join(run.text for run in drawn.runs)
    assert drawn.right_to_left
    assert letters.startswith("2 ")
    assert "?" not in letters
    assert not set(letters) & set("المبنى")


def test_what_no_face_can_draw_becomes_a_question_mark_and_never_a_box() -> None:
    assert printable("会議室 A\x00\x1b[31m\u202eB\ud800") == "? A[31mB"
    assert printable("Z̸̡̢̨a̧̨") == printable("Z̸̡̢̨a̧̨")[:6]
    assert len(faces()) >= 1


def test_a_name_shrinks_before_its_words_are_broken() -> None:
    shrunk = fit("Herrentoilettenanlage Süd", Room(30, 3, 30), [6, 4, 3, 2], "-")
    assert shrunk.whole
    assert shrunk.size < 6
    broken = fit("Herrentoilettenanlage Süd", Room(20, 3, 30), [6, 4], "-")
    assert not broken.whole
    assert broken.lines[0].text.endswith("-")


def test_a_dash_between_words_is_kept() -> None:
    words = fit("Level 2 - West/East - B", Room(6, 9, 99), [1], "-")
    assert "".join(each.text for each in words.lines).replace(" ", "") == "Level2-West/East-B"


def test_a_long_text_keeps_every_word_and_its_own_line_breaks() -> None:
    words = " ".join(f"word{n}" for n in range(400))
    lines = paragraph(f"{words}\n\nthe end", 30)
    assert " ".join(each.text for each in lines if each.text) == f"{words} the end"
    assert [each.text for each in lines[-2:]] == ["", "the end"]
    assert all(each.width <= 30 for each in lines)


@given(st.text(max_size=400), st.integers(1, 4), st.floats(4, 40))
def test_whatever_the_name_it_stays_in_its_room(name: str, rows: int, width: float) -> None:
    fitted = fit(name, Room(width, rows, 3 * 4 * LEADING), [4, 2, 1], "-")
    assert len(fitted.lines) <= min(rows, 12)
    assert all(each.width * fitted.size <= width for each in fitted.lines)
    assert len(fitted.lines) * fitted.size * LEADING <= 3 * 4 * LEADING
