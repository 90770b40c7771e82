"""What a code says, held against the examples that every reader of codes shares."""

import json
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules.refusal import Refusal
from qr.payload import ALPHABET, BITS, address, grouped, mint, read

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "codes.json").read_text("utf-8"))
CODES = st.integers(0, 2**BITS - 1).map(mint)


def refused_as(text: str) -> str | None:
    answer = read(text)
    return answer.code if isinstance(answer, Refusal) else None


def swapped(code: str, one: int, other: int) -> str:
    letters = list(code)
    letters[one], letters[other] = letters[other], letters[one]
    return "".join(letters)


def test_the_alphabet_is_crockfords() -> None:
    assert VECTORS["alphabet"] == ALPHABET
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize("example", VECTORS["minted"], ids=lambda e: e["grouped"])
def test_the_same_bits_always_spell_the_same_code(example: dict[str, str]) -> None:
    assert mint(int(example["bits"])) == example["code"]
    assert grouped(example["code"]) == example["grouped"]


@pytest.mark.parametrize("example", VECTORS["spellings"], ids=lambda e: ascii(e["text"]))
def test_a_code_is_read_however_it_is_written(example: dict[str, str]) -> None:
    assert read(example["text"]) == example["code"]


@pytest.mark.parametrize("text", VECTORS["typing_mistakes"])
def test_a_mistyped_code_is_told_so(text: str) -> None:
    assert refused_as(text) == "code.typing_mistake"


@pytest.mark.parametrize("text", VECTORS["not_codes"], ids=ascii)
def test_what_has_not_the_shape_of_a_code_is_told_so(text: str) -> None:
    assert refused_as(text) == "code.not_a_code"


@pytest.mark.parametrize("example", VECTORS["addresses"], ids=lambda e: e["base_url"])
def test_the_address_is_upper_case_throughout(example: dict[str, str]) -> None:
    spelled = address(example["base_url"], example["code"])
    assert spelled == example["address"] == spelled.upper()
    assert read(spelled) == example["code"]


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "tandem.example",
        "https://",
        "https://tandem.example/app",
        "https://a.b/?x=1",
        "https://brånd.example",
        "https://me@a.b",
    ],
)
def test_an_address_needs_scheme_and_host_and_no_path(base_url: str) -> None:
    with pytest.raises(ValueError, match="scheme, host and port"):
        address(base_url, mint(0))


@pytest.mark.parametrize("bits", [-1, 2**BITS])
def test_only_fifty_five_bits_make_a_code(bits: int) -> None:
    with pytest.raises(ValueError, match="55 bits"):
        mint(bits)


@given(st.integers(0, 2**BITS - 1))
def test_no_two_codes_share_their_bits(bits: int) -> None:
    spelled = int("".join(f"{ALPHABET.index(letter):05b}" for letter in mint(bits)[:-1]), 2)
    assert spelled == bits


@given(CODES, st.data())
def test_case_dashes_and_look_alike_letters_never_matter(code: str, data: st.DataObject) -> None:
    looks = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(
        data.draw(st.sampled_from(["", "-", " ", " – "]))
        + data.draw(st.sampled_from(looks.get(letter, letter + letter.lower())))
        for letter in code
    )
    assert read(typed) == code


@given(CODES)
def test_every_single_wrong_character_is_caught(code: str) -> None:
    wrong = [
        code[:place] + other + code[place + 1 :]
        for place in range(12)
        for other in ALPHABET
        if other != code[place]
    ]
    assert len(wrong) == 12 * 31
    assert {refused_as(text) for text in wrong} == {"code.typing_mistake"}


@given(CODES)
def test_every_swap_of_two_places_is_caught_neighbours_or_not(code: str) -> None:
    for one, other in combinations(range(12), 2):
        expected = None if code[one] == code[other] else "code.typing_mistake"
        assert refused_as(swapped(code, one, other)) == expected


def test_every_pair_of_neighbours_at_every_place_is_caught_when_swapped() -> None:
    """Exhaustive: 11 places x 496 unequal pairs, among them the 0Z that Luhn mod 32 misses."""
    for place, (left, right) in product(range(11), combinations(range(32), 2)):
        code = code_with(place, left, right)
        assert refused_as(swapped(code, place, place + 1)) == "code.typing_mistake"


def code_with(place: int, left: int, right: int) -> str:
    """Find a code with these two neighbours; the last is the check, so one of 32 starts fits."""
    pair = ALPHABET[left] + ALPHABET[right]
    bits = (left << 5 | right) << 50 >> 5 * (place + 1)
    starts = (mint(bits | first << 50 if place == 10 else bits) for first in range(32))
    return next(code for code in starts if code[place : place + 2] == pair)


@given(CODES)
def test_a_guess_passes_the_check_one_time_in_thirty_two_and_leads_nowhere(code: str) -> None:
    """Twelve typed at random pass in exactly 1 of 32; that one is a code nobody has minted."""
    passing = [letter for letter in ALPHABET if read(code[:-1] + letter) == code[:-1] + letter]
    assert passing == [code[-1]]


def test_two_wrong_characters_pass_as_rarely_as_a_guess() -> None:
    """Exhaustive over all pairs of places and wrong values: 1 in 31, each another valid code."""
    code = mint(0)
    passed = total = 0
    for one, other in combinations(range(12), 2):
        for a in ALPHABET[1:]:
            for b in ALPHABET[1:]:
                letters = list(code)
                letters[one], letters[other] = a, b
                total += 1
                passed += refused_as("".join(letters)) is None
    assert (passed, total) == (66 * 31, 66 * 31 * 31)


@given(st.text())
def test_whatever_is_typed_gets_an_answer(text: str) -> None:
    answer = read(text)
    assert isinstance(answer, Refusal) or set(answer) <= set(ALPHABET)
