"""One visit on paper, as a manager hands it over: findings first, every answer, who signed.

Hazard: importing this loads reportlab and Pillow; only who hands a paper over may import it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

from flask import url_for
from flask_babel import format_decimal, gettext, ngettext
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, SimpleDocTemplate, Spacer
from sqlalchemy import Row

from inspection import web, words
from inspection.contracts import logos
from inspection.photos import evidence
from inspection.rules.access import Party
from inspection.rules.checklist import Checklist, Verdict
from inspection.rules.refusal import N_
from inspection.rules.scale import Level, Scale
from inspection.rules.states import STATE_WORDS, State
from inspection.rules.visit import VisitState
from inspection.visits import following, reading, record, saying
from inspection.visits.reading import Line
from inspection.visits.typesetting import (
    HAIR,
    MARGIN,
    MUTED,
    PARTIES,
    RULED,
    SIZE,
    SMALL,
    SUNKEN,
    TINY,
    WIDTH,
    Beside,
    Mark,
    Picture,
    Strokes,
    Style,
    Words,
    card,
    edged,
    grid,
    pages_with,
)
from inspection.web import ContractCard

AS_THEY_ARE = 16_000_000  # bytes of photos as they were kept; the rest as thumbnails of 25 KB
MOST_PHOTOS = 400
COLOUR_WORDS = {"green": N_("green"), "yellow": N_("yellow"), "red": N_("red")}
LOT_WORDS = {
    "accepted": N_("The lot is accepted"),
    "rejected": N_("The lot is rejected"),
    "incomplete": N_("The lot was not inspected to its end"),
    None: N_("The lot is still being inspected"),
}
_SINCE = ("visit.commented", "visit.contested", "visit.settled", "visit.agreed", "visit.final")
_QUIET = {"size": SMALL, "colour": MUTED}

Story = Iterator[Flowable]


@dataclass(frozen=True)
class Album:
    """The photos of a visit: which are shown as they are, which small, and their files.

    A page of photos stays a file that can be sent: `AS_THEY_ARE` bytes, `MOST_PHOTOS` in number.
    """

    folder: Path
    of_result: dict[int, list[Row[Any]]]
    small: frozenset[int]
    left_out: frozenset[int]

    @classmethod
    def of(cls, row: Row[Any], folder: Path) -> Album:
        pictures = record.pictures(row)
        small, left_out, used = set(), set(), 0
        found = {one.result_id for one in record.findings(row)}
        in_order = [
            photo
            for result in sorted(pictures, key=lambda r: (r not in found, r))
            for photo in pictures[result]
        ]
        for n, photo in enumerate(in_order):
            used += photo.bytes
            if used > AS_THEY_ARE:
                small.add(photo.id)
            if n >= MOST_PHOTOS:
                left_out.add(photo.id)
        return cls(folder, pictures, frozenset(small), frozenset(left_out))

    def shown(self, result_id: int, after: bool) -> list[Row[Any]]:
        """The photos of an answer, as found or once corrected."""
        every = self.of_result.get(result_id, [])
        return [
            one for one in every if (one.stage == "after") is after and one.id not in self.left_out
        ]

    def picture(self, photo: Row[Any], box: tuple[float, float], frame: bool = True) -> Picture:
        """A photo that fits a box."""
        name = photo.thumbnail if photo.id in self.small else photo.picture
        size = (max(1, photo.width), max(1, photo.height))
        missing = gettext("This picture is missing")
        return Picture(size, box, partial(self._file, name), missing, frame)

    def _file(self, name: str) -> Path | None:
        path = self.folder / f"{name}.jpg"
        try:
            if not path.exists():
                path.write_bytes(evidence.store().read(name))
        except FileNotFoundError:
            return None
        return path


@dataclass(frozen=True)
class Told:
    """Everything a paper says, read once."""

    row: Row[Any]
    here: ContractCard
    checklist: Checklist
    scale: Scale
    lines: list[Line]
    album: Album
    events: list[Row[Any]] = field(default_factory=list)

    @property
    def found(self) -> list[Line]:
        return [line for line in self.lines if line.finding]

    @property
    def address(self) -> str:
        path = url_for("visit_pages.one", contract=self.here.slug, visit=self.row.id)
        return f"{web.settings().base_url}{path}"


def write(row: Row[Any], here: ContractCard, file: IO[bytes]) -> None:
    """Write the paper of a submitted visit, A4, in the reader's language."""
    with tempfile.TemporaryDirectory() as folder:
        told = Told(
            row,
            here,
            record.checklist_of(row),
            record.scale_of(row),
            reading.lines(row),
            Album.of(row, Path(folder)),
            reading.happened(row),
        )
        said = {"number": row.id, "contract": here.name}
        paper = SimpleDocTemplate(
            file,
            leftMargin=MARGIN - 6,
            rightMargin=MARGIN - 6,
            topMargin=14 * mm,
            bottomMargin=16 * mm,
            title=f"{told.checklist.title}, {row.place_name}",
            author=here.name,
            subject=gettext("Inspection no. %(number)s, %(contract)s", **said),
            lang=web.language(),
        )
        foot = f"{gettext('Inspection no. %(number)s, %(contract)s', **said)} · {told.address}"
        paper.build(list(_story(told)), canvasmaker=pages_with(foot, _page_of))


def _page_of(number: int, of: int) -> str:
    return str(gettext("Page %(number)s of %(all)s", number=number, all=of))


def _story(told: Told) -> Story:
    yield from _heads(told)
    yield from _title(told)
    yield from _facts(told)
    yield from _result(told)
    yield from _legend(told)
    yield from _amendments(told)
    yield from _findings(told)
    yield from _answers(told)
    yield from _since(told)
    yield from _signatures(told)


def _heading(text: str) -> Story:
    yield Spacer(0, 10)
    yield Words(text, 12, bold=True, after=4, with_next=True)


# ---------------------------------------------------------------- the head


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
    yield Words(_party(party), SMALL, colour=PARTIES[party])


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
    yield gettext("Inspected by"), f"{row.inspector}, {_party(row.party)}"
    yield gettext("Together with"), row.accompanied_by
    yield gettext("Begun"), words.at(row.started_at, "year") if row.started_at else ""
    yield gettext("Submitted"), words.at(row.submitted_at, "year")
    if reading.late_synced(row):
        yield (
            gettext("On the phone"),
            gettext("finished %(moment)s, arrived later", moment=words.at(row.captured_at, "year")),
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
        f"{name} ({_party(party)})"
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
    yield Mark(str(level.level), f"{_word(level)} · {percent}", level.colour, 14)
    if row.capped:
        yield Words(
            gettext("A critical item did not pass, so the level is at most 2"), SMALL, bold=True
        )
    rated = ngettext("%(num)s item rated", "%(num)s items rated", row.rated_count)
    yield Words(rated, **_QUIET)


def _counted(told: Told) -> Story:
    found = told.row.finding_count
    yield Words(ngettext("%(num)s finding", "%(num)s findings", found), 12, bold=True)
    corrected = sum(bool(line.finding and line.finding.corrected) for line in told.found)
    if corrected:
        yield Words(gettext("%(number)s corrected on the spot", number=corrected), **_QUIET)
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
            **_QUIET,
        )


def _legend(told: Told) -> Story:
    """The scale, small: number, word, colour and percent are four faces of one level."""
    cells = [list(_faces(level)) for level in told.scale.levels]
    yield Spacer(0, 5)
    yield Beside(cells, [WIDTH / 5] * 5)


def _faces(level: Level) -> Story:
    yield Mark(str(level.level), _word(level), level.colour, SMALL)
    ends = {"low": level.low, "high": min(level.high, 100), "anchor": level.anchor}
    span = (
        gettext("from %(low)s %%", **ends)
        if level.high > 100
        else gettext("%(low)s to below %(high)s %%", **ends)
    )
    colour = gettext(COLOUR_WORDS.get(level.colour, level.colour))
    counts = gettext("counts %(anchor)s %%", **ends)
    yield Words(f"{colour} · {counts}\n{span}", TINY, colour=MUTED)


def _amendments(told: Told) -> Story:
    added = [event for event in told.events if event.kind == "visit.amended"]
    if added:
        yield from _heading(gettext("Amendments"))
    for event in added:
        yield card([_by(event), Words(event.text or "")], PARTIES.get(event.party, MUTED))


# ---------------------------------------------------------------- findings


def _findings(told: Told) -> Story:
    yield from _heading(f"{gettext('Findings')} ({len(told.found)})")
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
            **_QUIET,
        )


def _finding(told: Told, line: Line) -> Story:
    """What was found, its photos, the promise, and what became of it; may break anywhere."""
    colour = PARTIES[told.row.party]
    top = [Words(line.question, 10.5, bold=True, after=3), *_answer(told, line)]
    yield card([*top, *_remarks(line)], colour)
    yield from _photos(told.album, line, edged(colour))
    rest = [*_promise(line), *_became(line)]
    if line.result.contested_at:
        rest.append(Words(gettext("Contested: both views stand beside the answer below"), **_QUIET))
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
        yield Mark(str(level.level), f"{_word(level)} · {level.anchor} %", level.colour, 8)
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
        yield Words(f"{gettext('Why there is no photo:')} {result.no_photo}", **_QUIET)


def _photos(album: Album, line: Line, style: Style) -> Story:
    """One before beside one after; else what was found, then what it is once corrected."""
    before, after = (album.shown(line.result.id, late) for late in (False, True))
    titles = (gettext("As found"), gettext("Once corrected"))
    if len(before) == len(after) == 1:
        pair = zip(titles, (before[0], after[0]), strict=True)
        box = (WIDTH / 2 - 16, 62 * mm)
        cells = [[Words(title, **_QUIET), album.picture(photo, box)] for title, photo in pair]
        yield from grid(cells, 2, style)
        return
    for title, photos in zip(titles, (before, after), strict=True):
        if photos and after:
            yield Beside([[Words(title, **_QUIET)]], [WIDTH], style)
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
        yield Words(gettext("Requirement %(ref)s", ref=line.result.requirement), **_QUIET)


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
            said.append(gettext("turn: %(party)s", party=_party(finding.court)))
        yield Words(" · ".join(said), bold=True)


# ---------------------------------------------------------------- every answer

_COLUMNS = (WIDTH * 0.54, WIDTH * 0.12, WIDTH * 0.34)


def _answers(told: Told) -> Story:
    yield from _heading(f"{gettext('Every answer')} ({len(told.lines)})")
    for title, part in reading.in_sections(told.row, told.lines):
        if title:
            yield Spacer(0, 5)
            yield Words(title, 10, bold=True, after=3, with_next=True)
        for line in part:
            yield _answered(told, line)
            if line.result.contested_at:
                yield _views(told, line)
    if told.row.note:
        yield from _heading(gettext("Note on the whole"))
        yield Words(told.row.note)


def _answered(told: Told, line: Line) -> Flowable:
    """One row: the question with what was written to it, and the answer; photos of no finding."""
    answer = list(_answer(told, line))
    if line.finding:
        number = line.finding.number
        see = gettext("No. %(number)s", number=number) if number else ""
        said = ", ".join(filter(None, (gettext("a finding, see above"), see)))
        question, answer = [Words(line.question)], [*answer, Words(said, **_QUIET)]
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
    ours: list[Flowable] = [Words(_party(row.party), SMALL, bold=True), *_answer(told, line)]
    theirs: list[Flowable] = [Words(_party(other), SMALL, bold=True)]
    if result.contested_level:
        level = told.scale.level(result.contested_level)
        theirs.append(Mark(str(level.level), _word(level), level.colour, 8))
    theirs.append(Words(result.contested_text))
    seen = (result.contester, words.at(result.contested_at, "year"))
    theirs.append(Words(", ".join(filter(None, seen)), **_QUIET))
    if result.settled in following.OUTCOMES:
        said = [gettext(following.OUTCOMES[result.settled]), result.settled_text]
        theirs.append(Words(": ".join(filter(None, said)), 8.5, bold=True))
    else:
        theirs.append(Words(gettext("Not settled: both views stand"), 8.5, bold=True))
    half = WIDTH / 2
    return Beside([ours, theirs], [half, half], Style(ground=SUNKEN, edge=HAIR, before=8, above=3))


# ---------------------------------------------------------------- what followed, who signed


def _since(told: Told) -> Story:
    later = [event for event in told.events if event.kind in _SINCE]
    if later:
        yield from _heading(gettext("What both parties said to it"))
    questions = {line.key: line.question for line in told.lines}
    for event in later:
        said = [_by(event)]
        about = questions.get(event.data.get("item", ""))
        said += [Words(text, 8.5) for text in (about, event.text) if text]
        yield Beside([said], [WIDTH], RULED)


def _by(event: Row[Any]) -> Flowable:
    """What happened, who did it, and when."""
    who = event.who or gettext("Tandem, as agreed")
    kind = gettext(following.HAPPENED[event.kind])
    said = [kind, who, _party(event.party) if event.party else "", words.at(event.at, "year")]
    return Words(" · ".join(filter(None, said)), **_QUIET)


def _signatures(told: Told) -> Story:
    signed = record.signatures(told.row)
    yield from _heading(gettext("Signed"))
    if not signed:
        yield Words(gettext("Nobody has signed this inspection."), **_QUIET)
    yield from grid([list(_signed(one)) for one in signed], 2)
    agreed = _agreed_by(told.row)
    if agreed:
        yield Words(gettext("Agreed on the page: %(names)s", names=agreed), **_QUIET)


def _agreed_by(row: Row[Any]) -> str:
    ids = {Party.CUSTOMER: row.agreed_customer_by, Party.CONTRACTOR: row.agreed_contractor_by}
    names = reading.names(row.contract_id, ids.values())
    return ", ".join(
        f"{names[one]} ({_party(party)})" for party, one in ids.items() if one in names
    )


def _signed(one: Row[Any]) -> Story:
    if one.strokes:
        yield Strokes(one.strokes)
    else:
        yield Words(one.name, 14, after=4)
    said = [one.name, _party(one.party), words.at(one.signed_at, "year")]
    if not one.strokes:
        said.append(gettext("typed"))
    yield Words(" · ".join(said), **_QUIET)


# ---------------------------------------------------------------- words


def _party(party: str) -> str:
    return str(gettext(saying.PARTY_WORDS[party]))


def _word(level: Level) -> str:
    return str(gettext(level.word)) if level.usual("word") else level.word
