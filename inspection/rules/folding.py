"""Words as they are looked for: without case, accents and the letters that hands write two ways."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 60  # characters of one word; what is longer was not typed by a person

_ALIKE = str.maketrans(
    {
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "ـ": "",  # tatweel only stretches a word
        "ى": "ي",
        "ی": "ي",
        "ئ": "ي",
        "ة": "ه",
        "ٱ": "ا",
        "ؤ": "و",
        "ک": "ك",
    }
)
_WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """The words of `text` in one spelling, each once, in their order, one space between them.

    Case and accents go, compatible letters become one (ﬁ, ①, full width), Arabic alef, ya and ta
    marbuta have one form each, and digits of every script are 0 to 9. What is neither letter nor
    digit parts words. Folding what is folded changes nothing.
    """
    return " ".join(dict.fromkeys(word[:LONGEST] for word in _WORD.findall(_plain(text))))


def words(text: str, most: int = 8) -> list[str]:
    """What somebody looks for in `text`: its first `most` words, folded."""
    return folded(text[:400]).split()[:most]


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())
    bare = "".join(_digit(one) for one in apart if unicodedata.category(one)[0] != "M")
    return bare.translate(_ALIKE)


def _digit(letter: str) -> str:
    """A decimal digit of any script as 0 to 9; every other letter as it is."""
    if letter.isascii() or not letter.isdecimal():
        return letter
    return str(unicodedata.decimal(letter))
