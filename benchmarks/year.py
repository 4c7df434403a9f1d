"""The largest authority's year, or a part of it (SCALE): loaded, followed, worked out again, through the ordinary pipeline.

Files are received as an upload or a drop is, queued, and loaded by two Celery workers: marks with their deltas and amendments first,
then figures and flags. A year is measured to both moments and held to its bar by the first: it stands beside COPY, which puts the
same marks into a table and does nothing more. A day is measured until its flags are up to date. The yardstick is PostgreSQL's COPY
of the same marks as rows, in the same run: one session, file order, a logged table, its primary key in place first.
Everything lies in databases made for it and dropped again.
"""

from __future__ import annotations

import datetime as dt
import html
import os
import re
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import authority, dashboards
from benchmarks.authority import DAYS, LOGIN, TODAY, Characters, Place
from benchmarks.machine import Used, Workers, used, wait, workers
from benchmarks.scratch import analyse, drop, scratch
from benchmarks.table import Bar

if TYPE_CHECKING:
    from accounts.models import User

SCALE = float(os.environ.get("SCALE", "0.25"))
LATE, APART, DAY = DAYS[:-2], DAYS[-2:-1], DAYS[-1:]  # what is backfilled, and the days that come by themselves
WARM = Place(199999, 9_900_000, 12)  # the school whose little files warm the workers up
ALONE = Place(199998, 9_800_000, 1000)  # the school that sends its day by the upload page
File = Callable[[Place, Characters, list[dt.date]], bytes]


def main() -> list[Bar]:
    import django

    os.environ["DAYMARK_TODAY"], os.environ["DAYMARK_DEMO"] = TODAY.isoformat(), "1"  # no second factor, plain http
    django.setup()
    every = authority.places(SCALE)
    pupils = sum(place.pupils for place in every)
    print(
        f"\nAn authority of {len(every)} schools and {pupils:,} pupils, {2 * pupils * len(DAYS) / 1e6:.1f} million marks (SCALE={SCALE:g})"
    )
    with scratch("bench_people"):
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        authority.build([*every, WARM, ALONE])
        analyse()
    found: list[Bar] = []
    try:
        with scratch("bench_weeks", template="bench_people"), workers() as working:
            copied = _copy(every, LATE)
            print(_words("COPY of the year as rows", copied, every))
            by_week = _backfill(every, authority.weeks_file, LATE, working)
            found.append(_against_copy("a year from pupil-week files", by_week, copied, 0.15, every))
        with scratch("bench_sessions", template="bench_people"), workers() as working:
            by_session = _backfill(every, authority.sessions_file, LATE, working)
            found.insert(0, _against_copy("a year from row-per-session files", by_session, copied, 0.5, every))
            found.append(_day(every, working, APART, "a file a school"))
            found.append(_day(every, working, DAY, "all in one file"))
            found.append(_recomputed(every))
            _backfill(every, _amended_weeks, DAYS, working)
            found.append(_size(every))  # of one year: pages add figures of the year before, to compare with
            found += _one_school(working)
            print(*found, sep="\n", flush=True)
            found += [dashboards.rolled_up(max(every, key=lambda place: place.pupils)), dashboards.rated(SCALE)]
            found += dashboards.pages()
    finally:
        drop("bench_people")
    return found


# --- the yardstick ---------------------------------------------------------------------------------------------------


def _copy(every: list[Place], days: list[dt.date]) -> Used:
    """The marks of `days` as rows, all in one COPY. The rows are made beforehand: only the sending is counted."""
    from django.db import connection

    with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
        for place in every:
            columns = slice(2 * DAYS.index(days[0]), 2 * DAYS.index(days[-1]) + 2)
            (Path(folder) / str(place.urn)).write_bytes(authority.rows(place, authority.marks(place)[:, columns], days))
        cursor.execute("create table bench_marks (pupil integer, date date, pm boolean, code text, primary key (pupil, date, pm))")
        with used() as copied, cursor.copy("copy bench_marks from stdin (format csv)") as copy:
            for place in every:
                copy.write((Path(folder) / str(place.urn)).read_bytes())
        cursor.execute("drop table bench_marks")
    return copied


# --- the work --------------------------------------------------------------------------------------------------------


@cache
def _sender(database: str) -> User:
    """Whoever sends the files: known once, as a drop knows it. Each database has its own."""
    from accounts.models import User

    return User.objects.get(email=LOGIN)


def _send(path: Path, name: str) -> None:
    """What the upload page and the drop do: receive, look at the headings, queue."""
    from django.db import connection

    from accounts import clock
    from attendance import actions
    from attendance.imports import preview, receive

    by = _sender(connection.settings_dict["NAME"])
    with path.open("rb") as file:
        extract = actions.receive_extract(
            by=by, today=clock.today(), now=clock.now(), content=receive.chunks(file), filename=name, source="bench"
        )
    mapping = preview.look(path)[0].mapping
    assert mapping is not None, name
    actions.queue_extract(by=by, today=clock.today(), extract=extract, mapping=mapping.to_json(), create_pupils=False)


def _all_marked() -> bool:
    """Every mark stands in its register, with its delta."""
    from attendance.models import Extract

    return _none_but(Extract.Status.MARKED, Extract.Status.LOADED)


def _all_loaded() -> bool:
    """And every figure and flag is up to date."""
    from attendance.models import Extract

    return _none_but(Extract.Status.LOADED)


def _none_but(*statuses: str) -> bool:
    from attendance.models import Extract

    if failed := Extract.objects.filter(status=Extract.Status.FAILED).first():
        raise RuntimeError(f"{failed}: {failed.error}")
    return not Extract.objects.exclude(status__in=statuses).exists()


def _warm(working: Workers) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(4 * working.number):
            path = Path(folder) / f"warm-{number}.csv"
            path.write_bytes(authority.sessions_file(WARM, authority.marks(WARM)[:, : 2 + 2 * number], DAYS[: number + 1]))
            _send(path, path.name)
        wait(_all_loaded, "the workers did not get warm", 120)


@dataclass(frozen=True)
class Loaded:
    """Both from the first byte received: until every mark stands, and until every flag is up to date. Also a worker's peak memory."""

    marks: Used
    flags: Used
    peak: int


def _backfill(every: list[Place], file: File, days: list[dt.date], working: Workers) -> Loaded:
    """A file a school, largest first."""
    _warm(working)
    columns = slice(2 * DAYS.index(days[0]), 2 * DAYS.index(days[-1]) + 2)
    with tempfile.TemporaryDirectory() as folder:
        for place in every:
            (Path(folder) / f"{place.urn}.csv").write_bytes(file(place, authority.marks(place)[:, columns], days))
        with used(working) as flags:
            with used(working) as marks:
                for place in sorted(every, key=lambda place: -place.pupils):
                    path = Path(folder) / f"{place.urn}.csv"
                    _send(path, path.name)
                    path.unlink()
                wait(_all_marked, "the marks were not loaded", pause=0.05)
            wait(_all_loaded, "the year was not followed", pause=0.05)
    _check(every, days)
    return Loaded(marks, flags, working.peak())


def _check(every: list[Place], days: list[dt.date]) -> None:
    """Every mark that was sent stands in the registers of a few schools."""
    from attendance import matrix, register
    from schools.models import Enrolment

    for place in every[:: max(len(every) // 5, 1)]:
        rows = register.read(matrix.academic_year(TODAY), schools=_school_ids([place]))
        columns = [matrix.index_of(day, pm) for day in days for pm in (False, True)]
        assert (rows.marks[:, columns] > 0).all(), place
        assert len(rows.enrolments) == Enrolment.objects.filter(school__urn=place.urn).count() == place.pupils, place


def _school_ids(every: list[Place]) -> list[int]:
    from schools.models import School

    return list(School.objects.filter(urn__in=[place.urn for place in every]).values_list("pk", flat=True))


def _amended_weeks(place: Place, said: Characters, days: list[dt.date]) -> bytes:
    return authority.weeks_file(place, authority.amended(place, said), days)


def _day(every: list[Place], working: Workers, day: list[dt.date], how: str) -> Bar:
    """One day of the whole authority: a file a school, or one file that the workers share."""
    copied = _copy(every, day)
    alone = how == "a file a school"
    taken = _backfill(every, authority.sessions_file, day, working).flags if alone else _in_one_file(every, day, working)
    print(_words(f"a day of every school, {how}", taken, every, day))
    marks = 2 * sum(place.pupils for place in every)
    return Bar(
        f"a day, {marks:,} marks, {how}, until flags are up to date",
        f"{taken.seconds:.2f} s ({taken.processor:.1f} s cpu)",
        f"COPY of the same rows {copied.seconds:.2f} s",
        f"{20 * min(SCALE, 1):g} s",
        taken.seconds < 20 * SCALE,
    )


def _in_one_file(every: list[Place], day: list[dt.date], working: Workers) -> Used:
    columns = slice(2 * DAYS.index(day[0]), 2 * DAYS.index(day[0]) + 2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "everybody.csv"
        with path.open("wb") as file:
            for number, place in enumerate(every):
                written = authority.sessions_file(place, authority.marks(place)[:, columns], day)
                file.write(written if not number else written.partition(b"\n")[2])
        with used(working) as taken:
            _send(path, path.name)
            wait(_all_loaded, "the day was not loaded")
    _check(every, day)
    return taken


def _one_school(working: Workers) -> list[Bar]:
    """A school of 1,000: its year beside the same marks as rows by bulk_create, then one day by the upload page."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from accounts.models import User
    from benchmarks.loads import bulk_create

    said = authority.marks(ALONE)
    ours = _backfill([ALONE], authority.sessions_file, LATE, working)
    as_rows = bulk_create(said[:, : 2 * len(LATE)].tobytes().decode(), LATE)
    browser = Client(headers={"host": "localhost"})
    browser.force_login(User.objects.get(email=LOGIN), backend="allauth.account.auth_backends.AuthenticationBackend")
    file = SimpleUploadedFile("day.csv", authority.sessions_file(ALONE, said[:, -2:], DAY))
    here = f"/schools/{ALONE.urn}/"
    shows = f"Registers to {TODAY:%a %-d %b %Y}"
    assert shows not in browser.get(here).content.decode()
    with used(working) as taken:
        sent = browser.post(f"{here}upload/", {"file": file, "form_token": uuid.uuid4()})
        assert sent.status_code == 302, sent.content
        page = browser.get(sent["Location"]).content.decode()
        answer = browser.post(sent["Location"], _as_offered(page) | {"load": 1})
        assert answer.status_code == 302, answer.content.decode()
        wait(
            lambda: shows in browser.get(here).content.decode().replace("\u00a0", " ").replace("&nbsp;", " "),
            "the page never showed the day",
            60,
            0.02,
        )
    wait(_all_loaded, "the day was not followed")
    return [
        Bar(
            "a school's day, 1,000 pupils, until its page shows it",
            f"{taken.seconds:.2f} s ({taken.processor:.2f} s cpu)",
            "upload, check, load, school's page",
            "2 s",
            taken.seconds < 2,
        ),
        Bar(
            "bulk_create(update_conflicts) of a school's year as rows",
            f"{as_rows:.1f} s",
            f"{as_rows / ours.marks.seconds:.1f} x ours ({ours.marks.seconds:.2f} s, from the file received until every mark stands); "
            f"until the last flag {as_rows / ours.flags.seconds:.1f} x",
            "10 x or more",
            as_rows >= 10 * ours.marks.seconds,
        ),
    ]


def _as_offered(page: str) -> dict[str, str]:
    """The fields of the page's forms as they stand when nobody changes them."""
    fields = {}
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option[^>]*value="([^"]*)"[^>]* selected', options)
        fields[name] = chosen[1] if chosen else ""
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (('type="checkbox"' not in tag and 'type="radio"' not in tag) or " checked" in tag):
            fields[name[1]] = html.unescape(value[1]) if value else ""
    return fields


def _recomputed(every: list[Place]) -> Bar:
    from django.db import connections

    from config import pipeline
    from config.management.commands.recompute import again

    groups, told = pipeline.groups(), []
    for share in (0.1, 0.3, 1.0):
        some = groups[: max(round(len(groups) * share), 1)]
        pupils = _pupils(some)
        connections.close_all()
        with used() as taken:
            again(processes=2, groups=some)
        print(_words(f"figures and flags of {pupils:,} pupils", taken, every))
        told.append(f"{pupils / 1000:.0f}k {taken.seconds:.1f} s")
    return Bar(
        "every figure and flag of the year from registers",
        f"{taken.seconds:.2f} s ({taken.processor:.1f} s cpu)",
        ", ".join(told),
        f"{20 * min(SCALE, 1):g} s, linear",
        taken.seconds < 20 * SCALE,
    )


def _pupils(groups: list[list[int]]) -> int:
    from schools.models import Enrolment

    return Enrolment.objects.filter(school__in=[school for group in groups for school in group]).count()


def _size(every: list[Place]) -> Bar:
    from django.db import connection

    from attendance.models import Amendment

    with connection.cursor() as cursor:
        cursor.execute("vacuum")
        cursor.execute("select pg_database_size(current_database())")
        (size,) = cursor.fetchone()
        cursor.execute("select relname, pg_total_relation_size(oid) from pg_class where relkind = 'r' order by 2 desc limit 8")
        largest = ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in cursor.fetchall())
    marks = 2 * len(DAYS) * sum(place.pupils for place in every)
    print(f"Largest tables: {largest}")
    return Bar(
        "whole database per million marks",
        f"{size / marks:.1f} MB",
        f"{100 * Amendment.objects.count() / marks:.1f}% of marks amended",
        "15 MB",
        size / marks <= 15,
    )


# --- words -----------------------------------------------------------------------------------------------------------


def _words(work: str, taken: Used, every: list[Place], days: list[dt.date] = LATE) -> str:
    marks = 2 * len(days) * sum(place.pupils for place in every)
    parts = f"here {taken.here:.1f}, workers {taken.by_workers:.1f}, database {taken.by_database:.1f}"
    return (
        f"{work}: {taken.seconds:.2f} s, {taken.seconds / marks * 1e6:.3f} us a mark; "
        f"cpu {taken.processor:.1f} s ({parts}), {taken.processor / marks * 1e6:.3f} us a mark"
    )


def _against_copy(work: str, taken: Loaded, copied: Used, bar: float, every: list[Place]) -> Bar:
    print(_words(f"{work}, until every mark stands", taken.marks, every))
    print(_words(f"{work}, until the last flag is up to date", taken.flags, every))
    ratio, with_flags = (used.seconds / copied.seconds for used in (taken.marks, taken.flags))
    return Bar(
        f"{work}: marks and deltas; figures and flags",
        f"{taken.marks.seconds:.1f} s ({taken.marks.processor:.1f} s cpu); until the last flag {taken.flags.seconds:.1f} s "
        f"({taken.flags.processor:.1f} s cpu); {taken.peak / 2**20:.0f} MiB a worker",
        f"{ratio:.2f} x COPY ({copied.seconds:.1f} s); until the last flag {with_flags:.2f} x",
        f"{bar:g} x, under 1 GiB",
        ratio <= bar and 0 < taken.peak < 2**30,
    )


if __name__ == "__main__":
    for bar in main():
        print(bar)
