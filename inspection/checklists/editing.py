"""What the page and the form of a checklist show beside its body."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from flask import request
from flask_babel import gettext
from markupsafe import Markup, escape

from inspection import web
from inspection.checklists import asking, differing, pictures, typed
from inspection.contracts import agreeing, agreements, buttons, promises, saying
from inspection.contracts import typed as forms
from inspection.rules import checklist_body
from inspection.rules.checklist import CHOSEN, KIND_WORDS, KINDS_OF_PLACES, LIMITED
from inspection.rules.refusal import N_

WEIGHTS = (
    ("1", N_("1 usual")),
    ("2", "2"),
    ("3", "3"),
    ("4", "4"),
    ("5", N_("5 matters most")),
)


def around(row: Any) -> dict[str, Any]:
    """For both templates of the kind; whatever costs a question is asked by the template."""
    return {
        "crumb": (gettext("Checklists"), f"/c/{web.contract().slug}/checklists"),
        "asked": lambda: asked(row),
        "editing": lambda: typed.shown(row.body, request.method == "POST"),
        "guidance": lambda: pictures.guidance(row.contract_id),
        "categories": lambda: buttons.in_use(row.contract_id),
        "new_item": typed.new_item,
        "offered": lambda: _offered(row),
        "KIND_WORDS": KIND_WORDS,
        "KINDS_OF_PLACES": KINDS_OF_PLACES,
        "LIMITED": [kind.value for kind in LIMITED],
        "CHOSEN": [kind.value for kind in CHOSEN],
    }


def asked(row: Any) -> asking.Form | None:
    """A version as a visit asks it; None while it is too unfinished to be asked."""
    outcome = checklist_body.read(row.body)
    return None if isinstance(outcome, list) else asking.form(row.contract_id, outcome)


def _offered(row: Any) -> dict[str, Callable[[str], Markup]]:
    """The options of the choices that every item has, with one of them chosen."""
    refs = [(one.ref, f"{one.ref} {one.title}") for one in promises.requirements(row.contract_id)]
    first = [("", gettext("Choose a requirement")), (typed.SAME, gettext("Same as above"))]
    return {
        "kind": _options((kind.value, gettext(words)) for kind, words in KIND_WORDS.items()),
        "requirement": _options([*first, *refs], gettext("not agreed")),
        "weight": _options((value, gettext(words)) for value, words in WEIGHTS),
    }


def _options(pairs: Iterable[tuple[str, str]], strange: str = "") -> Callable[[str], Markup]:
    """Makes the options of a choice; a value that is not offered stands last, marked `strange`.

    Written once for each value: two hundred items times a hundred promises are many options.
    """
    known = dict(pairs)

    @cache
    def options(chosen: str) -> Markup:
        more = {} if chosen in known else {chosen: f"{chosen} ({strange})"}
        return Markup("").join(
            Markup('<option value="{}"{}>{}</option>').format(
                value, Markup(" selected") if value == chosen else "", escape(text)
            )
            for value, text in {**known, **more}.items()
        )

    return options


def init_app() -> None:
    """Let the pages of agreements show checklists and read their form."""
    agreeing.AROUND[agreements.KINDS["checklist"].key] = around
    saying.SPOKEN["items"] = differing.differences
    forms.FORMS["checklist"] = (typed.checklist, typed.FIELDS)
