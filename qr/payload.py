"""What a code says: mint, read and check the twelve characters on the wall.

Standard library only. Eleven characters of Crockford's base32 (55 random bits) and one check
character over the field of 32 elements; why not Luhn: docs/decisions/0002-check-character.md.
`tests/vectors/codes.json` binds every other reader of codes to this one.
"""

import re
from functools import reduce
from urllib.parse import urlsplit

from inspection.rules.refusal import N_, Refusal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
BITS = 5 * (LENGTH - 1)

_CANONICAL = str.maketrans(
    ALPHABET.lower() + "OoIiLl",
    ALPHABET + "001111",
)
_VALUE = {character: value for value, character in enumerate(ALPHABET)}

# Spaces, dashes and the invisible marks that come along when a code is pasted. Spelled out,
# because `\s` means something else in JavaScript, and both must read alike.
_FILLING = re.compile(
    "[\t\n\r \u00a0\u2000-\u200a\u202f\u3000"
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\\-\u2010-\u2015\u2212]"
)
_DOOR = re.compile(r"^.*/q/([^/?#]*)(?:[/?#].*)?$", re.IGNORECASE | re.DOTALL)


def mint(bits: int) -> str:
    """Spell 55 random bits, handed in, as a code with its check character.

    Raises ValueError outside 0 ≤ bits < 2**55.
    """
    if not 0 <= bits < 1 << BITS:
        raise ValueError(f"a code is made of {BITS} bits")
    values = [bits >> shift & 31 for shift in range(BITS - 5, -1, -5)]
    return "".join(ALPHABET[value] for value in [*values, _times_alpha(_remainder(values))])


def read(text: str) -> str | Refusal:
    """Read a code as people type, paste or scan it: alone, or at the end of an address.

    Any case, dashes and spaces anywhere, O as 0, I and L as 1. The host of an address is not
    looked at: former hosts stay valid for ever.
    """
    address = _DOOR.match(text)
    code = _FILLING.sub("", address[1] if address else text).translate(_CANONICAL)
    if len(code) != LENGTH or not _VALUE.keys() >= set(code):
        return Refusal(
            "code.not_a_code",
            N_(
                "That is not one of our codes. A code has twelve letters and digits, in three"
                " groups of four, and never the letter U. Please compare it with the label."
            ),
        )
    if _remainder([_VALUE[character] for character in code]):
        return Refusal(
            "code.typing_mistake",
            N_(
                "That code has a typing mistake: one of its characters does not fit the others."
                " Please compare it with the label, character by character."
            ),
        )
    return code


def grouped(code: str) -> str:
    """Spell a code as it is printed: 7KX2-M9QF-4TDH."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def address(base_url: str, code: str) -> str:
    """Spell the address on the wall: HTTPS://HOST:PORT/Q/CODE, upper case for the QR's sake.

    Raises ValueError when the base is not scheme, host and port alone (a path is case-sensitive),
    or the host is not in ASCII (its xn-- form).
    """
    base = urlsplit(base_url.strip())
    rest = base.path.strip("/") or base.query or base.fragment or base.username
    if rest or not (base.scheme and base.hostname and base.netloc.isascii()):
        raise ValueError(f"not scheme, host and port alone: {base_url!r}")
    return f"{base.scheme}://{base.netloc}/Q/{code}".upper()


def _remainder(values: list[int]) -> int:
    """Weigh the values with falling powers of α and add them in the field; 0 means it fits."""
    return reduce(lambda total, value: _times_alpha(total) ^ value, values, 0)


def _times_alpha(element: int) -> int:
    """Multiply by α in the field of 32 elements modulo x⁵ + x² + 1, where α has order 31."""
    return element << 1 ^ (0x25 if element & 16 else 0)
