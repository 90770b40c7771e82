"""The pages on which a checklist is written: its form, its page, its list; both sign it."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from inspection.contracts import agreements
from inspection.db import writing
from inspection.photos import evidence
from inspection.rules import checklist as rule
from inspection.rules import checklist_body
from inspection.rules.access import Party
from tests.cast import PROMISES, ROOM, Cast, agreed, key, posted
from tests.inspection.contracts.test_agreeing import fields, stored

URL = "/c/harbour/agreements"
LISTED = "/c/harbour/checklists"
WHOLE: dict[str, Any] = checklist_body.write(checklist_body.read(ROOM))  # type: ignore[arg-type]


@pytest.fixture
def promised(cast: Cast) -> Cast:
    """A contract with promises that items can belong to."""
    agreed(cast.harbour, "requirements", PROMISES)
    return cast


def drafted(cast: Cast, body: dict[str, Any] | None = None, by: str = "contractor.manager") -> int:
    lead = cast.harbour.members[by]
    with writing():
        return agreements.draft(lead, lead.contract_id, "checklist", "tea-kitchen", body or WHOLE)


def typed(client: FlaskClient, agreement: int) -> list[tuple[str, str]]:
    """What a browser without a script would send from the form as it is shown."""
    page = client.get(f"{URL}/{agreement}/form").text
    return fields(re.sub(r"<template.*?</template>", "", page, flags=re.DOTALL))


def sent(client: FlaskClient, agreement: int, **change: Any) -> Any:
    """Open the form, change some fields (None takes one away), keep it."""
    shown: dict[str, Any] = {}
    for name, value in typed(client, agreement):
        shown.setdefault(name, []).append(value)
    for name, value in change.items():
        shown[name.replace("__", "-")] = value
    known = {name: value for name, value in shown.items() if value is not None}
    return client.post(f"{URL}/{agreement}/body", data=known)


def items(agreement: int) -> list[dict[str, Any]]:
    return list(stored(agreement).body["items"])


def picture(colour: tuple[int, int, int] = (20, 90, 40)) -> tuple[io.BytesIO, str]:
    held = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(held, "JPEG")
    return io.BytesIO(held.getvalue()), "clean.jpg"


# ---------------------------------------------------------------- begin, retire


def test_a_supervisor_of_either_party_begins_a_checklist(promised: Cast) -> None:
    for party in Party:
        client = promised.client(f"{party.value}.supervisor")
        answer = posted(client, LISTED, title="Toilets, daily", category="cleaning")
        assert answer.status_code == 303
        assert client.get(answer.location).status_code == 200
    rows = agreements.signed(promised.harbour.contract.id)
    found = [row.subject for row in rows if row.kind == "checklist"]
    assert sorted(found) == ["toilets-daily", "toilets-daily-2"]


def test_staff_read_checklists_and_begin_none(promised: Cast) -> None:
    client = promised.client("customer.staff")
    assert client.get(LISTED).status_code == 200
    assert posted(client, LISTED, title="Ours", category="cleaning").status_code == 403


def test_what_was_typed_is_kept_when_a_checklist_cannot_begin(promised: Cast) -> None:
    answer = posted(promised.client("customer.supervisor"), LISTED, title="Toilets", kinds="level")
    assert answer.status_code == 422
    assert 'value="Toilets"' in answer.text
    assert "This is needed." in answer.text


def test_the_list_says_what_is_in_force_and_what_is_on_its_way(promised: Cast) -> None:
    agreed(promised.harbour, "checklist", ROOM, subject="tea-kitchen")
    page = promised.client("customer.staff").get(LISTED).text
    assert "Tea kitchen, daily" in page
    assert "5 items" in page
    assert "In force" in page


def test_a_checklist_ends_only_when_both_have_signed_its_end(promised: Cast) -> None:
    agreed(promised.harbour, "checklist", ROOM, subject="tea-kitchen")
    here = promised.harbour.contract.id
    ours, theirs = promised.client("contractor.manager"), promised.client("customer.manager")
    begun = posted(ours, f"{LISTED}/retirements", subject="tea-kitchen")
    draft = int(begun.location.split("?")[0].rsplit("/", 1)[1])
    posted(ours, f"{URL}/{draft}/proposal", version="1", note="The kitchen is gone.")
    assert agreements.in_force(here, "checklist", "tea-kitchen").body["active"]  # type: ignore[union-attr]
    assert "<del>yes</del>" in theirs.get(f"{URL}/{draft}").text
    posted(theirs, f"{URL}/{draft}/signature", version="2")
    assert not stored(draft).body["active"]
    assert not agreements.in_force(here, "checklist", "tea-kitchen").body["active"]  # type: ignore[union-attr]
    assert "used no more" in theirs.get(LISTED).text
    again = posted(ours, f"{LISTED}/retirements", subject="tea-kitchen")
    assert again.status_code == 404


# ---------------------------------------------------------------- the form


def test_a_form_that_nobody_touched_says_the_same_again(promised: Cast) -> None:
    draft = drafted(promised)
    assert sent(promised.client("customer.supervisor"), draft).status_code == 303
    assert stored(draft).body == WHOLE


def test_an_item_of_every_kind_survives_the_form(promised: Cast) -> None:
    many = [
        {
            "key": f"item-{kind}",
            "kind": kind.value,
            "label": {"": f"About {kind}", "Dansk (da)": f"Om {kind}"},
            "hint": {"Dansk (da)": "Se nøje\nto gange"},
            "requirement": "" if kind == "note" else "8.C.2",
            "weight": 5,
            "critical": True,
            "required": False,
            "low": 1.5,
            "high": 20,
            "unit": "m²",
            "constraint": ". != 3",
            "constraint_message": {"": "Not three"},
            "options": [
                {"value": "a|b", "label": {"": "A | B"}, "when": "${item-text} = 'x'"},
                {"value": "c", "label": {"Dansk (da)": "Se"}, "when": ""},
            ],
            "appearance": "minimal",
        }
        for kind in rule.ItemKind
    ]
    made = checklist_body.read(
        {**ROOM, "sections": [], "languages": ["", "Dansk (da)"], "items": many}
    )
    assert isinstance(made, rule.Checklist), made
    draft = drafted(promised, checklist_body.write(made))
    assert sent(promised.client("contractor.supervisor"), draft).status_code == 303
    assert stored(draft).body == checklist_body.write(made)


def test_the_place_decides_the_order_and_under_which_heading(promised: Cast) -> None:
    draft, client = drafted(promised), promised.client("contractor.supervisor")
    assert sent(client, draft, items__0__position="55").status_code == 303  # after "Things"
    assert [one["key"] for one in items(draft)] == ["dry", "why_wet", "clean", "heat", "soap"]
    assert items(draft)[2]["section"] == "things"


def test_a_removed_heading_leaves_its_items_with_the_one_above(promised: Cast) -> None:
    draft, client = drafted(promised), promised.client("contractor.supervisor")
    assert sent(client, draft, sections__1__remove="1").status_code == 303
    assert {one["section"] for one in items(draft)} == {"floor"}


def test_an_item_is_added_without_a_script_and_takes_the_requirement_above(promised: Cast) -> None:
    draft, client = drafted(promised), promised.client("contractor.supervisor")
    back = sent(client, draft, items__0__weight="5", add="items")
    assert back.status_code == 200
    assert 'name="items-5-label"' in back.text
    assert stored(draft).revision == 1
    new = {
        "items__5__label": "2 bins are empty",
        "items__5__kind": "pass_fail",
        "items__5__requirement": "=",
    }
    assert sent(client, draft, **new).status_code == 303
    last = items(draft)[-1]
    assert (last["key"], last["requirement"]) == ("item_2_bins_are_empty", "8.C.1.a")
    assert last["section"] == "things"


def test_a_name_stays_when_the_words_change(promised: Cast) -> None:
    draft, client = drafted(promised), promised.client("contractor.supervisor")
    sent(client, draft, items__1__label="Floor is dry and not slippery")
    assert items(draft)[1]["key"] == "dry"


def test_a_removed_item_is_gone_and_one_that_others_ask_for_is_named(promised: Cast) -> None:
    draft, client = drafted(promised), promised.client("contractor.supervisor")
    answer = sent(client, draft, items__1__remove="1")
    assert answer.status_code == 422
    assert "which no item is called" in answer.text
    assert sent(client, draft, items__1__remove="1", items__2__relevant="").status_code == 303
    assert "dry" not in [one["key"] for one in items(draft)]


def test_mistakes_stand_beside_their_fields_and_what_was_typed_stays(promised: Cast) -> None:
    draft, client = drafted(promised), promised.client("contractor.supervisor")
    answer = sent(
        client,
        draft,
        items__0__position="1000",
        items__0__label="Floor is spotless",
        items__2__relevant="${dry = 'fail'",
        items__3__low="warm",
        items__4__options="",
    )
    assert answer.status_code == 422
    for name in ("items-2-relevant", "items-3-low", "items-4-options"):
        assert f'id="{name}-error"' in answer.text
    assert "Floor is spotless" in unescape(answer.text)
    assert 'value="warm"' in answer.text
    assert stored(draft).revision == 1


def test_a_mistake_in_a_choice_stands_beside_the_choices(promised: Cast) -> None:
    draft, client = drafted(promised), promised.client("contractor.supervisor")
    answer = sent(client, draft, items__4__options=f"full | {'x' * 1200}")
    assert 'id="items-4-options-error"' in answer.text


def test_a_language_more_gives_every_text_a_second_field(promised: Cast) -> None:
    draft, client = drafted(promised), promised.client("contractor.supervisor")
    assert sent(client, draft, languages__3__name="de").status_code == 303
    assert stored(draft).body["languages"] == ["", "de"]
    page = client.get(f"{URL}/{draft}/form").text
    assert 'name="items-0-label-1"' in page
    assert sent(client, draft, items__1__label__1="Boden ist trocken").status_code == 303
    assert items(draft)[1]["label"] == {"": "Floor is dry", "de": "Boden ist trocken"}


def test_two_hundred_items_are_kept_at_once(promised: Cast) -> None:
    many = [
        {"key": f"i{n}", "kind": "level", "label": f"Item {n}", "requirement": "8.C.2"}
        for n in range(200)
    ]
    made = checklist_body.write(checklist_body.read({**ROOM, "sections": [], "items": many}))  # type: ignore[arg-type]
    draft, client = drafted(promised, made), promised.client("contractor.supervisor")
    assert sent(client, draft, items__7__picture=picture()).status_code == 303
    assert len(items(draft)) == 200


# ---------------------------------------------------------------- guidance pictures


def test_a_guidance_picture_is_shown_and_lives_on_in_the_next_version(promised: Cast) -> None:
    draft, client = drafted(promised), promised.client("contractor.manager")
    assert sent(client, draft, items__0__picture=picture()).status_code == 303
    assert items(draft)[0]["picture"]
    (photo,) = evidence.of(promised.harbour.contract.id, agreement_id=draft)
    shown = f"/c/harbour/photos/{photo.id}/thumbnail"
    assert shown in client.get(f"{URL}/{draft}").text
    assert shown in client.get(f"{URL}/{draft}/form").text
    assert shown in client.get(f"{URL}/{draft}/trial").text
    assert client.get(shown).mimetype == "image/jpeg"
    posted(client, f"{URL}/{draft}/proposal", version="2", note="With a picture.")
    posted(promised.client("customer.manager"), f"{URL}/{draft}/signature", version="3")
    begun = posted(client, URL, kind="checklist", subject="tea-kitchen")
    following = int(begun.location.split("?")[0].rsplit("/", 1)[1])
    assert sent(client, following).status_code == 303
    assert shown in client.get(f"{URL}/{following}").text
    assert sent(client, following, items__0__unpictured="1").status_code == 303
    assert shown not in client.get(f"{URL}/{following}").text


def test_a_picture_is_not_lost_when_the_form_comes_back(promised: Cast) -> None:
    draft, client = drafted(promised), promised.client("contractor.supervisor")
    back = sent(client, draft, items__0__picture=picture(), items__3__low="warm")
    assert back.status_code == 422
    (token,) = re.findall(r'name="kept" value="([^"]+)"', back.text)
    assert sent(client, draft, kept=unescape(token)).status_code == 303
    assert items(draft)[0]["picture"]


def test_a_file_that_is_no_picture_is_said_beside_its_item(promised: Cast) -> None:
    draft, client = drafted(promised), promised.client("contractor.supervisor")
    back = sent(client, draft, items__1__picture=(io.BytesIO(b"GIF89a no"), "x.gif"))
    assert back.status_code == 422
    assert 'id="items-1-picture-error"' in back.text


# ---------------------------------------------------------------- both sign (A1)


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("party", list(Party))
def test_an_item_without_a_requirement_cannot_be_agreed(
    promised: Cast, party: Party, accept: str
) -> None:
    """By page and by JSON, whoever proposes: nothing is inspected that was not promised (A1)."""
    unpromised = {**WHOLE, "items": [{**WHOLE["items"][0], "requirement": ""}]}
    by = f"{party.value}.manager"
    draft, client = drafted(promised, unpromised, by), promised.client(by)
    said = {"submission_key": key(), "version": "1", "note": "Please."}
    how: dict[str, Any] = {"json": said} if accept != "text/html" else {"data": said}
    answer = client.post(f"{URL}/{draft}/proposal", headers={"Accept": accept}, **how)
    assert answer.status_code == 422
    assert "has no requirement" in unescape(answer.get_data(as_text=True)).replace("\\u201c", "“")
    assert stored(draft).state == "draft"
    page = client.get(f"{URL}/{draft}").text
    assert "has no requirement" in page
    assert "/proposal" not in page


def test_a_requirement_that_is_agreed_no_more_keeps_the_other_party_from_signing(
    promised: Cast,
) -> None:
    draft, ours = drafted(promised), promised.client("contractor.manager")
    posted(ours, f"{URL}/{draft}/proposal", version="1", note="As talked about.")
    only = {"requirements": [PROMISES["requirements"][1]]}
    agreed(promised.harbour, "requirements", only)
    answer = promised.client("customer.manager").post(
        f"{URL}/{draft}/signature",
        json={"submission_key": key(), "version": "2"},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 422
    assert {one["code"] for one in answer.json["refused"]} == {"checklist.unknown_requirement"}
    assert stored(draft).state == "proposed"


# ---------------------------------------------------------------- pages


def test_the_page_reads_as_an_inspector_meets_it(promised: Cast) -> None:
    made = agreed(promised.harbour, "checklist", ROOM, subject="tea-kitchen")
    page = unescape(promised.client("customer.staff").get(f"{URL}/{made}").text)
    for words in (
        "Floor is clean",
        "Weight 3",
        "Critical",
        "Only if “Floor is dry” is fail",
        "50 to 60 °C",
        "No visible dirt; soap and paper are there.",
        f"{URL}/{made}/trial",
        f"{URL}/{made}/xlsform",
    ):
        assert words in page


def test_a_difference_is_said_in_the_words_of_the_item(promised: Cast) -> None:
    agreed(promised.harbour, "checklist", ROOM, subject="tea-kitchen")
    lead = promised.harbour.members["contractor.manager"]
    with writing():
        draft = agreements.draft(lead, lead.contract_id, "checklist", "tea-kitchen")
    client = promised.client("contractor.manager")
    sent(
        client,
        draft,
        items__0__weight="4",
        items__1__label="Floor is not wet",
        items__2__relevant="${clean} <= 2",
        items__4__remove="1",
        items__3__position="15",
    )
    page = unescape(client.get(f"{URL}/{draft}").text)
    table = page[page.index('<table class="table compared"') : page.index("</table>")]
    for words in (
        "Item “Floor is clean”: weight<",
        "<del>3</del>",
        "<ins>4</ins>",
        "Item “Floor is not wet”: words",
        "<ins>“Floor is clean” <= 2</ins>",
        "Item “Soap”<",
        "<del>One choice, 8.C.1.a</del>",
        "Order",
        "Item “Hot water”: section",
        "<del>Things</del>",
    ):
        assert words in table, words
    assert "why_wet" not in table


def test_a_draft_with_nothing_in_it_says_what_to_do_and_cannot_be_tried(promised: Cast) -> None:
    begun = posted(promised.client("contractor.manager"), LISTED, title="New", category="leak")
    made = int(begun.location.split("/")[4])
    client = promised.client("customer.staff")
    assert "at least one item" in client.get(f"{URL}/{made}").text
    assert client.get(f"{URL}/{made}/trial").status_code == 303


def test_a_version_is_tried_as_on_a_phone_and_nothing_is_sent(promised: Cast) -> None:
    draft = drafted(promised)
    page = promised.client("customer.staff").get(f"{URL}/{draft}/trial").text
    assert 'name="a-dry"' in page
    assert 'method="post"' not in page[page.index("<main") : page.index("</main>")]


def test_only_a_checklist_is_tried(promised: Cast) -> None:
    other = agreements.in_force(promised.harbour.contract.id, "requirements")
    assert other is not None
    assert promised.client("customer.staff").get(f"{URL}/{other.id}/trial").status_code == 404
