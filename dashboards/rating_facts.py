"""What a rating of a school is told that registers do not know: severe absence without a plan, and how it meets with the team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from attendance.matrix import academic_year
from attendance.models import Flag
from attendance.rag import Severe
from attendance.ratings import Above
from casework.reports import severe_by_school
from meetings.reports import Engagement, engagement
from meetings.terms import Term
from schools.models import School


def above(schools: Sequence[School], *, year: int, term: int, as_at: dt.date) -> Mapping[int, Above]:
    """Of every school. Four queries, however many.

    Severe absence is not known where flags of that school year do not reach back to the day: they were not kept then, and no flag
    would be told as no pupil.
    """
    ids = [school.pk for school in schools]
    kept = Flag.objects.filter(code=Flag.Code.SEVERE, year=academic_year(as_at), opened__lte=as_at).exists()
    severe = severe_by_school(ids, day=as_at) if kept else {}
    met = engagement(ids, term=Term(year, term), day=as_at)
    return {pk: Above(Severe(*severe.get(pk, (0, 0))) if kept else None, _in_words(met.get(pk, Engagement()))) for pk in ids}


def _in_words(found: Engagement) -> tuple[tuple[str, str], ...]:
    held = f"{found.held} held this term" if found.held else "None held this term"
    parts = [held + (f", the last on {_day(found.last_held)}" if found.last_held else "")]
    parts.append(f"next planned for {_day(found.planned)}" if found.planned else "none planned")
    if found.not_recorded:
        parts.append(f"{found.not_recorded} whose day has gone by not yet recorded")
    actions = (
        f"{found.agreed - found.late} of {found.agreed} that the school was to do by now {'is' if found.agreed == 1 else 'are'} done."
        if found.agreed
        else "None that the school was to do by now."
    )
    return ("Support meetings", "; ".join(parts) + "."), ("Agreed actions", actions)


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"
