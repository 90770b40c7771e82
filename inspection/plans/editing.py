"""What the page and the form of a plan show beside its body."""

from __future__ import annotations

from typing import Any

from babel.dates import get_month_names
from flask import request
from flask_babel import get_locale, gettext
from sqlalchemy import Row, func, select

from inspection import web
from inspection.assets import tree
from inspection.checklists import agreed as checklists
from inspection.contracts import agreeing, promises
from inspection.contracts import saying as contract_saying
from inspection.contracts import typed as forms
from inspection.db import db, table
from inspection.plans import agreed, courses, places, planned, rhythm, sampling, saying, typed
from inspection.plans.titles import titles
from inspection.rules.checklist import KINDS_OF_PLACES
from inspection.rules.plan import AQLS, Plan
from inspection.rules.visit import VisitState
from inspection.visits.models import Visit

FOUND = 20  # places offered for the words typed
LOTS = 6  # on the page of a plan
_visits = table(Visit)


def init_app() -> None:
    """Let the pages of agreements show plans and read their form."""
    agreeing.AROUND[agreed.PLAN] = around
    contract_saying.SPOKEN["frequency"] = saying.differences
    forms.FORMS[agreed.PLAN] = (typed.plan, typed.FIELDS)


def around(row: Any) -> dict[str, Any]:
    """For both templates of the kind; whatever costs a question is asked by the template."""
    return {
        "crumb": (gettext("Plans"), f"/c/{web.contract().slug}/plans"),
        "made": lambda: _made(row.body),
        "lines": lambda plan: saying.lines(row.contract_id, plan),
        "forecast": lambda plan: saying.forecast(row.contract_id, plan),
        "coming": lambda plan: saying.coming(plan, planned.today(row.contract_id)),
        "listed_places": lambda plan: places.rows(row.contract_id, plan.scope.places),
        "standing": lambda: standing(row.contract_id, row.subject),
        "moved": lambda: rhythm.moved(row.contract_id, row.subject),
        "why": rhythm.why,
        "lots": lambda: sampling.of_plan(row.contract_id, row.subject)[:LOTS],
        "editing": lambda: _editing(row),
    }


def _made(body: Any) -> Plan | None:
    """The plan of a body; None while it is unfinished."""
    outcome = agreed.read_whole(body)
    return None if isinstance(outcome, list) else outcome


def standing(contract_id: int, key: str) -> dict[str, Any]:
    """How far a plan is laid out: its course, how many of its visits wait, how many are overdue.

    `next` is the first day from today on; what is overdue is no next visit.
    """
    today = planned.today(contract_id)
    waiting = (
        (_visits.c.contract_id == contract_id)
        & (_visits.c.plan_key == key)
        & (_visits.c.state == VisitState.PLANNED.value)
    )
    late = _visits.c.due_on < today
    asked = select(
        func.count().label("waiting"),
        func.count().filter(late).label("overdue"),
        func.min(_visits.c.due_on).filter(~late).label("next"),
    )
    found = db.session.execute(asked.where(waiting)).one()
    return {"course": courses.of(contract_id, key), **found._mapping}


# ---------------------------------------------------------------- the form


def _editing(row: Any) -> dict[str, Any]:
    """The choices of the form, its fields, the places found, and what the plan will mean."""
    came = request.method == "POST"
    body = typed.plan().body if came else row.body
    fields = typed.shown(row.body)
    if came:  # boxes that were left empty did not come
        fields = dict.fromkeys(fields, "") | web.submitted().to_dict()
    plan = _made(body)
    here = row.contract_id
    return {
        "fields": fields,
        "checklists": _checklists(here, body.get("checklist", "")),
        "chosen": _chosen(here, body.get("scope") or {}),
        "found": _found(here),
        "plan": plan if plan and places.missing(here, plan.scope) is None else None,
        "kinds": KINDS_OF_PLACES,
        "weekdays": [(day, saying.weekday(day)) for day in saying.WEEKDAYS],
        "monthdays": [(value, _monthday(*parts)) for value, parts in typed.monthdays()],
        "months": list(get_month_names("wide", "stand-alone", get_locale() or "en").items()),
        "who": [(key, _upper(gettext(words))) for key, words in saying.WHO.items()],
        "counted": [(key, _upper(gettext(words))) for key, words in saying.COUNTED.items()],
        "methods": [(key, gettext(words)) for key, words in promises.METHODS.items()],
        "aqls": [(one, one) for one in AQLS],
    }


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _monthday(which: str, day: str) -> str:
    if which == typed.LAST_DAY and not day:
        return str(gettext("the last day"))
    if not day:
        return str(gettext("day %(day)s", day=which))
    return saying.nth(which, day)


def _checklists(contract_id: int, chosen: str) -> list[tuple[str, str]]:
    """Those in force; and the one that was chosen, if it is no longer."""
    rows = checklists.in_force(contract_id)
    options = [(row.subject, str(row.body["title"])) for row in rows]
    if not chosen or chosen in dict(options):
        return options
    title = titles(contract_id, checklists.CHECKLIST).get(chosen, chosen)
    return [*options, (chosen, gettext("%(title)s (not in force)", title=title))]


def _chosen(contract_id: int, scope: Any) -> list[Row[Any]]:
    ids = scope.get("places") or [scope.get("root")]
    return places.rows(contract_id, [one for one in ids if one])


def _found(contract_id: int) -> list[Row[Any]]:
    """The places with the words typed into the search of the form."""
    words = web.typed("scope-find", "")
    return tree.search(contract_id, words, FOUND) if words.strip() else []
