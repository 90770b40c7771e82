"""The pages on which both parties sign: by page, by JSON and by command line nobody signs alone."""

from __future__ import annotations

import re
from html import unescape
from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient

from inspection.contracts import agreements
from inspection.contracts.models import Agreement
from inspection.db import db, writing
from inspection.rules.access import Party, Role
from inspection.rules.states import ClockKind, Priority
from tests.cast import CALENDAR_DK, POLICY, PROMISES, Cast, agreed, key, posted
from tests.inspection.people.conftest import separate_requests

__all__ = ["separate_requests"]  # a fixture that works by being here

URL = "/c/harbour/agreements"


def stored(agreement: int) -> Agreement:
    db.session.rollback()
    row = db.session.get(Agreement, agreement)
    assert row is not None
    db.session.refresh(row)
    return row


def drafted(cast: Cast, kind: str = "sla_policy") -> int:
    with writing():
        return agreements.draft(None, cast.harbour.contract.id, kind)


def fields(page: str) -> list[tuple[str, str]]:
    """What a browser without a script would send from the form of a draft, as it is shown."""
    form = page[page.index('agreement-form"') : page.rindex("</form>")]
    found = []
    pattern = r'<input ([^>]*)>|<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>'
    for given, name, options in re.findall(
        pattern + r'|<textarea [^>]*name="[^"]*"[^>]*>', form, re.DOTALL
    ):
        if name:
            chosen = re.search(r'<option value="([^"]*)" selected', options)
            first = re.search(r'<option value="([^"]*)"', options)
            found.append((name, (chosen or first)[1]))  # type: ignore[index]
            continue
        said = dict(re.findall(r'(\w+)="([^"]*)"', given))
        box = said.get("type") in ("radio", "checkbox")
        if "name" in said and (not box or " checked" in given):
            found.append((said["name"], unescape(said.get("value", ""))))
    for name, text in re.findall(
        r'<textarea [^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.S
    ):
        found.append((name, unescape(text)))
    return found


def filled(client: FlaskClient, agreement: int, **change: str) -> Any:
    """Open the form, change some fields, keep it."""
    shown = dict(fields(client.get(f"{URL}/{agreement}/form").text))
    typed = {name.replace("__", "-"): value for name, value in change.items()}
    return client.post(f"{URL}/{agreement}/body", data=shown | typed)


def version(agreement: int) -> str:
    return str(stored(agreement).revision)


# ---------------------------------------------------------------- the story


def test_a_number_is_changed_proposed_with_a_reason_compared_and_agreed(cast: Cast) -> None:
    first = agreed(cast.harbour, "sla_policy", POLICY)
    ours, theirs = cast.client("contractor.manager"), cast.client("customer.manager")
    begun = posted(ours, URL, kind="sla_policy")
    draft = int(begun.location.split("?")[0].rsplit("/", 1)[1])
    assert filled(ours, draft, targets__P3_fix__value="4").status_code == 303
    posted(ours, f"{URL}/{draft}/proposal", version=version(draft), note="Lifts wait too long.")
    assert agreements.in_force(cast.harbour.contract.id, "sla_policy").id == first  # type: ignore[union-attr]
    assert "It waits for you" in theirs.get(URL).text
    page = theirs.get(f"{URL}/{draft}").text
    assert "Lifts wait too long." in page
    compared = page[page.index('<table class="table compared"') : page.index("</table>")]
    assert "1 difference<" in compared
    assert "<del>5 working days</del>" in compared
    assert "<ins>4 working days</ins>" in compared
    posted(theirs, f"{URL}/{draft}/signature", version=version(draft))
    policy = agreements.policy(agreements.in_force(cast.harbour.contract.id, "sla_policy").id)  # type: ignore[union-attr]
    assert policy.target(Priority.P3, None, ClockKind.FIX).days == 4  # type: ignore[union-attr]
    old = ours.get(f"{URL}/{first}").text
    assert "Was in force" in old
    assert "5 working days" in old
    assert "4 working days" in ours.get(f"{URL}/{first}/comparison?with={draft}").text


def test_what_was_declined_says_why_and_can_be_changed_by_either(cast: Cast) -> None:
    draft = drafted(cast)
    ours, theirs = cast.client("contractor.manager"), cast.client("customer.manager")
    filled(ours, draft, response_means="attended")
    posted(ours, f"{URL}/{draft}/proposal", version=version(draft), note="To begin.")
    silent = posted(theirs, f"{URL}/{draft}/refusal", version=version(draft), note=" ")
    assert silent.status_code == 422
    posted(theirs, f"{URL}/{draft}/refusal", version=version(draft), note="Thirty is too short.")
    assert stored(draft).state == "draft"
    assert "Thirty is too short." in ours.get(f"{URL}/{draft}").text
    assert filled(theirs, draft, targets__P1_respond__value="45").status_code == 303


# ---------------------------------------------------------------- neither alone (A12)


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("party", list(Party))
def test_one_party_alone_never_puts_anything_in_force(
    cast: Cast, party: Party, accept: str
) -> None:
    """Every role of one party tries every move on every kind, by page and by JSON (A12)."""
    bodies = {"sla_policy": POLICY, "calendar": CALENDAR_DK, "requirements": PROMISES}
    lead = cast.harbour.members[f"{party.value}.manager"]
    for kind, body in bodies.items():
        with writing():
            made = agreements.draft(lead, lead.contract_id, kind)
            agreements.change(lead, made, 1, body)
            agreements.propose(lead, made, 2, "Ours.")
        for role, move in product(Role, ("signature", "proposal", "refusal", "body")):
            client = cast.client(f"{party.value}.{role.value}")
            typed = {"submission_key": key(), "version": version(made)}
            if move in ("proposal", "refusal"):
                typed["note"] = "Because."
            how: dict[str, Any] = {"json": typed} if accept != "text/html" else {"data": typed}
            answer = client.post(f"{URL}/{made}/{move}", headers={"Accept": accept}, **how)
            assert answer.status_code in (403, 409), (kind, role, move)
        assert stored(made).state == "proposed"
        assert agreements.in_force(lead.contract_id, kind) is None


@pytest.mark.parametrize("role", [Role.STAFF, Role.SUPERVISOR])
@pytest.mark.parametrize("move", ["signature", "refusal"])
def test_only_those_who_sign_answer_for_the_other_party(cast: Cast, role: Role, move: str) -> None:
    lead = cast.harbour.members["contractor.manager"]
    with writing():
        made = agreements.draft(lead, lead.contract_id, "calendar")
        agreements.propose(lead, made, 1, "Ours.")
    typed = {"version": "2"} | ({"note": "No."} if move == "refusal" else {})
    answer = posted(cast.client(f"customer.{role.value}"), f"{URL}/{made}/{move}", **typed)
    assert answer.status_code == 403
    assert stored(made).state == "proposed"


def test_the_command_line_lists_and_activates_nothing(cast: Cast) -> None:
    first = agreed(cast.harbour, "sla_policy", POLICY)
    draft = drafted(cast, "calendar")
    said = cast.app.test_cli_runner().invoke(args=["agreements", "harbour"])
    assert said.exit_code == 0, said.output
    assert "sla_policy: version 1 in force since" in said.output
    assert "calendar: version 1 draft" in said.output
    assert "requirements: nothing yet" in said.output
    assert (stored(first).state, stored(draft).state) == ("agreed", "draft")
    names = [name for name in cast.app.cli.commands if "agree" in name]
    assert names == ["agreements"]


def test_staff_read_everything_and_write_nothing(cast: Cast) -> None:
    draft = drafted(cast)
    client = cast.client("customer.staff")
    page = client.get(f"{URL}/{draft}").text
    assert '/form"' not in page
    assert "/withdrawal" not in page
    assert client.get(f"{URL}/{draft}/form").status_code == 403
    assert posted(client, f"{URL}/{draft}/withdrawal", version="1").status_code == 403
    assert posted(client, URL, kind="calendar").status_code == 403


# ---------------------------------------------------------------- forms


@pytest.mark.parametrize(
    ("kind", "body"),
    [("sla_policy", POLICY), ("calendar", CALENDAR_DK), ("requirements", PROMISES)],
)
def test_a_form_that_nobody_touched_says_the_same_again(
    cast: Cast, kind: str, body: dict[str, Any]
) -> None:
    first = agreed(cast.harbour, kind, body)
    draft = drafted(cast, kind)
    assert filled(cast.client("customer.supervisor"), draft).status_code == 303
    signed = {name: said for name, said in stored(first).body.items() if name != "holidays"}
    assert stored(draft).body == signed  # holidays are written in when it is proposed


def test_the_form_of_the_categories_says_the_same_again(cast: Cast) -> None:
    draft = drafted(cast, "categories")
    before = agreements.KINDS["categories"].read(stored(draft).body)
    assert filled(cast.client("customer.supervisor"), draft).status_code == 303
    assert stored(draft).body == before


def test_bad_input_keeps_what_was_typed_and_says_it_beside_the_field(cast: Cast) -> None:
    draft = drafted(cast)
    answer = filled(
        cast.client("contractor.supervisor"),
        draft,
        response_means="acknowledged",
        targets__P3_fix__value="soon",
        limits__plan_days="0",
    )
    assert answer.status_code == 422
    assert 'value="soon"' in answer.text
    assert answer.text.count('class="field__error"') == 2
    assert stored(draft).revision == 1


def test_a_row_is_added_without_a_script_and_nothing_is_lost(cast: Cast) -> None:
    draft = drafted(cast)
    client = cast.client("contractor.supervisor")
    line = {"targets__0__service_line": "lifts", "targets__0__value": "4"}
    answer = filled(client, draft, **line, add="targets")
    assert answer.status_code == 200
    assert 'value="lifts"' in answer.text
    assert 'name="targets-1-service_line"' in answer.text
    assert stored(draft).revision == 1


def test_a_service_line_gets_its_own_target_and_loses_it_again(cast: Cast) -> None:
    draft, client = drafted(cast), cast.client("contractor.supervisor")
    filled(
        client,
        draft,
        response_means="acknowledged",
        targets__0__service_line="lifts",
        targets__0__value="4",
    )
    own = [one for one in stored(draft).body["targets"] if one["service_line"]]
    assert [(one["service_line"], one["value"], one["unit"]) for one in own] == [
        ("lifts", 4, "working_days")
    ]
    filled(client, draft, targets__0__remove="1")
    assert not [one for one in stored(draft).body["targets"] if one["service_line"]]


def test_a_mistake_in_a_later_row_stands_beside_that_row(cast: Cast) -> None:
    draft, client = drafted(cast, "calendar"), cast.client("contractor.supervisor")
    answer = client.post(
        f"{URL}/{draft}/body",
        data=dict(fields(client.get(f"{URL}/{draft}/form").text))
        | {"own_days-3-date": "", "own_days-7-date": "yesterday", "own_days-7-name": "Party"},
        headers={"Accept": "application/json"},
    )
    assert [one["field"] for one in answer.json["refused"]] == ["own_days-7-date"]


def test_a_field_the_form_does_not_have_is_refused(cast: Cast) -> None:
    draft = drafted(cast)
    answer = filled(cast.client("contractor.supervisor"), draft, colour="red")
    assert answer.status_code == 422


def test_two_who_change_one_draft_are_told(cast: Cast) -> None:
    draft = drafted(cast, "calendar")
    one, two = cast.client("contractor.supervisor"), cast.client("customer.supervisor")
    shown = dict(fields(two.get(f"{URL}/{draft}/form").text))
    assert filled(one, draft, country="SE").status_code == 303
    late = two.post(f"{URL}/{draft}/body", data=shown | {"country": "FI"})
    assert late.status_code == 409
    assert "Somebody changed this version meanwhile" in late.text
    assert stored(draft).body["country"] == "SE"


def test_a_draft_is_begun_once_however_often_the_form_arrives(cast: Cast) -> None:
    client = cast.client("contractor.supervisor")
    typed = {"submission_key": key(), "kind": "calendar"}
    first, second = (client.post(URL, data=typed) for _ in range(2))
    assert first.location == second.location
    other = posted(client, URL, kind="calendar")
    assert other.status_code == 409


# ---------------------------------------------------------------- pages


def test_the_calendar_shows_its_days_by_name_and_the_change_of_the_clocks(cast: Cast) -> None:
    made = agreed(cast.harbour, "calendar", CALENDAR_DK)
    page = cast.client("customer.staff").get(f"{URL}/{made}").text
    assert "Maundy Thursday" in page
    assert "the clocks go forward by 1 hour" in page
    assert "A working day has 8 hours" in page


def test_a_draft_without_the_choice_says_what_is_missing_and_offers_no_proposal(
    cast: Cast,
) -> None:
    page = cast.client("customer.manager").get(f"{URL}/{drafted(cast)}").text
    assert "nobody chooses it for you" in page
    assert "/proposal" not in page


def test_the_requirements_say_who_watches_and_what_is_open(cast: Cast) -> None:
    agreed(cast.harbour, "requirements", PROMISES)
    body = agreements.KINDS["categories"].start(cast.harbour.contract.id)
    body["categories"][1]["requirement_ref"] = "8.C.1.a"
    agreed(cast.harbour, "categories", body)
    page = cast.client("customer.staff").get("/c/harbour/requirements").text
    unseen = page[page.index('id="unseen"') : page.index('<ol class="stack promises"')]
    assert "8.C.2" in unseen
    assert "8.C.1.a" not in unseen


def test_a_version_of_another_kind_is_nothing_to_compare_with(cast: Cast) -> None:
    policy = agreed(cast.harbour, "sla_policy", POLICY)
    calendar = agreed(cast.harbour, "calendar", CALENDAR_DK)
    client = cast.client("customer.staff")
    assert client.get(f"{URL}/{policy}/comparison?with={calendar}").status_code == 404
    assert client.get(f"{URL}/{policy}/comparison").status_code == 200
