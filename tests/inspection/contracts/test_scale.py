"""The scale as an agreement: neither party alone changes what a level means."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import Any

import pytest
from flask.testing import FlaskClient

from inspection.contracts import agreements, saying
from inspection.db import db, writing
from inspection.rules.access import Party
from inspection.rules.refusal import Refusal
from inspection.rules.scale import PROPOSED, translated, write
from tests.cast import Cast, agreed, key, posted
from tests.inspection.people.conftest import separate_requests

__all__ = ["separate_requests"]  # a fixture that works by being here

URL = "/c/harbour/agreements"


def drafted(cast: Cast) -> int:
    with writing():
        return agreements.draft(None, cast.harbour.contract.id, "scale")


def shown(client: FlaskClient, draft: int) -> dict[str, str]:
    """The fields of the form as a browser would send them back unchanged."""
    page = client.get(f"{URL}/{draft}/form").text
    form = page[page.index('id="agreement-form"') :]
    named = re.findall(r'<input [^>]*?name="([\w-]+)"[^>]*? value="([^"]*)"', form)
    fields = {name: value for name, value in named if not name.endswith("-remove")}
    for name, options in re.findall(r'<select [^>]*name="([\w-]+)"[^>]*>(.*?)</select>', form):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    fields |= re.findall(r'<textarea [^>]*name="([\w-]+)"[^>]*>\n(.*?)</textarea>', form)
    return fields


def kept(client: FlaskClient, draft: int, **change: str) -> Any:
    typed = shown(client, draft) | {name.replace("__", "-"): it for name, it in change.items()}
    return client.post(f"{URL}/{draft}/body", data=typed)


def version(draft: int) -> str:
    db.session.rollback()
    return str(agreements.found(1, draft).revision)  # type: ignore[union-attr]


def body(draft: int) -> dict[str, Any]:
    db.session.rollback()
    return dict(agreements.found(1, draft).body)  # type: ignore[union-attr]


def in_force(cast: Cast) -> Any:
    db.session.rollback()
    return agreements.in_force(cast.harbour.contract.id, "scale")


def own_words() -> dict[str, Any]:
    made = deepcopy(PROPOSED)
    made["levels"][1] |= {"word": "As agreed", "anchor": 88}
    made["legacy"].append({"party": "customer", "label": "gul", "level": 3})
    return made


# ---------------------------------------------------------------- the story


def test_one_party_proposes_a_word_the_other_agrees_and_every_visit_reads_it(cast: Cast) -> None:
    ours, theirs = cast.client("contractor.manager"), cast.client("customer.manager")
    begun = posted(ours, URL, kind="scale")
    draft = int(begun.location.split("?")[0].rsplit("/", 1)[1])
    changes = {"levels__4__word": "As agreed", "levels__4__anchor": "88"}
    words = {"legacy__8__label": "gul", "legacy__8__party": "customer", "legacy__8__level": "3"}
    assert kept(ours, draft, **changes, **words).status_code == 303
    assert body(draft) == own_words()
    posted(ours, f"{URL}/{draft}/proposal", version=version(draft), note="Our word for it.")
    assert in_force(cast) is None
    page = theirs.get(f"{URL}/{draft}").text
    assert "Our word for it." in page
    assert "As agreed" in page
    posted(theirs, f"{URL}/{draft}/signature", version=version(draft))
    assert in_force(cast).id == draft
    scale = agreements.scale(draft)
    assert (scale.level(4).word, scale.level(4).anchor) == ("As agreed", 88)
    assert translated(scale, Party.CUSTOMER, "gul") is scale.level(3)
    assert isinstance(translated(scale, Party.CONTRACTOR, "gul"), Refusal)


def test_an_old_version_keeps_meaning_what_it_meant(cast: Cast) -> None:
    first = agreed(cast.harbour, "scale", PROPOSED)
    second = agreed(cast.harbour, "scale", own_words(), by=Party.CUSTOMER)
    assert agreements.scale(first).level(4).word == "Meets"
    assert agreements.scale(second).level(4).word == "As agreed"


def test_nothing_agreed_is_the_usual_scale(cast: Cast) -> None:
    assert write(agreements.scale(None)) == PROPOSED


# ---------------------------------------------------------------- neither alone (A12)


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("party", list(Party))
def test_one_party_alone_never_changes_what_a_level_means(
    cast: Cast, party: Party, accept: str
) -> None:
    draft = drafted(cast)
    for role in ("manager", "executive", "supervisor", "staff"):
        client = cast.client(f"{party.value}.{role}")
        for move in ("proposal", "signature", "refusal", "signature"):
            client.post(
                f"{URL}/{draft}/{move}",
                data={"submission_key": key(), "version": version(draft), "note": "Alone."},
                headers={"Accept": accept},
            )
    assert in_force(cast) is None
    with pytest.raises(LookupError):
        agreements.scale(draft)


def test_json_changes_a_draft_by_the_same_fields_and_nothing_more(cast: Cast) -> None:
    draft, client = drafted(cast), cast.client("customer.manager")
    fields = shown(client, draft) | {"levels-4-word": "As agreed"}
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    answer = client.post(f"{URL}/{draft}/body", data=json.dumps(fields), headers=headers)
    assert answer.status_code < 400
    assert body(draft)["levels"][1]["word"] == "As agreed"
    assert in_force(cast) is None


# ---------------------------------------------------------------- the form and the page


def test_a_form_sent_back_as_it_was_changes_nothing(cast: Cast) -> None:
    draft, client = drafted(cast), cast.client("customer.manager")
    assert kept(client, draft).status_code == 303
    assert body(draft) == PROPOSED


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("levels__4__word", "", "This is needed."),
        ("levels__4__anchor", "ninety", "Write 0 to 100."),
        ("levels__4__anchor", "96", "lies in its own range: 85 to below 95"),
        ("levels__3__from", "90", "Each level begins below the better one"),
        ("levels__4__colour", "blue", "Choose one of the offered values."),
        ("legacy__0__level", "9", "Choose one of the offered values."),
        ("legacy__0__label", "Yellow", "This word stands twice"),
    ],
)
def test_a_mistake_stands_beside_its_field_and_what_was_typed_stays(
    cast: Cast, field: str, value: str, said: str
) -> None:
    draft, client = drafted(cast), cast.client("customer.manager")
    answer = kept(client, draft, **{field: value, "levels__5__word": "Better than asked"})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Better than asked" in answer.text
    assert body(draft) == PROPOSED


def test_there_are_five_levels_and_no_sixth(cast: Cast) -> None:
    draft, client = drafted(cast), cast.client("customer.manager")
    more = {f"levels__6__{face}": value for face, value in (("word", "Best"), ("anchor", "100"))}
    assert kept(client, draft, **more).status_code == 422
    assert body(draft) == PROPOSED


def test_an_older_word_is_dropped_by_its_tick_or_by_emptying_it(cast: Cast) -> None:
    draft, client = drafted(cast), cast.client("customer.manager")
    kept(client, draft, legacy__0__remove="1", legacy__1__label="")
    assert [one["label"] for one in body(draft)["legacy"]] == [
        "red",
        *(f"APPA {n}" for n in range(1, 6)),
    ]


def test_one_row_more_keeps_what_is_typed(cast: Cast) -> None:
    draft, client = drafted(cast), cast.client("customer.manager")
    answer = kept(client, draft, add="legacy", legacy__8__label="gul")
    assert answer.status_code == 200
    assert 'value="gul"' in answer.text
    assert 'name="legacy-9-label"' in answer.text


def test_the_page_shows_the_four_faces_of_every_level_together(cast: Cast) -> None:
    made = agreed(cast.harbour, "scale", own_words())
    page = cast.client("customer.staff").get(f"{URL}/{made}").text
    levels = page[page.index('<ol class="scale"') :].split("<li ")[1:7]
    for level, faces in zip(
        levels,
        (
            ("5", "Exceeds", "green", "100 %", "95 to 100 %"),
            ("4", "As agreed", "green", "88 %", "85 to below 95 %"),
            ("3", "Meets, minor gaps", "yellow", "75 %", "70 to below 85 %", "observation"),
            ("2", "Below", "red", "50 %", "40 to below 70 %", "finding"),
            ("1", "Fails", "red", "0 %", "0 to below 40 %", "contained at once"),
            ("N/A", "Not applicable", "grey"),
        ),
        strict=True,
    ):
        assert [face for face in faces if face not in level] == []
    assert "gul" in page


def test_what_differs_is_said_with_the_number_of_the_level_and_the_word_as_typed(
    cast: Cast,
) -> None:
    with cast.app.test_request_context():
        got = saying.differences(PROPOSED, own_words())
    assert got == [
        ("Scale level 4 › Word", "Meets", "As agreed"),
        ("Scale level 4 › Counts as", "90 %", "88 %"),
        ("Older word › gul (Customer)", "–", "Scale level 3"),
    ]


def test_older_words_all_dropped_are_one_difference(cast: Cast) -> None:
    with cast.app.test_request_context():
        got = saying.differences(
            own_words(), PROPOSED | {"levels": own_words()["levels"], "legacy": []}
        )
    assert [(where, after) for where, _, after in got] == [("Older word", "–")]
    assert got[0][1].startswith("green, yellow, red, APPA 1")
    assert got[0][1].endswith("gul (Customer)")


def test_words_are_translated_only_while_they_read_as_first_proposed(cast: Cast) -> None:
    """ "Open" is a word of the product; typed as the word of a level it is the parties' own."""
    body_ = own_words()
    body_["levels"][0]["word"] = "Open"
    made = agreed(cast.harbour, "scale", body_)
    client = cast.client("customer.staff")
    page = client.get(f"{URL}/{made}?lang=da").text
    assert "<bdi>Open</bdi>" in page


@pytest.mark.parametrize("who", ["customer.supervisor", "contractor.supervisor"])
def test_yellow_of_one_party_and_eight_of_ten_of_the_other_are_the_same_level(
    cast: Cast, who: str
) -> None:
    """Row A5, for both to see on the page of the scale."""
    made = agreed(cast.harbour, "scale", PROPOSED)
    page = f"{cast.harbour.url}/agreements/{made}"
    for word in ("yellow", "8/10"):
        shown = cast.client(who).get(page, query_string={"older": word}).text
        assert shown.count(f"<bdi>{word}</bdi>") >= 2
        assert shown.partition('id="older"')[2].count("Meets, minor gaps") == 2
    refused = cast.client(who).get(page, query_string={"older": "8"}).text
    assert "Meets" not in refused.partition('id="older"')[2]
