"""Who and what the demo contract consists of: two parties, ten people, nine categories.

Everything here is invented; addresses end in `.example` and reach nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Party = Literal["customer", "contractor"]
Role = Literal["staff", "supervisor", "manager", "executive"]
Language = Literal["en", "da", "sv", "nb", "fi", "de", "pl", "ar"]
Priority = Literal["P1", "P2", "P3", "P4"]
PhotoRule = Literal["never", "optional", "at_fix"]


@dataclass(frozen=True)
class Organisation:
    """One of the two signatories."""

    party: Party
    name: str


@dataclass(frozen=True)
class Person:
    """Somebody with a membership; `key` names them in the stories."""

    key: str
    name: str
    email: str
    language: Literal["en", "da"]
    party: Party
    role: Role


@dataclass(frozen=True)
class Category:
    """What an occupant can choose, and what applies until somebody acknowledges (DOMAIN §2.2)."""

    key: str
    service_line: str
    owner_party: Party
    priority: Priority
    photo_rule: PhotoRule
    names: Mapping[Language, str]

    @property
    def icon(self) -> str:
        """The drawing of a category carries its key."""
        return self.key


@dataclass(frozen=True)
class Terms:
    """What the contract says about itself; sentences for the public are in its languages."""

    name: str
    slug: str
    time_zone: str
    emergency_number: str
    emergency: Mapping[Language, str]
    readers: Mapping[Language, str]
    retention_days: int


CUSTOMER = Organisation("customer", "Klintsund Kommune")
CONTRACTOR = Organisation("contractor", "Brisling Drift A/S")

METTE = Person("mette", "Mette Havgaard", "mette@klintsund.example", "da", "customer", "staff")
IDRIS = Person("idris", "Idris Nørlund", "idris@klintsund.example", "en", "customer", "staff")
BIRGITTE = Person(
    "birgitte", "Birgitte Strandby", "birgitte@klintsund.example", "da", "customer", "supervisor"
)
TORBEN = Person(
    "torben", "Torben Lyngholt", "torben@klintsund.example", "da", "customer", "manager"
)
ANNE_SOFIE = Person(
    "anne-sofie", "Anne-Sofie Klint", "anne-sofie@klintsund.example", "da", "customer", "executive"
)
SAMIRA = Person("samira", "Samira Holmvig", "samira@brisling.example", "da", "contractor", "staff")
PIOTR = Person("piotr", "Piotr Bakke", "piotr@brisling.example", "en", "contractor", "staff")
KASPER = Person(
    "kasper", "Kasper Rønvang", "kasper@brisling.example", "da", "contractor", "supervisor"
)
HELLE = Person("helle", "Helle Sundby", "helle@brisling.example", "da", "contractor", "manager")
ERIK = Person("erik", "Erik Vestermark", "erik@brisling.example", "en", "contractor", "executive")

PEOPLE: Mapping[str, Person] = {
    person.key: person
    for person in (
        *(METTE, IDRIS, BIRGITTE, TORBEN, ANNE_SOFIE),
        *(SAMIRA, PIOTR, KASPER, HELLE, ERIK),
    )
}

TERMS = Terms(
    name="Havnehuset, running and cleaning",
    slug="havnehuset",
    time_zone="Europe/Copenhagen",
    emergency_number="112",
    emergency={
        "en": "Fire, smoke or somebody in danger: call 112 first, then tell the front desk.",
        "da": "Ild, røg eller nogen i fare: ring 112 først, og sig det så i skranken.",
        "sv": "Eld, rök eller någon i fara: ring 112 först och säg sedan till i receptionen.",
        "nb": "Brann, røyk eller noen i fare: ring 112 først, og si så fra i skranken.",
        "fi": "Tulipalo, savua tai joku vaarassa: soita ensin 112 ja kerro sitten neuvontaan.",
        "de": "Feuer, Rauch oder jemand in Gefahr: zuerst 112 anrufen, dann am Empfang melden.",
        "pl": "Pożar, dym, ktoś w niebezpieczeństwie: najpierw dzwoń pod 112, potem do recepcji.",
        "ar": "حريق أو دخان أو شخص في خطر: اتصل أولاً بالرقم 112 ثم أبلغ الاستقبال.",
    },
    readers={
        "en": "Klintsund Kommune, which owns the house, and Brisling Drift, which looks after it.",
        "da": "Klintsund Kommune, som ejer huset, og Brisling Drift, som passer det.",
        "sv": "Klintsund Kommune, som äger huset, och Brisling Drift, som sköter det.",
        "nb": "Klintsund Kommune, som eier huset, og Brisling Drift, som drifter det.",
        "fi": "Klintsund Kommune, joka omistaa talon, ja Brisling Drift, joka huolehtii siitä.",
        "de": "Klintsund Kommune, der das Haus gehört, und Brisling Drift, die es betreut.",
        "pl": "Klintsund Kommune, właściciel budynku, oraz Brisling Drift, która się nim opiekuje.",
        "ar": "بلدية Klintsund Kommune مالكة المبنى، وشركة Brisling Drift التي تعتني به.",
    },
    retention_days=730,
)

CATEGORIES: tuple[Category, ...] = (
    Category(
        key="leak",
        service_line="water and drains",
        owner_party="contractor",
        priority="P3",
        photo_rule="at_fix",
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
        owner_party="contractor",
        priority="P3",
        photo_rule="optional",
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
        owner_party="contractor",
        priority="P3",
        photo_rule="optional",
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
        owner_party="contractor",
        priority="P3",
        photo_rule="optional",
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
        owner_party="contractor",
        priority="P4",
        photo_rule="never",
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
        owner_party="contractor",
        priority="P3",
        photo_rule="optional",
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
        owner_party="customer",
        priority="P4",
        photo_rule="optional",
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
        owner_party="contractor",
        priority="P1",
        photo_rule="optional",
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
        owner_party="contractor",
        priority="P4",
        photo_rule="optional",
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
