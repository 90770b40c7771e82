"""The demo's people and categories must carry everything a page may ask of them."""

from collections import Counter
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from inspection.demo import cast
from inspection.demo.cast import CATEGORIES, PEOPLE, TERMS, Category, Language

LANGUAGES = set(get_args(Language))


def test_both_parties_have_all_four_roles_and_a_second_member_of_staff() -> None:
    roles = Counter((person.party, person.role) for person in PEOPLE.values())
    for party in get_args(cast.Party):
        assert [roles[party, role] for role in get_args(cast.Role)] == [2, 1, 1, 1]


def test_nobody_can_be_reached_by_mistake() -> None:
    addresses = {person.email for person in PEOPLE.values()}
    assert len(addresses) == len(PEOPLE)
    assert all(address.endswith(".example") for address in addresses)


def test_the_contract_speaks_to_the_public_in_every_language() -> None:
    ZoneInfo(TERMS.time_zone)
    assert set(TERMS.emergency) == set(TERMS.readers) == LANGUAGES
    assert all(TERMS.emergency_number in sentence for sentence in TERMS.emergency.values())
    for organisation in (cast.CUSTOMER, cast.CONTRACTOR):
        known_as = organisation.name.removesuffix(" A/S")
        assert all(known_as in sentence for sentence in TERMS.readers.values())


def test_the_categories_are_the_nine_of_the_field() -> None:
    keys = "leak power climate cleaning supplies doors equipment danger other"
    assert " ".join(each.key for each in CATEGORIES) == keys
    assert {each.owner_party for each in CATEGORIES} == {"customer", "contractor"}


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda each: each.key)
def test_a_category_fits_a_button_in_every_language(category: Category) -> None:
    assert set(category.names) == LANGUAGES
    assert all(len(name) <= 18 and len(name.split()) <= 3 for name in category.names.values())


def test_no_two_buttons_say_the_same() -> None:
    for language in LANGUAGES:
        names = [each.names[language] for each in CATEGORIES]
        assert len(set(names)) == len(names)
