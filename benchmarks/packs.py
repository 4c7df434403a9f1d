"""Packs of meetings in the demo borough: one, as its page gathers it and as its PDF, and every school's of a term in one job."""

from __future__ import annotations

from benchmarks.table import Row, best_of, timed


def main() -> None:
    from django.db import transaction

    from accounts import clock
    from accounts.models import User
    from attendance import register
    from attendance.matrix import academic_year
    from dashboards.models import Paper
    from dashboards.pack import asking, printed
    from dashboards.pack.agenda import of_meeting, with_agenda
    from dashboards.pack.gather import gather
    from dashboards.papers import making
    from meetings.models import Meeting
    from meetings.terms import term_of

    today, now = clock.today(), clock.now()
    planned = with_agenda(Meeting.objects.to_come(today).select_related("school", "officer").order_by("pk"), today=today)
    meeting = max(planned, key=lambda meeting: len(meeting.item_rows))  # the longest agenda
    school = meeting.school_id
    paper = Paper(kind=Paper.Kind.PACK, school=meeting.school, meeting=meeting, audience=Paper.Audience.INSIDE, as_at=today)
    reading = best_of(3, lambda: register.read(academic_year(today), schools=[school]))
    gathered = best_of(3, lambda: gather(of_meeting(meeting, inside=True), inside=True, today=today))
    made = best_of(2, lambda: printed.pack(paper))
    print(f"\nPack of {meeting.school}, {len(meeting.item_rows)} points on its agenda")
    print(Row("one pack, gathered", gathered, "reading the school’s registers", reading))
    print(Row("one pack as PDF", made, "reading the school’s registers", reading))
    manager = User.objects.filter(role="manager", is_active=True).order_by("pk")[0]
    with transaction.atomic():  # no row of it stays
        asked = asking.ask_for_packs(by=manager, today=today, now=now, term=term_of(today), audience=Paper.Audience.INSIDE)
        with timed() as every:
            making.make_paper(asked.pk, now=now)
        asked.refresh_from_db()
        transaction.set_rollback(True)
    if asked.status != Paper.Status.MADE:
        raise SystemExit(f"The packs were not made: {asked.error}")
    print(f"\nPacks of every school of a term: {asked.total}")
    print(Row("packs of every school of a term", every.seconds, "one pack as PDF, times schools", made * asked.total))
