"""RAG for all schools of the demo borough: every register of the year read once, every school judged and written."""

from __future__ import annotations

import datetime as dt

from benchmarks.table import Row, best_of, timed


def main() -> None:
    from django.db import transaction

    from accounts import clock
    from attendance import ratings, register
    from dashboards import rating_facts

    today, now = clock.today(), clock.now()
    year, term = ratings.term_of(today)
    reading = best_of(3, lambda: register.read(year))
    ratings.rate(by=None, year=year, term=term, today=today, now=now, above=rating_facts.above)
    with timed() as again:
        ratings.rate(by=None, year=year, term=term, today=today, now=now, above=rating_facts.above)
    with transaction.atomic(), timed() as first:  # judged as of another day, every rating is another; then as it was
        schools = len(ratings.rate(by=None, year=year, term=term, today=today + dt.timedelta(days=1), now=now, above=rating_facts.above))
        transaction.set_rollback(True)
    print(f"\nRAG of {schools} schools")
    print(Row("RAG for all schools, rated and written", first.seconds, "reading the registers", reading))
    print(Row("RAG for all schools again: nothing changes", again.seconds, "reading the registers", reading))
