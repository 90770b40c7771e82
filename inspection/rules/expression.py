"""Conditions between the items of a checklist, in the words XLSForm has for them.

`${item3} = 'fail' and selected(${parts}, 'hinge')` is read once into a tree of lists, which the
browser follows too (static/js/rules/expression.js, the same examples in tests/vectors). A name
nobody has answered is empty; an empty value is no number, a date is the days since 1970. Raises
nothing: what cannot be read is a refusal that says where, what cannot be computed is no number.
`regex()` is left out: some patterns take longer than a life.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from inspection.rules.refusal import N_, Refusal

LONGEST = 2000  # characters
DEEPEST = 40  # brackets within brackets
LEVELS = 80  # of the tree: a long chain of signs is as deep as brackets
TODAY = "today()"  # what `today()` looks up among the values: a text like 2026-12-31

Tree = list[Any]
"""["and", tree, tree], ["name", "item3"], ["value", 5], ["own"], ["call", "selected", …]; `and`
and `or` have any number of parts."""


@dataclass(frozen=True)
class Expression:
    """A condition or a value: its text, its tree, and the items it uses."""

    text: str
    tree: Tree
    names: frozenset[str]

    def holds(self, values: Mapping[str, Any], own: Any = None) -> bool:
        """Whether it is true for these answers; `own` is what `.` stands for.

        `values[TODAY]` is the day that `today()` gives; without it there is none.
        """
        return _truth(self.value(values, own))

    def value(self, values: Mapping[str, Any], own: Any = None) -> Any:
        """What it comes to: a float (NaN where it cannot be computed), a text, or a bool."""
        return _value(self.tree, values, own)


_NEVER = r"\x00-\x1f\ud800-\udfff\ufffe\uffff"  # in a text: no workbook and no page can hold them
_TOKEN = re.compile(
    r"\s*(?:(?P<name>\$\{\s*[^}\s]+\s*\})"
    r"|(?P<number>[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})"
    rf"|(?P<text>'[^'{_NEVER}]*'|\"[^\"{_NEVER}]*\")"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_.:-]*)|(?P<sign><=|>=|!=|[=<>+\-*(),])|(?P<own>\.))"
)
_SPACE = re.compile(r"\s*")
_BREAK = re.compile(r"[\t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]")


class _Unreadable(Exception):
    """What could not be read, and where it stands (characters from the beginning)."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(what, at)
        self.what, self.at = what, at


def parse(text: str) -> Expression | Refusal:
    """Read a condition; a refusal names what is not understood and where."""
    text = _BREAK.sub(" ", text).strip()
    if len(text) > LONGEST:
        return Refusal(
            "expression.too_long",
            N_("A condition has at most %(most)s characters."),
            {"most": LONGEST},
        )
    try:
        reader = _Reader(list(_tokens(text)), len(text))
        tree = reader.whole()
    except _Unreadable as no:
        return Refusal(
            "expression.unreadable",
            N_("“%(what)s” at character %(at)s is not understood."),
            {"what": no.what, "at": no.at + 1},
        )
    if _depth(tree) > LEVELS:
        return Refusal(
            "expression.too_deep", N_("This condition has too many parts within each other.")
        )
    return Expression(text, tree, frozenset(_names(tree)))


def filled(text: str, words: Mapping[str, str]) -> str:
    """The condition with texts in place of bare words, as a choice filter means its columns.

    What cannot be read, or holds a text with both kinds of quotes, comes back so that `parse`
    refuses it.
    """
    try:
        tokens = list(_tokens(_BREAK.sub(" ", text)))
    except _Unreadable:
        return text
    following = [*(token[1] for token in tokens[1:]), ""]
    return " ".join(
        quoted(words[word]) if kind == "word" and word in words and after != "(" else word
        for (kind, word, _), after in zip(tokens, following, strict=True)
    )


def quoted(text: str) -> str:
    """A text as a condition writes it."""
    return f'"{text}"' if "'" in text else f"'{text}'"


def _depth(tree: Tree) -> int:
    """How many levels a tree has, found without going down it by recursion."""
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [part for one in level for part in one[1:] if isinstance(part, list)]
    return depth


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            start = _SPACE.match(text, at).end()  # type: ignore[union-attr]
            raise _Unreadable(text[start : start + 12], start)
        kind = str(found.lastgroup)
        yield kind, found[kind], found.start(kind)
        at = found.end()


def _names(tree: Tree) -> Iterator[str]:
    if tree[0] == "name" and tree[1] != TODAY:
        yield tree[1]
    for part in tree[1:]:
        if isinstance(part, list):
            yield from _names(part)


class _Reader:
    """Reads tokens by the usual order: or, and, comparison, sum, product, sign."""

    def __init__(self, tokens: list[tuple[str, str, int]], length: int) -> None:
        self.tokens, self.length, self.at, self.depth = tokens, length, 0, 0

    def whole(self) -> Tree:
        tree = self._either()
        if self.at < len(self.tokens):
            raise self._no()
        return tree

    def _no(self) -> _Unreadable:
        if self.at >= len(self.tokens):
            return _Unreadable("…", self.length)
        return _Unreadable(self.tokens[self.at][1], self.tokens[self.at][2])

    def _next_is(self, *texts: str) -> str:
        """Take the next token when it is one of these signs or words."""
        if self.at < len(self.tokens):
            kind, text, _ = self.tokens[self.at]
            if kind in ("sign", "word") and text in texts:
                self.at += 1
                return text
        return ""

    def _left(self, part: Callable[[], Tree], *signs: str) -> Tree:
        tree = part()
        while sign := self._next_is(*signs):
            tree = [sign, tree, part()]
        return tree

    def _either(self) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._no()
        tree = self._any_number(self._both, "or")
        self.depth -= 1
        return tree

    def _both(self) -> Tree:
        return self._any_number(self._compared, "and")

    def _any_number(self, part: Callable[[], Tree], word: str) -> Tree:
        parts = [part()]
        while self._next_is(word):
            parts.append(part())
        return [word, *parts] if len(parts) > 1 else parts[0]

    def _compared(self) -> Tree:
        return self._left(self._sum, "=", "!=", "<=", ">=", "<", ">")

    def _sum(self) -> Tree:
        return self._left(self._product, "+", "-")

    def _product(self) -> Tree:
        return self._left(self._signed, "*", "div", "mod")

    def _signed(self) -> Tree:
        minus = False
        while self._next_is("-"):
            minus = not minus
        return ["minus", self._one()] if minus else self._one()

    def _one(self) -> Tree:
        if self._next_is("("):
            tree = self._either()
            self._close()
            return tree
        if self.at >= len(self.tokens):
            raise self._no()
        kind, text, _ = self.tokens[self.at]
        made = _PLAIN.get(kind)
        if made is not None:
            self.at += 1
            return made(text)
        if kind == "word" and text in FUNCTIONS and self._opens():
            return self._call(text)
        raise self._no()

    def _opens(self) -> bool:
        return self.at + 1 < len(self.tokens) and self.tokens[self.at + 1][1] == "("

    def _call(self, name: str) -> Tree:
        begins = self.at
        self.at += 2
        given: list[Tree] = []
        if not self._next_is(")"):
            given.append(self._either())
            while self._next_is(","):
                given.append(self._either())
            self._close()
        if len(given) not in FUNCTIONS[name]:
            self.at = begins
            raise self._no()
        return ["name", TODAY] if name == "today" else ["call", name, *given]

    def _close(self) -> None:
        if not self._next_is(")"):
            raise self._no()


_PLAIN: Mapping[str, Callable[[str], Tree]] = {
    "name": lambda text: ["name", text[2:-1].strip()],
    "number": lambda text: ["value", float(text)],
    "text": lambda text: ["value", text[1:-1]],
    "own": lambda _text: ["own"],
}


# ---------------------------------------------------------------- what it comes to


def _value(tree: Tree, values: Mapping[str, Any], own: Any) -> Any:
    kind, *parts = tree
    if kind == "value":
        return parts[0]
    if kind == "name":
        return _plain(values.get(parts[0]))
    if kind == "own":
        return _plain(own)
    if kind == "call":
        return _called(parts[0], [_value(part, values, own) for part in parts[1:]])
    return _OPERATORS[kind](*(_value(part, values, own) for part in parts))


def _plain(value: Any) -> Any:
    """An answer as conditions see it: several choices are one text with spaces between."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return " ".join(str(one) for one in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < LARGEST else math.nan
    return value if isinstance(value, bool) else str(value)


def _truth(value: Any) -> bool:
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


LARGEST = 1e300
_NUMBER = re.compile(r" *-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+) *")
_DAY = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}")
_FIRST_DAY = date(1970, 1, 1)


def _number(value: Any) -> float:
    """A number; of a date the days since 1970, so that `today() - 7` is a week ago."""
    if isinstance(value, bool | float):
        return float(value)
    if _NUMBER.fullmatch(value):
        return float(value)
    if _DAY.fullmatch(value):
        try:
            return float((date.fromisoformat(value) - _FIRST_DAY).days)
        except ValueError:
            return math.nan
    return math.nan


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, float):
        return str(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' * (value < 0)}Infinity"
    if value.is_integer():
        return str(int(value))
    return repr(value).replace("e-0", "e-")


def _equal(one: Any, other: Any) -> bool:
    """Equal as numbers when one of them is a number, as truths when one is a truth, else as texts.

    An empty answer equals only empty text.
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return _truth(one) == _truth(other)
    if isinstance(one, float) or isinstance(other, float):
        return _number(one) == _number(other)
    return bool(one == other)


def _worded(*values: Any) -> bool:
    return all(isinstance(one, str) and one for one in values)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Compare as numbers; two texts that are none in the order of their letters."""

    def compared(one: Any, other: Any) -> bool:
        left, right = _number(one), _number(other)
        if math.isnan(left) and math.isnan(right) and _worded(one, other):
            return compare(one, other)
        return not math.isnan(left) and not math.isnan(right) and compare(left, right)

    return compared


def _divided(one: Any, other: Any) -> float:
    below = _number(other)
    return _number(one) / below if below else math.nan


def _rest(one: Any, other: Any) -> float:
    above, below = _number(one), _number(other)
    return math.fmod(above, below) if below and math.isfinite(above) else math.nan


def _least(*given: Any) -> float:
    numbers = [_number(one) for one in given]
    return math.nan if any(map(math.isnan, numbers)) else min(numbers)


def _rounded(one: Any, places: Any = 0.0) -> float:
    """The nearest number with so many decimals, a half upwards."""
    value, decimals = _number(one), _number(places)
    if not (math.isfinite(value) and 0 <= decimals <= 9):
        return value if 0 <= decimals <= 9 else math.nan
    scale = 10.0 ** math.trunc(decimals)
    scaled = value * scale + 0.5
    return math.floor(scaled) / scale if math.isfinite(scaled) else value


def _whole(one: Any) -> float:
    value = _number(one)
    return float(math.trunc(value)) if math.isfinite(value) else math.nan


def _parts(chosen: Any) -> list[str]:
    """The choices in an answer, which stand with spaces between."""
    return [one for one in _text(chosen).split(" ") if one]


def _nth(chosen: Any, which: Any) -> str:
    parts, n = _parts(chosen), _number(which)
    return parts[int(n)] if 0 <= n < len(parts) else ""


_OPERATORS: Mapping[str, Callable[..., Any]] = {
    "or": lambda *parts: any(map(_truth, parts)),
    "and": lambda *parts: all(map(_truth, parts)),
    "=": _equal,
    "!=": lambda one, other: not _equal(one, other),
    "<": _ordered(lambda one, other: one < other),
    ">": _ordered(lambda one, other: one > other),
    "<=": _ordered(lambda one, other: one <= other),
    ">=": _ordered(lambda one, other: one >= other),
    "+": lambda one, other: _number(one) + _number(other),
    "-": lambda one, other: _number(one) - _number(other),
    "*": lambda one, other: _number(one) * _number(other),
    "div": _divided,
    "mod": _rest,
    "minus": lambda one: -_number(one),
}

_ANY = tuple(range(1, 21))
FUNCTIONS: Mapping[str, tuple[int, ...]] = {
    "selected": (2,),
    "selected-at": (2,),
    "count-selected": (1,),
    "not": (1,),
    "true": (0,),
    "false": (0,),
    "today": (0,),
    "date": (1,),
    "string-length": (1,),
    "number": (1,),
    "int": (1,),
    "round": (1, 2),
    "abs": (1,),
    "min": _ANY,
    "max": _ANY,
    "string": (1,),
    "concat": _ANY,
    "contains": (2,),
    "starts-with": (2,),
    "ends-with": (2,),
    "coalesce": (2,),
    "if": (3,),
    "boolean": (1,),
}
"""The functions there are, and how many values each takes."""

_CALLS: Mapping[str, Callable[..., Any]] = {
    "selected": lambda where, what: _text(what) in _parts(where),
    "selected-at": _nth,
    "count-selected": lambda where: float(len(_parts(where))),
    "not": lambda one: not _truth(one),
    "true": lambda: True,
    "false": lambda: False,
    "date": lambda one: one,
    "string-length": lambda one: float(len(_text(one))),
    "number": _number,
    "int": _whole,
    "round": _rounded,
    "abs": lambda one: abs(_number(one)),
    "min": _least,
    "max": lambda *given: -_least(*(-_number(one) for one in given)),
    "string": _text,
    "concat": lambda *given: "".join(map(_text, given)),
    "contains": lambda where, what: _text(what) in _text(where),
    "starts-with": lambda where, what: _text(where).startswith(_text(what)),
    "ends-with": lambda where, what: _text(where).endswith(_text(what)),
    "coalesce": lambda one, other: other if one == "" else one,
    "if": lambda when, one, other: one if _truth(when) else other,
    "boolean": _truth,
}


def _called(name: str, given: list[Any]) -> Any:
    return _CALLS[name](*given)
