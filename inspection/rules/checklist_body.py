"""The body of a checklist, as it is kept: read with every mistake beside its field, and written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from inspection.rules import expression
from inspection.rules.checklist import (
    CHOSEN,
    KINDS_OF_PLACES,
    Checklist,
    Item,
    ItemKind,
    Option,
    Section,
)
from inspection.rules.expression import Expression
from inspection.rules.refusal import N_, Refusal, missing, not_offered, too_long

MOST_ITEMS = 1000
LARGEST = 1e15  # of a limit, either way
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
LIMITS = {"label": 1000, "hint": 1000, "unit": 40, "value": 200}
RESERVED = frozenset({"meta"})  # a form that leaves this house has its own use for them
LANGUAGE = re.compile(r"(?!default$)(?:\w(?: ?[\w().,'-])*)?", re.IGNORECASE)
_NEVER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ITEM = frozenset(
    {
        *("key", "kind", "label", "section", "hint", "requirement", "weight", "critical"),
        *("required", "photo_below", "relevant", "constraint", "constraint_message", "unit"),
        *("low", "high", "options", "picture", "appearance"),
    }
)
_BODY = frozenset(
    {"title", "items", "sections", "kinds", "category", "service_line", "languages", "active"}
)


def read(body: Mapping[str, Any]) -> Checklist | list[Refusal]:
    """A checklist from its body (as `write` gives it), or every mistake with the field it is in."""
    if set(body) - _BODY or not isinstance(body.get("items"), list):
        return [Refusal("checklist.shape", N_("A checklist has a title and items."))]
    wrong: list[Refusal] = list(_wrong_head(body))
    sections = [
        _section(one, f"sections-{n}", wrong) for n, one in enumerate(body.get("sections", []))
    ]
    items = [_item(one, f"items-{n}", wrong) for n, one in enumerate(body["items"])]
    known = {one["key"] for one in body["items"] if isinstance(one, Mapping) and one.get("key")}
    wrong += _wrong_names(items, sections, known)
    if wrong:
        return wrong
    return Checklist(
        " ".join(_plain(body["title"]).split()),
        tuple(one for one in items if one is not None),
        tuple(one for one in sections if one is not None),
        tuple(body.get("kinds") or ("space",)),
        _plain(body.get("category")),
        _plain(body.get("service_line")),
        tuple(body.get("languages") or ("",)),
        bool(body.get("active", True)),
    )


def _plain(text: Any) -> str:
    """A text without what no page and no workbook can hold; lines end in LF."""
    return _NEVER.sub("", str(text or "").replace("\r\n", "\n").replace("\r", "\n")).strip()


def _wrong_head(body: Mapping[str, Any]) -> Iterator[Refusal]:
    title = body.get("title")
    if not isinstance(title, str) or not _plain(title):
        yield missing("title")
    elif len(title) > 200:
        yield too_long(len(title), 200, "title")
    if not body["items"]:
        yield Refusal("checklist.empty", N_("A checklist has at least one item."), where="items")
    if len(body["items"]) > MOST_ITEMS:
        yield Refusal(
            "checklist.too_many",
            N_("A checklist has at most %(most)s items; split it."),
            {"most": MOST_ITEMS},
            where="items",
        )
    if set(body.get("kinds") or ()) - set(KINDS_OF_PLACES):
        yield not_offered("kinds")
    for language in body.get("languages") or ():
        if not _spoken(language):
            yield _no_language(language, "languages")


def _spoken(language: Any) -> bool:
    named = isinstance(language, str) and len(language) <= LIMITS["unit"]
    return named and LANGUAGE.fullmatch(language) is not None


def _no_language(language: Any, at: str) -> Refusal:
    return Refusal(
        "checklist.language",
        N_("“%(name)s” is no name of a language; write it like “Dansk (da)”."),
        {"name": str(language)[:60]},
        where=at,
    )


def _section(one: Any, at: str, wrong: list[Refusal]) -> Section | None:
    if not isinstance(one, Mapping) or not _key_good(one.get("key"), at, wrong):
        return None
    return Section(
        one["key"], _words(one, "title", at, wrong, 200), _expression(one, "relevant", at, wrong)
    )


def _item(one: Any, at: str, wrong: list[Refusal]) -> Item | None:
    if not isinstance(one, Mapping) or set(one) - _ITEM:
        wrong.append(Refusal("checklist.item", N_("An item has a name and a text."), where=at))
        return None
    before = len(wrong)
    _key_good(one.get("key"), at, wrong)
    if one.get("kind") not in list(ItemKind):
        wrong.append(not_offered(f"{at}-kind"))
    label = _words(one, "label", at, wrong, LIMITS["label"])
    if not any(label.values()):
        wrong.append(missing(f"{at}-label"))
    weight = one.get("weight", 1)
    if weight not in range(1, 6) or isinstance(weight, bool):
        wrong.append(Refusal("requirements.weight", N_("Write 1 to 5."), where=f"{at}-weight"))
    low, high = (_limit(one, name, at, wrong) for name in ("low", "high"))
    if low is not None and high is not None and low > high:
        wrong.append(
            Refusal(
                "checklist.limits", N_("The lower limit lies above the upper."), where=f"{at}-low"
            )
        )
    options = _options(one, at, wrong)
    expressions = [_expression(one, name, at, wrong) for name in ("relevant", "constraint")]
    hint, message = (
        _words(one, name, at, wrong, LIMITS["hint"]) for name in ("hint", "constraint_message")
    )
    if len(wrong) > before:
        return None
    return Item(
        key=one["key"],
        kind=ItemKind(one["kind"]),
        label=label,
        section=str(one.get("section") or ""),
        hint=hint,
        requirement=_plain(one.get("requirement")),
        weight=weight,
        critical=bool(one.get("critical")),
        required=bool(one.get("required", True)),
        photo_below=bool(one.get("photo_below")),
        relevant=expressions[0],
        constraint=expressions[1],
        constraint_message=message,
        unit=_plain(_plain(one.get("unit"))[: LIMITS["unit"]]),
        low=low,
        high=high,
        options=options,
        picture=_plain(one.get("picture")),
        appearance=_plain(one.get("appearance")),
    )


def _key_good(key: Any, at: str, wrong: list[Refusal]) -> bool:
    if isinstance(key, str) and KEY.fullmatch(key) and key.lower() not in RESERVED:
        return True
    wrong.append(
        Refusal(
            "checklist.key",
            N_("A name has letters, digits and _, begins with a letter, and has no spaces."),
            where=f"{at}-key",
        )
    )
    return False


def _words(
    one: Mapping[str, Any], name: str, at: str, wrong: list[Refusal], limit: int
) -> dict[str, str]:
    given = one.get(name) or {}
    words = {"": given} if isinstance(given, str) else dict(given)
    for language, text in words.items():
        if not _spoken(language):
            wrong.append(_no_language(language, f"{at}-{name}"))
        if not isinstance(text, str) or len(text) > limit:
            wrong.append(too_long(len(str(text)), limit, f"{at}-{name}"))
    said = ((language, _plain(text)) for language, text in words.items())
    return {language: text for language, text in said if text}


def _limit(one: Mapping[str, Any], name: str, at: str, wrong: list[Refusal]) -> float | None:
    value = one.get(name)
    if value is None or value == "":
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not -LARGEST <= value <= LARGEST:
        wrong.append(
            Refusal("checklist.number", N_("Write a number, like 21.5."), where=f"{at}-{name}")
        )
        return None
    limit: float = value
    return limit


def _expression(
    one: Mapping[str, Any], name: str, at: str, wrong: list[Refusal]
) -> Expression | None:
    text = one.get(name) or ""
    if not text:
        return None
    made = expression.parse(str(text))
    if isinstance(made, Refusal):
        wrong.append(Refusal(made.code, made.sentence, made.params, where=f"{at}-{name}"))
        return None
    return made


def _options(one: Mapping[str, Any], at: str, wrong: list[Refusal]) -> tuple[Option, ...]:
    if one.get("kind") not in CHOSEN:
        return ()
    made = [
        Option(
            _plain(each.get("value")),
            _words(each, "label", f"{at}-options-{n}", wrong, LIMITS["label"]),
            _expression(each, "when", f"{at}-options-{n}", wrong),
        )
        for n, each in enumerate(one.get("options") or [])
        if isinstance(each, Mapping)
    ]
    wrong += _wrong_options(one["kind"], made, f"{at}-options")
    return tuple(made)


def _wrong_options(kind: str, options: list[Option], at: str) -> Iterator[Refusal]:
    """What is wrong with the values of choices: of several, an answer has spaces between them.

    One value may stand for several choices that are offered under different conditions.
    """
    values = [option.value for option in options]
    offered = [(option.value, option.when and option.when.text) for option in options]
    if not values:
        yield Refusal("checklist.no_options", N_("Give at least one choice."), where=at)
    if not all(values):
        yield missing(at)
    for value in sorted({one[0] for one, times in Counter(offered).items() if times > 1}):
        yield Refusal(
            "checklist.choice_twice",
            N_("The choice “%(name)s” stands twice; keep one."),
            {"name": value},
            where=at,
        )
    for value in values:
        if len(value) > LIMITS["value"] or (kind == ItemKind.CHOICES and len(value.split()) > 1):
            yield Refusal(
                "checklist.choice_value",
                N_("The choice “%(name)s” is kept under a name without spaces, and a short one."),
                {"name": value[:60]},
                where=at,
            )


def _wrong_names(
    items: Sequence[Item | None], sections: Sequence[Section | None], known: Set[str]
) -> Iterator[Refusal]:
    """Names that stand twice, that nobody has, or that wait for each other in a circle."""
    places = {one.key: n for n, one in reversed(list(enumerate(items))) if one is not None}
    headings = {one.key: n for n, one in reversed(list(enumerate(sections))) if one is not None}
    for n, section in enumerate(sections):
        if section is not None:
            at = f"sections-{n}"
            yield from _twice(section.key, headings[section.key] != n, at)
            yield from _unknown(section.relevant, f"{at}-relevant", known)
    for n, item in enumerate(items):
        if item is not None:
            at = f"items-{n}"
            yield from _twice(item.key, places[item.key] != n, at)
            yield from _homeless(item, at, headings)
            yield from _unknown(item.relevant, f"{at}-relevant", known)
            yield from _unknown(item.constraint, f"{at}-constraint", known)
            for option in item.options:
                yield from _unknown(option.when, f"{at}-options", known)
    yield from _waiting(items, sections, places)


def _twice(key: str, twice: bool, at: str) -> Iterator[Refusal]:
    if twice:
        yield Refusal(
            "checklist.twice",
            N_("The name “%(name)s” stands twice; keep one."),
            {"name": key},
            where=f"{at}-key",
        )


def _homeless(item: Item, at: str, headings: Mapping[str, int]) -> Iterator[Refusal]:
    if item.section and item.section not in headings:
        yield Refusal(
            "checklist.no_section",
            N_("There is no section “%(name)s”."),
            {"name": item.section},
            where=f"{at}-section",
        )


def _unknown(made: Expression | None, at: str, known: Set[str]) -> Iterator[Refusal]:
    for other in sorted((made.names if made else frozenset()) - known):
        yield Refusal(
            "checklist.unknown_name",
            N_("This uses “%(name)s”, which no item is called."),
            {"name": other},
            where=at,
        )


def _waiting(
    items: Sequence[Item | None], sections: Sequence[Section | None], places: Mapping[str, int]
) -> Iterator[Refusal]:
    """Items that are asked only because of each other, or of one in their own hidden section."""
    hidden = {one.key: one.relevant.names for one in sections if one and one.relevant}
    uses = {
        one.key: (one.relevant.names if one.relevant else frozenset())
        | hidden.get(one.section, frozenset())
        for one in items
        if one is not None
    }
    circle = _circle(uses)
    if circle:
        yield Refusal(
            "checklist.circle",
            N_("These are asked only because of each other: %(names)s."),
            {"names": ", ".join(circle)},
            where=f"items-{places[circle[0]]}-relevant",
        )


def _circle(uses: Mapping[str, frozenset[str]]) -> list[str]:
    """The names of one circle, or nothing."""
    done: set[str] = set()
    for start in uses:
        path, stack = [start], [(start, iter(sorted(uses[start])))]
        on_path = {start}
        while stack:
            name, rest = stack[-1]
            following = next((one for one in rest if one in uses and one not in done), None)
            if following is None:
                stack.pop()
                done.add(name)
                on_path.discard(path.pop())
            elif following in on_path:
                return path[path.index(following) :]
            else:
                stack.append((following, iter(sorted(uses[following]))))
                on_path.add(following)
                path.append(following)
    return []


def write(checklist: Checklist) -> dict[str, Any]:
    """The body that reads as this checklist."""
    return {
        "title": checklist.title,
        "kinds": list(checklist.kinds),
        "category": checklist.category,
        "service_line": checklist.service_line,
        "languages": list(checklist.languages),
        "active": checklist.active,
        "sections": [
            {"key": one.key, "title": dict(one.title), "relevant": _text(one.relevant)}
            for one in checklist.sections
        ],
        "items": [_written(one) for one in checklist.items],
    }


def _text(made: Expression | None) -> str:
    return made.text if made else ""


def _written(item: Item) -> dict[str, Any]:
    return {
        "key": item.key,
        "kind": item.kind.value,
        "label": dict(item.label),
        "section": item.section,
        "hint": dict(item.hint),
        "requirement": item.requirement,
        "weight": item.weight,
        "critical": item.critical,
        "required": item.required,
        "photo_below": item.photo_below,
        "relevant": _text(item.relevant),
        "constraint": _text(item.constraint),
        "constraint_message": dict(item.constraint_message),
        "unit": item.unit,
        "low": item.low,
        "high": item.high,
        "options": [
            {"value": one.value, "label": dict(one.label), "when": _text(one.when)}
            for one in item.options
        ],
        "picture": item.picture,
        "appearance": item.appearance,
    }
