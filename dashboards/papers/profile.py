"""One school on one page: its figures of a term beside England's, its weeks, and what is done with it."""

from __future__ import annotations

from typing import Any

from attendance.matrix import year_start
from attendance.models import Rating
from attendance.reports import cuts as cut_reports
from attendance.reports import schools as school_reports
from attendance.reports.national import Comparators
from attendance.suppression import HIDDEN
from attendance.tables import Hidden
from dashboards import comparison, protection, trends
from dashboards.described_groups import COHORTS
from dashboards.models import Paper
from dashboards.papers import figures
from dashboards.papers.blocks import Block, Contents, headline, hidden_measures
from dashboards.papers.figures import OfSchool, OfTerm
from dashboards.papers.report import about, cohort_row
from dashboards.templatetags.daymark import day
from legal.models import Notice
from meetings.models import Meeting
from schools.models import School


def contents(paper: Paper, found: OfTerm, known: Comparators, hidden: Hidden | None) -> Contents:
    """`hidden`: what is kept back of all schools together, for publishing; None where nothing is."""
    school = paper.school
    assert school is not None  # noqa: S101  (a profile has one: a constraint of the database)
    year = found.of(school)
    reach = year.latest.date if year.latest else None
    england, then = known.national(school.phase), comparison.mixed([OfSchool(school, year)], reach, known) if reach else None
    before = trends.same_point({school.pk: reach}, cut_reports.read([school.pk], [paper.year - 1])[paper.year - 1]) if reach else None
    measures = comparison.measures(year, england, before, then, enrolments_before=not paper.publish)
    sources = ["Source: the school’s registers, as loaded."]
    if then:
        sources.append(f"England, same point of last year: {day(then.first)} to {day(then.last)}. {then.source}.")
    if england:
        sources.append(f"England, last whole year: {england.period}. {england.source}.")
    beside = f", beside England’s {school.get_phase_display().lower()} schools" if england else ""
    return Contents(
        title=school.name,
        subtitle=f"School profile, {paper.term_of.name.lower()}. {school.get_phase_display()}, URN {school.urn}",
        about=about(paper, reach),
        summary=[],
        blocks=[
            headline(f"Attendance and absence{beside}", measures, hidden_measures(measures, hidden, school.pk)),
            *_cohorts(paper, school, found),
        ],
        chart=None if paper.publish else _chart(paper, school),  # published, a week of a school may tell of a few pupils
        missing=_missing(school, found),
        sources=sources,
        least=paper.least if paper.publish else 0,
        facts=_facts(paper, school, hidden),
    )


def _cohorts(paper: Paper, school: School, found: OfTerm) -> list[Block]:
    """Not in what is published: cohorts of one school are few pupils, and other papers show the same cohorts of others."""
    if paper.publish:
        return []
    everybody, others = figures.cohorts(found.spells.get(school.pk, []), paper.as_at)
    return [Block("By cohort, at this school", COHORTS, [cohort_row(cohort) for cohort in (everybody, *others)])]


def _facts(paper: Paper, school: School, hidden: Hidden | None) -> list[tuple[str, str]]:
    """Meetings of the term; the rating, for the authority alone: a school does not see it before it is told."""
    term = paper.term_of
    met = Meeting.objects.support().filter(school=school, day__range=(term.first, term.last)).exclude(status=Meeting.Status.CANCELLED)
    days = [f"{meeting.get_status_display().lower()} {day(meeting.day)}" for meeting in met.order_by("day")]
    found = [("Targeting support meetings", ", ".join(days) or "none held or planned this term")]
    notices = Notice.objects.filter(school=school, issued__range=(year_start(paper.year), paper.as_at)).count()
    few = (school.pk, protection.NOTICES) in (hidden or ())
    found.append(("Penalty notices issued, school year to date", HIDDEN if few else f"{notices:,}"))
    if paper.audience == Paper.Audience.INSIDE:
        rating = Rating.objects.filter(school=school, year=paper.year, term=paper.term).first()
        found.append(("Rating", f"{rating.get_colour_now_display()}. {' '.join(rating.reasons)}" if rating else "not rated this term"))
    return found


def _chart(paper: Paper, school: School) -> Any:
    year = paper.year
    weeks = school_reports.trends(school, (year, year - 1))
    return trends.trend({y: [week for week in those if y != year or week.monday <= paper.as_at] for y, those in weeks.items()}, year)


def _missing(school: School, found: OfTerm) -> list[str]:
    said = []
    if any(one.pk == school.pk for one in found.missing):
        said.append(f"No register of {found.term.name.lower()} has come from this school.")
    if any(one.school.pk == school.pk for one in found.behind):
        said.append("This school’s registers end more than a week before the other schools’.")
    return said + [
        f"No registers were supplied from {day(gap.start)} to {day(gap.last)}." for gap in found.not_supplied if gap.school.pk == school.pk
    ]
