"""RAG for all schools of the demo borough: every register of the year read once, every school judged and written."""

from __future__ import annotations

from benchmarks.table import Row, best_of, timed


def main() -> None:
    from accounts import clock
    from attendance import ratings, register
    from attendance.models import Rating

    today, now = clock.today(), clock.now()
    year, term = ratings.term_of(today)
    reading = best_of(3, lambda: register.read(year))
    Rating.objects.filter(year=year, term=term, moderations=None).delete()
    with timed() as first:
        schools = len(ratings.rate(by=None, year=year, term=term, today=today, now=now))
    with timed() as again:
        ratings.rate(by=None, year=year, term=term, today=today, now=now)
    print(f"\nRAG of {schools} schools")
    print(Row("RAG for all schools, rated and written", first.seconds, "reading the registers", reading))
    print(Row("RAG for all schools again: nothing changes", again.seconds, "reading the registers", reading))
