"""The report of a term to a scrutiny committee or the cabinet: the authority's figures, and what is done."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.db.models import QuerySet

from attendance.matrix import year_start
from attendance.models import Rating
from attendance.reports import cuts as cut_reports
from attendance.reports.national import comparators
from attendance.supply import Gap
from attendance.tables import Column, Hidden, Kind, Share, Table
from dashboards import comparison, protection, trends
from dashboards.comparison import Measure
from dashboards.described import PHASES
from dashboards.described_groups import COHORTS
from dashboards.models import Paper
from dashboards.numbers import Number
from dashboards.papers import figures
from dashboards.papers.blocks import Block, Contents, Counted, counted, few, headline, hidden_measures
from dashboards.papers.figures import OfTerm
from dashboards.templatetags.daymark import day, of, percent, sessions_word, year_name
from legal.models import Notice, Request
from meetings.models import Meeting, YearPlan
from schools.models import Authority


def contents(paper: Paper, found: OfTerm) -> Contents:
    """Everything the report says, as far as its readers may know it."""
    total, reach = found.total, found.reach
    hidden = found.kept_back(paper.least) if paper.publish else None
    known = comparators()
    then = comparison.mixed(found.schools, reach, known) if reach else None
    england = known.national("all")
    reached = {one.school.pk: one.year.latest.date for one in found.schools if one.year.latest}
    before = trends.same_point(reached, cut_reports.read(reached, [paper.year - 1])[paper.year - 1])
    measures = comparison.measures(total, england, before, then, enrolments_before=not paper.publish)
    headline_hidden = hidden_measures(measures, hidden, protection.ALL)
    sources = ["Source: the registers of the authority’s schools, as loaded. Rates are sums of sessions over sums of sessions."]
    if before:
        sources.append(f"Last year: {day(before.first)} to {day(before.last)}, each school to the week that its own registers reach.")
    if then:
        sources.append(
            f"England, same point of last year: {day(then.first)} to {day(then.last)}, mixed as our sessions are. {then.source}."
        )
    if england:
        sources.append(f"England, last whole year: {england.period}, state-funded schools. {england.source}.")
    blocks = [
        headline("Headline figures", measures, headline_hidden),
        Block("By phase", PHASES, comparison.phases(found.schools, reach, known), hidden),
        *_ratings(paper),
        _cohorts(paper, found, hidden),
        _meetings(paper, found),
        *_legal(paper, hidden),
    ]
    return Contents(
        title=f"School attendance, {paper.term_of.name.lower()}",
        subtitle=f"{paper.get_kind_display()}, {_authority_name()}",
        about=about(paper, reach),
        summary=_summary(measures, headline_hidden),
        blocks=blocks,
        chart=_chart(found),
        missing=missing(found),
        sources=sources,
        least=paper.least if paper.publish else 0,
    )


def _authority_name() -> str:
    authority = Authority.objects.filter(pk=1).first()
    return authority.name if authority else "The local authority"


def about(paper: Paper, reach: dt.date | None) -> list[str]:
    """For whom a paper is, the day it is of, and how far its registers reach."""
    reached = f"Registers to {day(reach)}." if reach else "No register has come."
    year = f"The school year {year_name(paper.year)} to {day(paper.as_at)}. {reached}"
    return [f"{paper.get_audience_display()}.", year]


def _summary(measures: list[Measure], hidden: Hidden | None) -> list[str]:
    """The first figures as sentences one can read out."""
    attendance, _, _, unauthorised, persistent, severe = measures
    if attendance.value is None:
        return ["No session has been recorded: there are no figures yet."]
    said, hidden = [], hidden or ()
    if not any((attendance.name, part) in hidden for part in ("part", "whole")):
        beside = f"; England’s was {percent(attendance.mixed)} at the same point of last year" if attendance.mixed is not None else ""
        said.append(f"Attendance is {percent(attendance.value)} ({sessions_word(of(attendance.part, attendance.whole))}){beside}.")
        said.append(f"{percent(unauthorised.value)} of possible sessions were missed without authority.")
    for measure, words in ((persistent, "missed 10% or more of their sessions"), (severe, "missed half or more")):
        if not any((measure.name, part) in hidden for part in ("part", "whole")):
            said.append(f"{percent(measure.value)} of enrolments ({of(measure.part, measure.whole)}) {words}.")
    return said


def _chart(found: OfTerm) -> Any:
    year = found.term.year
    read = cut_reports.read([one.school.pk for one in found.schools], (year, year - 1))
    weeks = {y: trends.weeks(of_year) for y, of_year in read.items()}
    return trends.trend({y: [week for week in those if y != year or week.monday <= found.as_at] for y, those in weeks.items()}, year)


def missing(found: OfTerm) -> list[str]:
    """Whose registers are not in these figures, or not all of them: sentences, none where nothing is missing."""
    said = []
    if found.missing:
        said.append(f"No register of {found.term.name.lower()} has come from: {', '.join(school.name for school in found.missing)}.")
    if found.behind:
        late = ", ".join(f"{one.school.name} ({day(one.year.latest.date)})" for one in found.behind if one.year.latest)
        said.append(f"Registers that end more than a week before the others’: {late}.")
    said += [f"{_gap(gap)}." for gap in found.not_supplied]
    return said


def _gap(gap: Gap) -> str:
    return f"{gap.school.name} supplied no registers from {day(gap.start)} to {day(gap.last)}"


_RED: Table[Rating] = Table(
    "rated",
    "Schools rated red or amber",
    (
        Column("school", "School", lambda rating: rating.school.name),
        Column("colour", "Rating", lambda rating: rating.get_colour_now_display() + (", moderated" if rating.moderated else "")),
        Column("absence", "Absence", lambda rating: Share(rating.absent, rating.possible), Kind.SHARE),
        Column("england", "England", lambda rating: rating.national_pct, Kind.PERCENT, none="not compared"),
        Column("why", "Why", lambda rating: " ".join(rating.reasons)),
    ),
)


def _ratings(paper: Paper) -> list[Block]:
    """How many schools have which colour; which ones, for the authority alone: a school learns its rating before others do."""
    rated = Rating.objects.filter(year=paper.year, term=paper.term).select_related("school").order_by("school__sort_name")
    ratings = list(rated)
    if not ratings:
        return []
    by_colour = Counter(rating.colour_now for rating in ratings)
    rows = [Counted(colour, label, by_colour[colour]) for colour, label in Rating.Colour.choices]
    as_at = f"Each school’s absence beside that of England’s schools of its phase, judged as of {day(max(r.as_at for r in ratings))}."
    found = [counted(f"Schools rated, {paper.term_of.name.lower()}", "Rating", rows, notes=(as_at,))]
    if paper.audience == Paper.Audience.INSIDE:
        order = {Rating.Colour.RED.value: 0, Rating.Colour.AMBER.value: 1}
        worst = sorted((r for r in ratings if r.colour_now in order), key=lambda r: (order[r.colour_now], -(r.apart or 0)))
        found.append(Block("Schools rated red or amber", _RED, worst))
    return found


def _cohorts(paper: Paper, found: OfTerm, hidden: Hidden | None) -> Block:
    everybody, others = figures.cohorts(found.every_spell, paper.as_at)
    if paper.publish:  # the most absent first would tell of figures that are kept back
        others = sorted(others, key=lambda cohort: cohort.name)
    note = "Enrolments, as England’s figures count them. One pupil may be in several cohorts."
    return Block("By cohort", COHORTS, [cohort_row(cohort) for cohort in (everybody, *others)], hidden, (note,))


def cohort_row(cohort: Any) -> dict[str, Any]:
    """As the described table of cohorts takes it: numbers without lists behind them."""
    return {"cohort": cohort, "enrolments": Number(cohort.enrolments, "enrolment", "")}


def _meetings(paper: Paper, found: OfTerm) -> Block:
    """Schools that have had a meeting in the term, beside how many the year's plan gives one."""
    term = paper.term_of
    met = Meeting.objects.support().filter(day__range=(term.first, term.last), school__in=[one.school.pk for one in found.schools])
    held = set(met.filter(status=Meeting.Status.HELD, day__lte=paper.as_at).values_list("school", flat=True))
    planned = set(met.filter(status=Meeting.Status.PLANNED).values_list("school", flat=True)) - held
    plans = YearPlan.objects.filter(year=term.year, school__in=[one.school.pk for one in found.schools])
    due = [bool(plan.in_term(term.number)) for plan in plans]
    rows = [
        Counted("schools", "Schools", len(found.schools)),
        *([Counted("due", "Due a meeting this term by the year’s plan", sum(due))] if due else []),
        Counted("held", "Meeting held", len(held)),
        Counted("planned", "Meeting planned, none held", len(planned)),
        Counted("none", "Neither", len(found.schools) - len(held) - len(planned)),
    ]
    return counted(f"Targeting support meetings, {term.name.lower()}", "Schools", rows)


def _legal(paper: Paper, hidden: Hidden | None) -> list[Block]:
    """From requests to prosecutions, of the school year to the day of the paper; their states are those of the day it was made."""
    between = (year_start(paper.year), paper.as_at)
    requests = _by(Request.objects.filter(submitted__range=between), "status")
    notices = _by(Notice.objects.filter(issued__range=between), "state")
    asked = _funnel("Sent to the authority", requests, Request.Status.choices)
    issued = _funnel("Issued", notices, Notice.State.choices)
    few_requests = few(asked, protection.ALL, paper.least) if paper.publish else None
    few_notices = None if hidden is None else {key for key, what in hidden if what == protection.NOTICES}  # judged with those of schools
    notes = ("Of the school year to date; as they stand now.",)
    return [
        counted("Requests for penalty notices", "Requests", asked, kept=few_requests, notes=notes),
        counted("Penalty notices", "Notices", issued, kept=few_notices, notes=notes),
    ]


def _by(rows: QuerySet[Any], name: str) -> Counter[str]:
    return Counter(rows.values_list(name, flat=True))


def _funnel(first: str, by: Counter[str], choices: Any) -> list[Counted]:
    rows = [Counted(protection.ALL, first, sum(by.values()))]
    return rows + [Counted(code, f"of these: {label[0].lower()}{label[1:]}", by[code]) for code, label in choices if by[code]]
