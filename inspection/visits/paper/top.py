"""The top of the paper: both organisations, what it is of, what came out, on which scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import format_decimal, gettext, ngettext
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer
from sqlalchemy import Row

from inspection import words
from inspection.contracts import logos
from inspection.rules.access import Party
from inspection.rules.refusal import N_
from inspection.rules.scale import Level
from inspection.rules.visit import VisitState
from inspection.visits import reading
from inspection.visits.paper.told import QUIET, Album, Story, Told, level_said, party_said
from inspection.visits.typesetting import (
    MUTED,
    PARTIES,
    SIZE,
    SMALL,
    SUNKEN,
    TINY,
    WIDTH,
    Beside,
    Mark,
    Style,
    Words,
)

COLOUR_WORDS = {"green": N_("green"), "yellow": N_("yellow"), "red": N_("red")}
LOT_WORDS = {
    "accepted": N_("The lot is accepted"),
    "rejected": N_("The lot is rejected"),
    "incomplete": N_("The lot was not inspected to its end"),
    None: N_("The lot is still being inspected"),
}


# ---------------------------------------------------------------- the head


def story(told: Told) -> Story:
    """Everything above the findings."""
    for part in (_heads, _title, _facts, _result, _legend):
        yield from part(told)


def _heads(told: Told) -> Story:
    """Both organisations beside each other: the logo, or the name in its place."""
    pictures = logos.of(told.here.id)
    names = {Party.CUSTOMER: told.here.customer, Party.CONTRACTOR: told.here.contractor}
    cells = [list(_head(told.album, party, name, pictures[party])) for party, name in names.items()]
    yield Beside(cells, [WIDTH / 2] * 2, Style(at_bottom=True, below=5))
    yield Beside([[]], [WIDTH], Style(rule=MUTED, above=6))


def _head(album: Album, party: Party, name: str, logo: Row[Any] | None) -> Story:
    if logo is not None:
        picture = album.picture(logo, (52 * mm, 15 * mm), frame=False)
        picture.hAlign = "LEFT"
        yield picture
    yield Words(name, SIZE if logo is not None else 14, bold=True, after=0)
    yield Words(party_said(party), SMALL, colour=PARTIES[party])


def _title(told: Told) -> Story:
    yield Words(gettext("Inspection no. %(number)s", number=told.row.id), SIZE, colour=MUTED)
    yield Words(told.checklist.title, 17, bold=True, after=2)
    place = " › ".join(filter(None, (told.row.trail, told.row.place_name)))
    yield Words(place, 10.5, after=6)


def _facts(told: Told) -> Story:
    rows = [(name, text) for name, text in _said(told) if text]
    half = (len(rows) + 1) // 2
    widths = [WIDTH * 0.42, WIDTH * 0.58]
    columns = [
        [_fact(name, text, width) for name, text in part]
        for part, width in zip((rows[:half], rows[half:]), widths, strict=True)
    ]
    yield Beside(columns, widths)


def _fact(name: str, text: str, width: float) -> Flowable:
    first = 24 * mm
    return Beside([[Words(name, 8, colour=MUTED)], [Words(text, 8)]], [first, width - first - 6])


def _said(told: Told) -> Iterator[tuple[str, str]]:
    row = told.row
    yield gettext("Inspected by"), f"{row.inspector}, {party_said(row.party)}"
    yield gettext("Together with"), row.accompanied_by
    yield gettext("Begun"), words.at(row.started_at, "year") if row.started_at else ""
    yield gettext("Submitted"), words.at(row.submitted_at, "year")
    finished = reading.finished_at(row)
    if finished and reading.late_synced(row):
        yield (
            gettext("On the phone"),
            gettext("finished %(moment)s, arrived later", moment=words.at(finished, "year")),
        )
    scanned = row.scanned_at and gettext("code scanned %(moment)s", moment=words.at(row.scanned_at))
    yield gettext("At the place"), scanned or gettext("not scanned")
    yield gettext("Method"), gettext(reading.METHODS.get(row.method, row.method))
    plan = reading.version(row.contract_id, row.plan_id)
    yield gettext("Plan"), (plan.body.get("title") or row.plan_key) if plan else row.plan_key
    yield gettext("Checklist"), _agreed(reading.version(row.contract_id, row.checklist_id))
    yield gettext("Scale"), _agreed(reading.version(row.contract_id, row.scale_id))
    yield gettext("Stands"), _stands(row)


def _agreed(version: Row[Any] | None) -> str:
    """Which version it is and who signed it when; both parties did."""
    if version is None or version.agreed_at is None:
        return str(gettext("the usual one, not yet agreed"))
    signed = [
        f"{name} ({party_said(party)})"
        for name, party in (
            (version.proposer, version.proposed_party),
            (version.signer, version.agreed_party),
        )
        if name
    ]
    said = gettext(
        "version %(number)s, agreed %(day)s",
        number=version.version,
        day=words.day(version.agreed_at),
    )
    return f"{said}: {', '.join(signed)}" if signed else str(said)


def _stands(row: Row[Any]) -> str:
    if row.state == VisitState.FINAL and row.final_at:
        return str(gettext("final since %(day)s", day=words.day(row.final_at)))
    until = words.at(row.comment_until, "year") if row.comment_until else "–"
    return str(gettext("not final: the other party may comment until %(moment)s", moment=until))


# ---------------------------------------------------------------- what came out


def _result(told: Told) -> Story:
    cells = [list(_score(told)), list(_counted(told))]
    yield Spacer(0, 6)
    yield Beside(
        cells,
        [WIDTH * 0.55, WIDTH * 0.45],
        Style(ground=SUNKEN, before=8, above=7, below=5),
    )


def _score(told: Told) -> Story:
    row = told.row
    if row.level is None or row.score is None:
        yield Words(gettext("Nothing rated"), 12, bold=True)
        return
    level = told.scale.level(row.level)
    percent = f"{format_decimal(told.scale.shown(row.score), '0.0')} %"
    yield Mark(str(level.level), f"{level_said(level)} · {percent}", level.colour, 14)
    if row.capped:
        yield Words(
            gettext("A critical item did not pass, so the level is at most 2"), SMALL, bold=True
        )
    rated = ngettext("%(num)s item rated", "%(num)s items rated", row.rated_count)
    yield Words(rated, **QUIET)


def _counted(told: Told) -> Story:
    found = told.row.finding_count
    yield Words(ngettext("%(num)s finding", "%(num)s findings", found), 12, bold=True)
    corrected = sum(bool(line.finding and line.finding.corrected) for line in told.found)
    if corrected:
        yield Words(gettext("%(number)s corrected on the spot", number=corrected), **QUIET)
    if told.row.contested_count:
        open_views = ngettext("%(num)s contested", "%(num)s contested", told.row.contested_count)
        yield Words(open_views, SMALL, bold=True)
    lot = reading.lot(told.row)
    if lot is not None:
        yield Words(gettext(LOT_WORDS.get(lot.result, LOT_WORDS[None])), SIZE, bold=True)
        yield Words(
            gettext(
                "%(done)s of %(size)s inspected, %(bad)s below standard, at most %(accept)s"
                " allowed; apart from the score",
                done=lot.inspected,
                size=lot.size,
                bad=lot.nonconforming,
                accept=lot.accept,
            ),
            **QUIET,
        )


def _legend(told: Told) -> Story:
    """The scale, small: number, word, colour and percent are four faces of one level."""
    cells = [list(_faces(level)) for level in told.scale.levels]
    yield Spacer(0, 5)
    yield Beside(cells, [WIDTH / 5] * 5)


def _faces(level: Level) -> Story:
    yield Mark(str(level.level), level_said(level), level.colour, SMALL)
    ends = {"low": level.low, "high": min(level.high, 100), "anchor": level.anchor}
    span = (
        gettext("from %(low)s %%", **ends)
        if level.high > 100
        else gettext("%(low)s to below %(high)s %%", **ends)
    )
    colour = gettext(COLOUR_WORDS.get(level.colour, level.colour))
    counts = gettext("counts %(anchor)s %%", **ends)
    yield Words(f"{colour} · {counts}\n{span}", TINY, colour=MUTED)
