"""Who and what the demo contract consists of: two parties, ten people, nine categories.

Everything here is invented; addresses end in `.example` and reach nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from inspection.contracts.categories import CATEGORIES as CATEGORIES
from inspection.contracts.categories import Category as Category
from inspection.contracts.categories import category as category

Party = Literal["customer", "contractor"]
Role = Literal["staff", "supervisor", "manager", "executive"]
Priority = Literal["P1", "P2", "P3", "P4"]
Language = Literal["en", "da", "sv", "nb", "fi", "de", "pl", "ar"]


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
