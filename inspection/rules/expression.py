"""Conditions between the items of a checklist, in the words XLSForm has for them.

`${item3} = 'fail' and selected(${parts}, 'hinge')` is read once into a tree of lists, which the
browser follows too (static/js/rules/expression.js, the same examples in tests/vectors). A name
nobody has answered is empty; an empty value is no number. Raises nothing: what cannot be read is
a refusal that says where, what cannot be computed is empty.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from inspection.rules.refusal import N_, Refusal

LONGEST = 2000  # characters
DEEPEST = 40  # brackets within brackets

Tree = list[Any]
"""["and", tree, tree], ["name", "item3"], ["value", 5], ["own"], ["call", "selected", …]."""


@dataclass(frozen=True)
class Expression:
    """A condition or a value: its text, its tree, and the items it uses."""

    text: str
    tree: Tree
    names: frozenset[str]

    def holds(self, values: Mapping[str, Any], own: Any = None) -> bool:
        """Whether it is true for these answers; `own` is what `.` stands for."""
        return _truth(self.value(values, own))

    def value(self, values: Mapping[str, Any], own: Any = None) -> Any:
        """What it comes to: a float, a text, a bool, or "" where it cannot be computed."""
        return _value(self.tree, values, own)


_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<name>\$\{\s*[^}\s]+\s*\})|(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_.:-]*)|(?P<sign><=|>=|!=|[=<>+\-*(),])|(?P<own>\.)"
    r")"
)
_SPACE = re.compile(r"\s*")


class _Unreadable(Exception):
    """What could not be read, and where it stands (characters from the beginning)."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(what, at)
        self.what, self.at = what, at


def parse(text: str) -> Expression | Refusal:
    """Read a condition; a refusal names what is not understood and where."""
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
    return Expression(text.strip(), tree, frozenset(_names(tree)))


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
    if tree[0] == "name":
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
        tree = self._left(self._both, "or")
        self.depth -= 1
        return tree

    def _both(self) -> Tree:
        return self._left(self._compared, "and")

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
        return ["call", name, *given]

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
    if isinstance(value, bool | str):
        return value
    return float(value)


def _truth(value: Any) -> bool:
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        return float(value)
    try:
        return float(value)
    except ValueError:
        return math.nan


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _equal(one: Any, other: Any) -> bool:
    """Equal as numbers when one of them is a number, as truths when one is a truth, else as texts.

    An empty answer equals only empty text.
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return _truth(one) == _truth(other)
    if isinstance(one, float) or isinstance(other, float):
        return _number(one) == _number(other)
    return bool(one == other)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Compare as numbers; two texts that are no numbers (dates) in the order of their letters."""

    def compared(one: Any, other: Any) -> bool:
        left, right = _number(one), _number(other)
        if math.isnan(left) and math.isnan(right) and one and other:
            return compare(_text(one), _text(other))
        return not math.isnan(left) and not math.isnan(right) and compare(left, right)

    return compared


def _divided(one: Any, other: Any) -> float:
    below = _number(other)
    return _number(one) / below if below else math.nan


def _rest(one: Any, other: Any) -> float:
    below = _number(other)
    return math.fmod(_number(one), below) if below else math.nan


_OPERATORS: Mapping[str, Callable[..., Any]] = {
    "or": lambda one, other: _truth(one) or _truth(other),
    "and": lambda one, other: _truth(one) and _truth(other),
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

FUNCTIONS: Mapping[str, tuple[int, ...]] = {
    "selected": (2,),
    "count-selected": (1,),
    "not": (1,),
    "true": (0,),
    "false": (0,),
    "string-length": (1,),
    "number": (1,),
    "int": (1,),
    "string": (1,),
    "contains": (2,),
    "starts-with": (2,),
    "coalesce": (2,),
    "if": (3,),
    "boolean": (1,),
}
"""The functions there are, and how many values each takes."""

_CALLS: Mapping[str, Callable[..., Any]] = {
    "selected": lambda where, what: _text(what) in _text(where).split(),
    "count-selected": lambda where: float(len(_text(where).split())),
    "not": lambda one: not _truth(one),
    "true": lambda: True,
    "false": lambda: False,
    "string-length": lambda one: float(len(_text(one))),
    "number": _number,
    "int": lambda one: float(math.trunc(_number(one))) if math.isfinite(_number(one)) else math.nan,
    "string": _text,
    "contains": lambda where, what: _text(what) in _text(where),
    "starts-with": lambda where, what: _text(where).startswith(_text(what)),
    "coalesce": lambda one, other: other if one == "" else one,
    "if": lambda when, one, other: one if _truth(when) else other,
    "boolean": _truth,
}


def _called(name: str, given: list[Any]) -> Any:
    return _CALLS[name](*given)
