"""What is refused before any view runs: forged hosts, posts from elsewhere, too much, too odd."""

from __future__ import annotations

import io

import pytest

from inspection import web
from tests.cast import Cast, key

FORM = {"text": "words"}


def comment_url(cast: Cast) -> str:
    from tests.inspection.queue.test_story import report

    return f"{cast.harbour.url}/actions/{report(cast)}/comments"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.2"])
def test_a_forged_host_is_refused(cast: Cast, host: str) -> None:
    answer = cast.client().get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_the_host_may_be_written_as_it_is_printed(cast: Cast) -> None:
    code = cast.harbour.codes["tap"]
    answer = cast.client().get(f"/Q/{code}", headers={"Host": "LOCALHOST"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "", "Origin": "http://localhost"}, 403),
    ],
)
def test_a_post_from_elsewhere_changes_nothing(
    cast: Cast, headers: dict[str, str], status: int
) -> None:
    client, url = cast.client("customer.staff"), comment_url(cast)
    answer = client.post(url, data={"submission_key": key(), **FORM}, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("origin", "status"), [("http://localhost", 303), ("http://evil.example", 403), (None, 403)]
)
def test_without_sec_fetch_site_the_origin_decides(
    cast: Cast, origin: str | None, status: int
) -> None:
    client, url = cast.client("customer.staff"), comment_url(cast)
    del client.environ_base["HTTP_SEC_FETCH_SITE"]
    headers = {"Origin": origin} if origin else {}
    answer = client.post(url, data={"submission_key": key(), **FORM}, headers=headers)
    assert answer.status_code == status


def test_a_field_nobody_asked_for_is_refused_and_named(cast: Cast) -> None:
    client, url = cast.client("customer.staff"), comment_url(cast)
    odd = {"submission_key": key(), **FORM, "contract_id": "2", "state": "closed"}
    answer = client.post(url, data=odd, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    named = {one["code"] for one in answer.json["refused"]}
    assert named == {"form.unknown_field"}


def test_too_many_parts_and_too_large_fields_are_refused(cast: Cast) -> None:
    client, url = cast.client("customer.staff"), comment_url(cast)
    many = {f"field{n}": "x" for n in range(200)}
    kind = "multipart/form-data"
    assert client.post(url, data=many, content_type=kind).status_code == 413
    large = {"text": "x" * 600_000}
    assert client.post(url, data=large, content_type=kind).status_code == 413


@pytest.mark.parametrize(
    "text",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/ok\r\nSet-Cookie: x=1",
        " /ok",
        "",
        None,
    ],
)
def test_nobody_is_sent_to_another_host(text: str | None) -> None:
    assert web.own_path(text, "/safe") == "/safe"


def test_our_own_paths_are_kept() -> None:
    assert web.own_path("/c/harbour/queue?state=fixed#row") == "/c/harbour/queue?state=fixed#row"


LARGE = ("2147483648", "99999999999999999999", "-1")


@pytest.mark.parametrize("number", LARGE)
def test_a_number_no_row_can_have_is_nothing_and_no_failure(cast: Cast, number: str) -> None:
    client, here = cast.client("customer.supervisor"), cast.harbour.url
    for path in (f"actions/{number}", f"places/{number}", f"photos/{number}/picture"):
        assert client.get(f"{here}/{path}").status_code == 404, path
    for query in (
        f"queue?place={number}",
        f"queue?assignee={number}",
        f"queue?q={number}",
        f"inbox?before={number}",
        f"reports/new?place={number}",
    ):
        assert client.get(f"{here}/{query}").status_code in (200, 404), query
    url = comment_url(cast).replace("comments", "merge")
    answer = client.post(url, data={"submission_key": key(), "master": number})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "after", ["x", "W10", "WzFd", "bnVsbA", "WyJQMSIsIngiLDFd", "WyJQMSIsMSwxXQ"]
)
def test_a_place_in_a_list_that_is_nonsense_is_left_out(cast: Cast, after: str) -> None:
    client, here = cast.client("customer.supervisor"), cast.harbour.url
    for view in ("court=customer", "state=closed"):
        assert client.get(f"{here}/queue?{view}&after={after}").status_code == 200


def test_a_nul_in_an_address_or_a_form_is_no_failure(cast: Cast) -> None:
    client, here = cast.client("customer.supervisor"), cast.harbour.url
    for path in (f"{here}/queue?q=%00", "/c/a%00b/queue", "/Q/%00", "/r/%00", "/invitations/%00"):
        assert client.get(path).status_code == 400, path
    url, same = comment_url(cast), key()
    for words in ("before\x00after", "other\x00words"):
        answer = client.post(url, data={"submission_key": same, "text": words})
        assert answer.status_code in (303, 409)
    assert "beforeafter" in client.get(url.removesuffix("/comments")).text


def test_a_form_torn_off_on_the_way_is_no_failure(cast: Cast) -> None:
    """Hazard: the page of the error asks the form for its language, and the form is not there."""
    begun = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nwor'
    answer = cast.client("contractor.staff").post(
        comment_url(cast),
        input_stream=io.BytesIO(begun),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(len(begun) + 1000)},
    )
    assert answer.status_code == 400
