"""500 penalty notices of a holiday batch, PDFs included, issued as one job by the workers of production, in a scratch database.

Bar: 5 or more a second on this machine with two workers. Yardstick: one notice's PDF by itself, so that a slow machine slows both. The
processor's seconds are told too: on a machine that does other things they say more than the clock on the wall.
"""

from __future__ import annotations

import datetime as dt
import os

import django

NOTICES = int(os.environ.get("BENCH_NOTICES", "500"))
PARENTS = 2  # of each child
BAR = 5.0  # notices a second


def main() -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from accounts import clock
    from benchmarks import machine
    from benchmarks.table import Bar, Row, timed
    from legal import documents
    from legal.actions import ask_for_check, confirm
    from legal.models import BulkIssue, Document, Notice

    batch, by = _batch(NOTICES // PARENTS)
    today, step = clock.today(), BulkIssue.Step
    with machine.workers() as workers:
        with machine.used(workers) as checking:
            bulk = ask_for_check(by=by, today=today, now=clock.now(), batch=batch)
            machine.wait(lambda: BulkIssue.objects.get(pk=bulk.pk).step == step.CHECKED, "the check")
        with machine.used(workers) as issuing:
            confirm(by=by, today=today, now=clock.now(), bulk=bulk)
            machine.wait(lambda: BulkIssue.objects.get(pk=bulk.pk).step == step.ISSUED, "the issue")
    made = Document.objects.filter(status=Document.Status.MADE).count()
    if made != NOTICES or Notice.objects.count() != NOTICES:
        why = BulkIssue.objects.get(pk=bulk.pk).lines.exclude(why="").values_list("why", flat=True).first()
        raise SystemExit(f"{made} of {NOTICES} notices were issued. {why or ''}")
    one = Notice.objects.select_related("school", "decision__by").order_by("number")[0]
    documents.pdf(one)  # fonts and style sheets are read
    with timed() as alone:
        documents.pdf(one)
    print(f"\n{NOTICES} penalty notices of one holiday batch, with {workers.number} workers")
    print(Row(f"checked: what would be issued to whom, {NOTICES // PARENTS} children", checking.seconds))
    print(Row(f"issued, {NOTICES} PDFs and one file for printing", issuing.seconds, "one PDF", alone.seconds))
    rate, cost = NOTICES / issuing.seconds, issuing.processor / NOTICES
    print(Bar("notices a second", f"{rate:.1f}", f"{cost:.3f} s of processor a notice", f"{BAR:g} or more", rate >= BAR))
    parts = f"workers {issuing.by_workers:.1f} s, database {issuing.by_database:.1f} s, this process {issuing.here:.1f} s"
    print(f"Processor: {issuing.processor:.1f} s of {issuing.seconds:.1f} s by the wall on {os.cpu_count()} cores ({parts})")


def _batch(children: int):  # type: ignore[no-untyped-def]
    """A school whose children went on holiday in the last week of school but one, asked for, sent, confirmed and considered."""
    from accounts import clock
    from accounts.models import User
    from legal import considered
    from legal.actions import answer_batch, begin_batch, confirm_register, consider_batch, history, submit_batch
    from legal.checklist import items

    now, today = clock.now(), clock.today()
    legal = _signatory(today, now)
    asker = User.objects.create(email="manager@example.org", name="Bench Manager", role="manager")
    history.sign_off(by=asker, today=today, now=now, words="Nothing was issued before.")
    school, families = _school(children, today, now)
    batch = begin_batch(by=asker, today=today, now=now, school=school, asked=families)
    answer_batch(by=asker, today=today, now=now, batch=batch, answers={item.key: "yes" for item in items("holiday")}, days={})
    submit_batch(by=asker, today=today, now=now, batch=batch)
    confirm_register(by=None, today=today, now=clock.now(), school=school, pupils=list(families))
    said = {point.key: considered.Said("yes") for point in considered.POINTS}
    said |= {key: considered.Said(choice) for key, choice in considered.OF_A_HOLIDAY.items()}
    said |= {"equality": considered.Said("nothing"), "conflict": considered.Said("none")}
    said |= {"liable": considered.Said("allowed"), "history": considered.Said("known")}
    consider_batch(by=legal, today=today, now=clock.now(), batch=batch, said=said)
    return batch, legal


def _signatory(today: dt.date, now: dt.datetime):  # type: ignore[no-untyped-def]
    from accounts.models import User
    from legal.models import Authorised
    from schools.models import Authority

    Authority.objects.get_or_create(pk=1, defaults={"name": "Bench Council", "la_code": "998"})
    legal = User.objects.create(email="legal@example.org", name="Bench Legal", role="legal")
    Authorised.objects.create(
        user=legal,
        name=legal.name,
        standing=Authorised.Standing.OFFICER,
        role="Legal officer",
        power=Authorised.Power.NOTICES,
        instrument="Scheme of delegation",
        start=today,
        at=now,
    )
    return legal


def _school(children: int, today: dt.date, now: dt.datetime):  # type: ignore[no-untyped-def]
    """A school, and of each of its children the parents. No two are of one name and day of birth."""
    from schools.models import Enrolment, Parent, Pupil, Responsibility, School

    school = School.objects.create(urn=998100, la_code="998", name="Bench school of notices", sort_name="bench", phase="primary")
    born = dt.date(today.year - 9, 3, 4)
    pupils = Pupil.objects.bulk_create(
        Pupil(surname=f"Bench{n}", forename="Child", sort_name=f"bench{n:04d}", dob=born, upn=None) for n in range(children)
    )
    start = dt.date(today.year - 1, 9, 1)
    enrolments = Enrolment.objects.bulk_create(Enrolment(pupil=pupil, school=school, start=start) for pupil in pupils)
    parents = Parent.objects.bulk_create(
        Parent(
            surname=f"Bench{n // PARENTS}",
            forename="FM"[n % PARENTS],
            sort_name=f"bench{n:04d}",
            address=f"{n} Mill Lane, Merebrook",
            postcode="MB1 1AA",
        )
        for n in range(children * PARENTS)
    )
    Responsibility.objects.bulk_create(
        Responsibility(pupil=pupils[n // PARENTS], parent=parent, relationship="mother", lives_with=True)
        for n, parent in enumerate(parents)
    )
    _away(school, [one.pk for one in enrolments], today, now)
    return school, {pupil: parents[n * PARENTS : (n + 1) * PARENTS] for n, pupil in enumerate(pupils)}


def _away(school, enrolments: list[int], today: dt.date, now: dt.datetime) -> None:  # type: ignore[no-untyped-def]
    """Present for weeks, and away a whole one."""
    from django.db import transaction

    from attendance import matrix, register
    from attendance.codes import BY_CODE
    from attendance.models import Load

    monday = today - dt.timedelta(days=today.weekday() + 14)
    with transaction.atomic():
        load = Load.objects.create(school=school, as_at=now, received_at=now)
        register.lock(school.pk)
        marks = matrix.blank(len(enrolments))
        for day in (monday + dt.timedelta(days=n) for n in range(-28, 12)):
            if day.weekday() < 5:
                for pm in (False, True):
                    away = monday <= day < monday + dt.timedelta(days=7)
                    marks[:, matrix.index_of(day, pm)] = BY_CODE["G" if away else "\\" if pm else "/"].byte
        register.write(load, matrix.academic_year(monday), enrolments, marks)


if __name__ == "__main__":
    main()
