"""The nine buttons a new contract starts with (DOMAIN §2.2); both parties can change them later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inspection.rules.access import Party
from inspection.rules.states import PhotoRule, Priority


@dataclass(frozen=True)
class Category:
    """What an occupant can choose, and what applies until somebody acknowledges."""

    key: str
    service_line: str
    owner_party: Party
    priority: Priority
    photo_rule: PhotoRule
    names: Mapping[str, str]

    @property
    def icon(self) -> str:
        """The drawing of a category carries its key."""
        return self.key


CATEGORIES: tuple[Category, ...] = (
    Category(
        key="leak",
        service_line="water and drains",
        owner_party=Party.CONTRACTOR,
        priority=Priority.P3,
        photo_rule=PhotoRule.AT_FIX,
        names={
            "en": "Water leak",
            "da": "Vandlækage",
            "sv": "Vattenläcka",
            "nb": "Vannlekkasje",
            "fi": "Vesivuoto",
            "de": "Wasserleck",
            "pl": "Wyciek wody",
            "ar": "تسرّب ماء",
        },
    ),
    Category(
        key="power",
        service_line="electrical",
        owner_party=Party.CONTRACTOR,
        priority=Priority.P3,
        photo_rule=PhotoRule.OPTIONAL,
        names={
            "en": "Power, light",
            "da": "Strøm og lys",
            "sv": "El och ljus",
            "nb": "Strøm og lys",
            "fi": "Sähkö ja valot",
            "de": "Strom und Licht",
            "pl": "Prąd i światło",
            "ar": "كهرباء وإنارة",
        },
    ),
    Category(
        key="climate",
        service_line="heating and ventilation",
        owner_party=Party.CONTRACTOR,
        priority=Priority.P3,
        photo_rule=PhotoRule.OPTIONAL,
        names={
            "en": "Heat, air",
            "da": "Varme og luft",
            "sv": "Värme och luft",
            "nb": "Varme og luft",
            "fi": "Lämpö ja ilma",
            "de": "Heizung und Luft",
            "pl": "Ciepło i powietrze",
            "ar": "تدفئة وهواء",
        },
    ),
    Category(
        key="cleaning",
        service_line="cleaning",
        owner_party=Party.CONTRACTOR,
        priority=Priority.P3,
        photo_rule=PhotoRule.OPTIONAL,
        names={
            "en": "Cleaning",
            "da": "Rengøring",
            "sv": "Städning",
            "nb": "Renhold",
            "fi": "Siivous",
            "de": "Reinigung",
            "pl": "Sprzątanie",
            "ar": "نظافة",
        },
    ),
    Category(
        key="supplies",
        service_line="cleaning",
        owner_party=Party.CONTRACTOR,
        priority=Priority.P4,
        photo_rule=PhotoRule.NEVER,
        names={
            "en": "Soap, paper",
            "da": "Sæbe og papir",
            "sv": "Tvål och papper",
            "nb": "Såpe og papir",
            "fi": "Saippua, paperi",
            "de": "Seife und Papier",
            "pl": "Mydło i papier",
            "ar": "صابون وورق",
        },
    ),
    Category(
        key="doors",
        service_line="building",
        owner_party=Party.CONTRACTOR,
        priority=Priority.P3,
        photo_rule=PhotoRule.OPTIONAL,
        names={
            "en": "Door, lift",
            "da": "Dør og elevator",
            "sv": "Dörr och hiss",
            "nb": "Dør og heis",
            "fi": "Ovi tai hissi",
            "de": "Tür und Aufzug",
            "pl": "Drzwi i winda",
            "ar": "باب أو مصعد",
        },
    ),
    Category(
        key="equipment",
        service_line="IT and furniture",
        owner_party=Party.CUSTOMER,
        priority=Priority.P4,
        photo_rule=PhotoRule.OPTIONAL,
        names={
            "en": "Equipment",
            "da": "Udstyr",
            "sv": "Utrustning",
            "nb": "Utstyr",
            "fi": "Laitteet",
            "de": "Geräte",
            "pl": "Sprzęt",
            "ar": "أجهزة ومعدات",
        },
    ),
    Category(
        key="danger",
        service_line="building",
        owner_party=Party.CONTRACTOR,
        priority=Priority.P1,
        photo_rule=PhotoRule.OPTIONAL,
        names={
            "en": "Danger",
            "da": "Fare",
            "sv": "Fara",
            "nb": "Fare",
            "fi": "Vaara",
            "de": "Gefahr",
            "pl": "Zagrożenie",
            "ar": "خطر",
        },
    ),
    Category(
        key="other",
        service_line="building",
        owner_party=Party.CONTRACTOR,
        priority=Priority.P4,
        photo_rule=PhotoRule.OPTIONAL,
        names={
            "en": "Something else",
            "da": "Noget andet",
            "sv": "Något annat",
            "nb": "Noe annet",
            "fi": "Jokin muu",
            "de": "Etwas anderes",
            "pl": "Coś innego",
            "ar": "شيء آخر",
        },
    ),
)


def category(key: str) -> Category:
    """The category called `key`; `KeyError` when there is none."""
    return {each.key: each for each in CATEGORIES}[key]
