"""Words as they are looked for: without case, accents and the letters that hands write two ways."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

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
    return apart.translate({ord(letter): _bare(letter) for letter in set(apart)})


@lru_cache(maxsize=4096)
def _bare(letter: str) -> str:
    """Nothing for a mark, 0 to 9 for a decimal digit of any script, else the letter's one form."""
    if unicodedata.category(letter)[0] == "M":
        return ""
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    return letter.translate(_ALIKE)
