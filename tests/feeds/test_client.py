"""The client against a server that misbehaves: what it tries again, what it gives up, and where it never goes."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

import pytest

from attendance.imports import wonde
from attendance.imports.wonde import NotAllowed, NotNow, NotUnderstood, Wonde, WrongToken
from tests.feeds import stub as stubs
from tests.feeds.conftest import Clock, asking
from tests.feeds.stub import TOKEN, Stub, broken_off, never, status, student


def ids(client: Wonde, stub: Stub, resource: str = "students") -> list[str]:
    return [row["id"] for page in client.of_school("A1", stub.netloc, resource) for row in page.rows]


@pytest.fixture(autouse=True)
def five(stub: Stub) -> None:
    stub.per_page = 2
    stub.add("A1", "students", *(student(number, None, "Ash", "Anna") for number in range(5)))


FIVE = [f"S{number}" for number in range(5)]


def test_pages_are_followed_and_the_token_is_a_bearer(client: Wonde, stub: Stub):
    assert ids(client, stub) == FIVE
    assert len(stub.asked) == 3
    assert set(stub.tokens) == {f"Bearer {TOKEN}"}
    assert stub.asked[0][1]["per_page"] == str(wonde.PER_PAGE)


def test_told_to_slow_down_it_waits_as_long_as_it_is_told(client: Wonde, stub: Stub, watch: Clock):
    later = format_datetime(watch.at + dt.timedelta(seconds=40), usegmt=True)
    stub.misbehave("students", status(429, Retry_After="17"), status(429, Retry_After=later), status(429))
    assert ids(client, stub) == FIVE
    assert watch.slept == [17.0, 40.0, 2.0]


def test_its_own_waits_grow_and_end(client: Wonde, stub: Stub, watch: Clock):
    stub.misbehave("students", *[status(503)] * wonde.TRIES)
    with pytest.raises(NotNow, match="a fault of its own"):
        ids(client, stub)
    assert watch.slept == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_it_does_not_sit_out_an_hour(client: Wonde, stub: Stub, watch: Clock):
    stub.misbehave("students", status(429, Retry_After="3600"))
    with pytest.raises(NotNow) as told:
        ids(client, stub)
    assert (told.value.wait, watch.slept) == (3600.0, [])


@pytest.mark.parametrize("answer", [broken_off, status(500), status(502, b"<html>bad gateway</html>")])
def test_what_passes_is_tried_again_in_the_middle_of_a_list(client: Wonde, stub: Stub, watch: Clock, answer):
    pages = client.of_school("A1", stub.netloc, "students")
    got = [row["id"] for row in next(pages).rows]
    stub.misbehave("students", answer, answer)
    got += [row["id"] for page in pages for row in page.rows]
    assert got == FIVE
    assert len(watch.slept) == 2


def test_an_answer_that_never_comes_is_asked_for_again(stub: Stub, watch: Clock):
    stub.misbehave("students", never(stub))
    with asking(stub, watch, timeout=0.3) as client:
        assert ids(client, stub) == FIVE
    assert len(watch.slept) == 1


def test_nobody_there(stub: Stub, watch: Clock):
    stub.server.server_close()
    with asking(stub, watch) as client, pytest.raises(NotNow, match="could not be reached"):
        ids(client, stub)


@pytest.mark.parametrize(
    ("code", "problem"), [(401, WrongToken), (403, NotAllowed), (404, NotAllowed), (422, NotUnderstood), (302, NotUnderstood)]
)
def test_what_will_not_pass_is_not_tried_again(client: Wonde, stub: Stub, watch: Clock, code: int, problem: type[Exception]):
    stub.misbehave("students", status(code, b"no", Location=f"{stub.base}elsewhere"))
    with pytest.raises(problem):
        ids(client, stub)
    assert watch.slept == []
    assert len(stub.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"data": 7}',
        b'{"data": [1]}',
        b'{"data": [], "meta": []}',
        b'{"data": [], "meta": {"pagination": {"next": 3}}}',
        b"\xff\xfe",
    ],
)
def test_an_answer_that_is_not_what_it_should_be(client: Wonde, stub: Stub, body: bytes):
    stub.misbehave("students", status(200, body))
    if body == b'{"data": [], "meta": []}':  # nothing follows, and nothing is said wrongly
        assert ids(client, stub) == []
        return
    with pytest.raises(NotUnderstood):
        ids(client, stub)


def test_the_token_never_goes_to_another_host(client: Wonde, stub: Stub, watch: Clock):
    with stubs.running() as stranger:
        for address in (
            f"{stranger.base}schools/A1/students?page=2",
            f"https://{stub.netloc}/x",
            "//evil.example/x",
            "http://[",
            f"http://a@{stranger.netloc}/",
        ):
            stub.misbehave("students", status(200, {"data": [], "meta": {"pagination": {"next": address}}}))
            with pytest.raises(NotUnderstood):
                ids(client, stub)
        ended = [f"{stranger.netloc}{end}.wonde.com" for end in "#?\\"]
        for domain in (stranger.netloc, f"{stub.netloc}/../..", f"x@{stranger.netloc}", "api.wonde.com.evil.example", *ended):
            with pytest.raises(NotUnderstood, match="not one of its own hosts"):
                list(client.of_school("A1", domain, "students"))
        assert stranger.asked == []


def test_a_region_of_the_providers_own_is_asked(stub: Stub, watch: Clock):
    with stubs.running() as region:
        region.add("A1", "students", student(9, None, "Ash", "Anna"))
        with asking(stub, watch, hosts=(region.netloc,)) as client:
            assert [row["id"] for page in client.of_school("A1", region.netloc, "students") for row in page.rows] == ["S9"]
    assert stub.asked == []


def test_pages_that_lead_back_to_themselves_end(client: Wonde, stub: Stub):
    here = f"{stub.base}schools/A1/students/?page=1"
    again = status(200, {"data": [], "meta": {"pagination": {"next": here}}})
    stub.misbehave("students", again, again, again)
    with pytest.raises(NotUnderstood, match="never comes to its end"):
        ids(client, stub)
