"""What was found, with its photos and what became of it; then every answer."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Spacer
from sqlalchemy import Row

from inspection import words
from inspection.rules.access import Party
from inspection.rules.checklist import Verdict
from inspection.rules.refusal import N_
from inspection.rules.states import STATE_WORDS, State
from inspection.visits import following, reading
from inspection.visits.paper.told import QUIET, Album, Story, Told, heading, level_said, party_said
from inspection.visits.reading import Line
from inspection.visits.typesetting import (
    HAIR,
    MUTED,
    PARTIES,
    RULED,
    SMALL,
    SUNKEN,
    WIDTH,
    Beside,
    Mark,
    Strokes,
    Style,
    Words,
    card,
    edged,
    grid,
)

# ---------------------------------------------------------------- findings


def found(told: Told) -> Story:
    """The findings, each with its photos."""
    yield from heading(f"{gettext('Findings')} ({len(told.found)})")
    if not told.found:
        yield Words(gettext("Nothing below standard was found."))
    for line in told.found:
        yield CondPageBreak(45 * mm)
        yield Spacer(0, 5)
        yield from _finding(told, line)
    if told.album.small or told.album.left_out:
        yield Words(
            gettext(
                "There are more photos than a file can carry: some are small or left out here."
                " All of them stand at %(address)s",
                address=told.address,
            ),
            **QUIET,
        )


def _finding(told: Told, line: Line) -> Story:
    """What was found, its photos, the promise, and what became of it; may break anywhere."""
    colour = PARTIES[told.row.party]
    top = [Words(line.question, 10.5, bold=True, after=3), *_answer(told, line)]
    yield card([*top, *_remarks(line)], colour)
    yield from _photos(told.album, line, edged(colour))
    rest = [*_promise(line), *_became(line)]
    if line.result.contested_at:
        rest.append(Words(gettext("Contested: both views stand beside the answer below"), **QUIET))
    if rest:
        yield card(rest, colour)


def _answer(told: Told, line: Line) -> Story:
    """The answer itself: its level, its words, a drawn signature."""
    result = line.result
    if result.verdict == Verdict.NOT_APPLICABLE:
        yield Mark(gettext("N/A"), gettext("Not applicable"), "grey", 8)
        return
    if result.level:
        level = told.scale.level(result.level)
        yield Mark(str(level.level), f"{level_said(level)} · {level.anchor} %", level.colour, 8)
    said = [line.words, line.outside, gettext("critical") if line.item.critical else ""]
    if any(said):
        yield Words(" · ".join(filter(None, said)))
    if line.drawn:
        yield Strokes(line.drawn, 36 * mm)


def _remarks(line: Line) -> Story:
    """What was written to an answer, and why something is not there."""
    result = line.result
    if result.reason:
        yield Words(f"{gettext('Why it does not apply:')} {result.reason}", 8.5)
    if result.note:
        yield Words(result.note)
    if result.no_photo:
        yield Words(f"{gettext('Why there is no photo:')} {result.no_photo}", **QUIET)


def _photos(album: Album, line: Line, style: Style) -> Story:
    """One before beside one after; else what was found, then what it is once corrected."""
    before, after = (album.shown(line.result.id, late) for late in (False, True))
    titles = (gettext("As found"), gettext("Once corrected"))
    if len(before) == len(after) == 1:
        pair = zip(titles, (before[0], after[0]), strict=True)
        box = (WIDTH / 2 - 16, 62 * mm)
        cells = [[Words(title, **QUIET), album.picture(photo, box)] for title, photo in pair]
        yield from grid(cells, 2, style)
        return
    for title, photos in zip(titles, (before, after), strict=True):
        if photos and after:
            yield Beside([[Words(title, **QUIET)]], [WIDTH], style)
        yield from _strip(album, photos, style)


def _strip(album: Album, photos: list[Row[Any]], style: Style) -> Story:
    columns = min(3, max(2, len(photos)))
    box = (WIDTH / columns - 16, 62 * mm if columns == 2 else 46 * mm)
    yield from grid([[album.picture(photo, box)] for photo in photos], columns, style)


def _promise(line: Line) -> Story:
    if line.promise:
        ref = gettext("Requirement %(ref)s", ref=line.promise.ref)
        yield Words(f"{ref} · {line.promise.title}", 8.5, bold=True)
        yield Words(line.promise.standard_text, 8.5)
    elif line.result.requirement:
        yield Words(gettext("Requirement %(ref)s", ref=line.result.requirement), **QUIET)


def _became(line: Line) -> Story:
    finding = line.finding
    if finding is None:
        return
    if finding.corrected:
        yield Words(gettext("Corrected on the spot"), bold=True)
    elif finding.number:
        joined = N_("Joined to no. %(number)s, open before")
        sentence = joined if finding.joined else N_("It became no. %(number)s")
        said = [gettext(sentence, number=finding.number)]
        said.append(gettext(STATE_WORDS[State(finding.action_state)]))
        if finding.court and finding.action_state != State.CLOSED:
            said.append(gettext("turn: %(party)s", party=party_said(finding.court)))
        yield Words(" · ".join(said), bold=True)


# ---------------------------------------------------------------- every answer

_COLUMNS = (WIDTH * 0.54, WIDTH * 0.12, WIDTH * 0.34)


def every(told: Told) -> Story:
    """Every answer below its heading, contested ones with both views."""
    yield from heading(f"{gettext('Every answer')} ({len(told.lines)})")
    for title, part in reading.in_sections(told.row, told.lines):
        if title:
            yield Spacer(0, 5)
            yield Words(title, 10, bold=True, after=3, with_next=True)
        for line in part:
            yield _answered(told, line)
            if line.result.contested_at:
                yield _views(told, line)
    if told.row.note:
        yield from heading(gettext("Note on the whole"))
        yield Words(told.row.note)


def _answered(told: Told, line: Line) -> Flowable:
    """One row: the question with what was written to it, and the answer; photos of no finding."""
    answer = list(_answer(told, line))
    if line.finding:
        number = line.finding.number
        see = gettext("No. %(number)s", number=number) if number else ""
        said = ", ".join(filter(None, (gettext("a finding, see above"), see)))
        question, answer = [Words(line.question)], [*answer, Words(said, **QUIET)]
    else:
        question = [Words(line.question), *_remarks(line)]
        answer += _small_photos(told.album, line)
    ref = [Words(line.result.requirement, SMALL, colour=MUTED)]
    return Beside([question, ref, answer], _COLUMNS, RULED)


def _small_photos(album: Album, line: Line) -> list[Flowable]:
    photos = album.shown(line.result.id, False) + album.shown(line.result.id, True)
    width = _COLUMNS[2] - 6
    cells = [[album.picture(one, (width / 2 - 6, 30 * mm))] for one in photos]
    return grid(cells, 2, width=width)


def _views(told: Told, line: Line) -> Flowable:
    """Both views of a contested answer side by side, and how it was settled, if it was."""
    result, row = line.result, told.row
    other = Party(row.party).other
    ours: list[Flowable] = [Words(party_said(row.party), SMALL, bold=True), *_answer(told, line)]
    theirs: list[Flowable] = [Words(party_said(other), SMALL, bold=True)]
    if result.contested_level:
        level = told.scale.level(result.contested_level)
        theirs.append(Mark(str(level.level), level_said(level), level.colour, 8))
    theirs.append(Words(result.contested_text))
    seen = (result.contester, words.at(result.contested_at, "year"))
    theirs.append(Words(", ".join(filter(None, seen)), **QUIET))
    if result.settled in following.OUTCOMES:
        said = [gettext(following.OUTCOMES[result.settled]), result.settled_text]
        theirs.append(Words(": ".join(filter(None, said)), 8.5, bold=True))
    else:
        theirs.append(Words(gettext("Not settled: both views stand"), 8.5, bold=True))
    half = WIDTH / 2
    return Beside([ours, theirs], [half, half], Style(ground=SUNKEN, edge=HAIR, before=8, above=3))
