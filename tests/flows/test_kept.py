"""What dashboards keep: nobody is shown what a commit before their request has made untrue, nor what is another's to see."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from accounts.models import AuditEvent, User
from dashboards import kept
from dashboards.each_school import each_school, years_of
from schools.models import Posting, Pupil, School
from tests import factories
from tests.conftest import Browse

pytestmark = pytest.mark.django_db(transaction=True)


class Counted:
    """Something made of the schools, and how often it was."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> list[str]:
        self.times += 1
        return sorted(School.objects.values_list("name", flat=True))


@pytest.fixture
def made() -> Counted:
    return Counted()


def forget() -> None:
    cache.clear()
    kept._here.clear()


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    forget()
    yield
    forget()


def read(user: User, make: Callable[[], Any], **choices: Any) -> Any:
    return kept.kept("test", make, user=user, choices=tuple(choices.items()))


def elsewhere(work: Callable[[], Any]) -> threading.Thread:
    """In a thread, and so over a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_made_once_until_something_changes(school_a: School, manager: User, made: Counted) -> None:
    assert read(manager, made) == read(manager, made) == ["Alder High School"]
    assert made.times == 1
    factories.make_school("Elm School")
    assert read(manager, made) == ["Alder High School", "Elm School"]
    School.objects.filter(name="Elm School").update(name="Oak School")
    assert read(manager, made) == ["Alder High School", "Oak School"]
    School.objects.filter(name="Oak School").delete()
    assert read(manager, made) == ["Alder High School"]
    assert made.times == 4


def test_another_process_takes_what_one_has_made(school_a: School, manager: User, made: Counted) -> None:
    read(manager, made)
    kept._here.clear()
    assert read(manager, made) == ["Alder High School"]
    assert made.times == 1


def test_another_choice_is_another_thing(school_a: School, manager: User, made: Counted) -> None:
    read(manager, made, day=1)
    read(manager, made, day=2)
    assert made.times == 2


def test_what_was_not_asked_for_makes_nothing_anew(school_a: School, manager: User, made: Counted) -> None:
    read(manager, made)
    factories.make_pupil()
    assert read(manager, made) == ["Alder High School"]
    assert made.times == 1


def test_a_change_that_is_rolled_back_is_none(school_a: School, manager: User, made: Counted) -> None:
    read(manager, made)
    with transaction.atomic():
        School.objects.update(name="Never School")
        assert read(manager, made) == ["Never School"], "whoever has changed it sees it"
        transaction.set_rollback(True)
    assert read(manager, made) == ["Alder High School"]
    assert made.times == 2


def test_part_of_a_transaction_rolled_back_and_the_rest_committed(school_a: School, manager: User, made: Counted) -> None:
    read(manager, made)
    with transaction.atomic():
        with transaction.atomic():
            School.objects.update(name="Never School")
            transaction.set_rollback(True)
        School.objects.update(name="New School")
    assert read(manager, made) == ["New School"]


def test_a_change_committed_after_others_that_began_later(school_a: School, manager: User, made: Counted) -> None:
    """What a transaction wrote long ago is seen when it commits: no other's commit in between takes its place."""
    wrote, commit = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            School.objects.filter(pk=school_a.pk).update(name="Slow School")
            wrote.set()
            assert commit.wait(30)

    slow = elsewhere(slowly)
    assert wrote.wait(30)
    factories.make_school("Quick School")
    assert read(manager, made) == ["Alder High School", "Quick School"]
    commit.set()
    slow.join()
    assert read(manager, made) == ["Quick School", "Slow School"]


def test_a_change_committed_while_it_is_made_is_there_the_next_time(school_a: School, manager: User, made: Counted) -> None:
    def late() -> list[str]:
        found = made()
        elsewhere(lambda: School.objects.update(name="Late School")).join()
        return found

    assert read(manager, late) == ["Alder High School"]
    assert read(manager, made) == ["Late School"]


def test_counted_together_it_says_the_same(school_a: School, manager: User, made: Counted) -> None:
    for number in range(3):
        factories.make_school(f"Elm School {number}")
    read(manager, made)
    before = kept.stamp()
    kept.count_together()
    assert kept.stamp() == before
    read(manager, made)
    assert made.times == 1
    with connection.cursor() as cursor:
        cursor.execute('select count(*), count(distinct "table") from dashboards_change')
        assert len(set(cursor.fetchone())) == 1
    School.objects.update(name="Same School")
    assert set(read(manager, made)) == {"Same School"}


def test_what_is_made_of_a_table_nobody_watches_is_not_kept(school_a: School, manager: User) -> None:
    def make() -> int:
        return AuditEvent.objects.count()

    before = read(manager, make)
    AuditEvent.objects.create(at="2026-11-20T10:00Z", act="looked", by_name="Nobody")
    assert read(manager, make) == before + 1


def inside(user: User, made: Counted) -> Callable[[], int]:
    """Something made of what is kept for nobody in particular, and of pupils."""

    def make() -> int:
        schools = kept.kept("inside", made, user=None, choices=())
        return len(schools) + 100 * Pupil.objects.count()

    return make


def test_what_is_made_of_what_is_kept_is_made_anew_with_it(school_a: School, manager: User, made: Counted) -> None:
    make = inside(manager, made)
    kept.kept("inside", made, user=None, choices=())
    assert [read(manager, make), read(manager, make)] == [1, 1]
    assert made.times == 1, "its part was there already"
    factories.make_school("Elm School")  # of which it has asked nothing itself
    assert read(manager, make) == 2
    factories.make_pupil()
    assert read(manager, make) == 102
    assert made.times == 2, "of pupils the part was not made"


def test_and_so_in_another_process(school_a: School, manager: User, made: Counted) -> None:
    make = inside(manager, made)
    kept.kept("inside", made, user=None, choices=())
    kept._here.clear()  # the part comes from the cache
    assert read(manager, make) == 1
    kept._here.clear()
    factories.make_school("Elm School")
    assert read(manager, make) == 2


def test_what_is_made_of_something_that_is_not_kept_is_not_kept(school_a: School, manager: User) -> None:
    def make() -> int:
        return kept.kept("inside", AuditEvent.objects.count, user=None, choices=())

    before = read(manager, make)
    AuditEvent.objects.create(at="2026-11-20T10:00Z", act="looked", by_name="Nobody")
    assert read(manager, make) == before + 1


def test_what_is_too_large_for_the_cache_is_kept_by_each_process(school_a: School, made: Counted) -> None:
    def look() -> list[str]:
        return kept.kept("large", made, user=None, choices=(), packed=False)

    assert look() == look() == ["Alder High School"]
    assert made.times == 1
    kept._here.clear()
    assert look() == ["Alder High School"]
    assert made.times == 2
    School.objects.update(name="New School")
    assert look() == ["New School"]


def test_the_lines_of_all_schools_are_shown_to_nobody_who_may_not_see_them(
    cast: dict[str, User], school_a: School, school_b: School, today: dt.date
) -> None:
    """Made first for those who see every school, and then for each of the cast."""
    for part in ("manager", *cast):
        user = cast[part]
        shown = each_school(user, today=today, at=dt.time(12))
        theirs = set(School.objects.visible_to(user).values_list("pk", flat=True))
        assert set(shown.ids) == set(years_of(shown, today=today)[2026].schools) | theirs == theirs, part
        assert shown.reach.keys() <= theirs


def test_every_watched_table_leaves_a_trace() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select tgrelid::regclass::text from pg_trigger where tgname = 'dashboards_note_change'")
        assert {table for (table,) in cursor.fetchall()} == kept.WATCHED


def test_many_at_once_wait_for_one(school_a: School, manager: User, made: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = threading.Semaphore(0)
    pause = time.sleep

    def pausing(seconds: float) -> None:
        waiting.release()
        pause(seconds)

    monkeypatch.setattr(time, "sleep", pausing)
    found: list[list[str]] = []

    def make() -> list[str]:
        others.extend(elsewhere(lambda: found.append(read(manager, made))) for _ in range(3))
        for _ in others:
            assert waiting.acquire(timeout=30)
        return made()

    others: list[threading.Thread] = []
    assert read(manager, make) == ["Alder High School"]
    for other in others:
        other.join()
    assert found == [["Alder High School"]] * 3
    assert made.times == 1


def test_without_a_cache_pages_are_made(school_a: School, manager: User, made: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def __getattr__(self, name: str) -> Any:
            raise ConnectionError

    monkeypatch.setattr(kept, "cache", Gone())
    for _ in range(2):
        assert read(manager, made) == ["Alder High School"]
        kept._here.clear()
    assert made.times == 2


PAGES = ["/", "/areas/", "/trusts/", "/cohorts/", "/borough/", "/borough/equality/", "/schools/", "/figures/", "/pupils/"]


@pytest.mark.parametrize("address", [*PAGES, "/pupils/enrolments/"])
def test_nobody_is_shown_what_was_kept_for_another(address: str, cast: dict[str, User], school_b: School, browse: Browse) -> None:
    """Each of the cast, after all others have looked, sees what they saw when nothing was kept for anybody."""
    alone = {}
    for part, user in cast.items():
        forget()
        alone[part] = answer(browse(user), address)
    for user in cast.values():
        browse(user).get(address)
    kept._here.clear()  # as another process of the same machine
    for part, user in cast.items():
        assert answer(browse(user), address) == alone[part], part
    assert len({words for _, words in alone.values()}) > 1


def answer(client: Any, address: str) -> tuple[int, str]:
    """Its page but for the token of its forms, which is another each time."""
    found = client.get(address)
    return found.status_code, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", found.content.decode())


def test_a_posting_that_begins_is_seen_at_once(officer: User, school_a: School, school_b: School, browse: Browse) -> None:
    client = browse(officer)
    assert client.get("/cohorts/").context["schools"].value == 1
    factories.post(officer, school_b)
    assert client.get("/cohorts/").context["schools"].value == 2
    Posting.objects.filter(school=school_b).delete()
    assert client.get("/cohorts/").context["schools"].value == 1
