"""A whole pack, composed of what the pages of the school, its pupils and its meetings read already. A dozen queries.

`inside`: for the authority. A school is told less: its published rating instead of the one worked out, its own cases without a plan's
barrier, its own spells and nothing of other schools.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from attendance import flag_codes
from attendance.matrix import academic_year, year_start
from attendance.reports import cuts as cut_reports
from attendance.reports import peers
from attendance.reports import periods as period_reports
from attendance.reports import schools as school_reports
from attendance.reports.cuts import OfSchool
from attendance.reports.national import comparators
from attendance.reports.peers import Beside
from attendance.reports.schools import SchoolFigures
from attendance.supply import gaps
from attendance.words import plural
from dashboards import school_groups
from dashboards.charts import Chart
from dashboards.comparison import Mixed, mixed
from dashboards.pack import figures, pupils, registers, rules, running, since
from dashboards.pack import school as school_facts
from dashboards.pack.moving import Moving, moving
from dashboards.pack.pupils import Flagged, Line
from dashboards.pack.running import Running, Talk
from dashboards.pack.school import Asked, PartTime, Rated
from dashboards.pack.since import LastMeeting
from dashboards.templatetags.daymark import day as say
from dashboards.templatetags.daymark import year_name
from meetings.around import Weeks, weeks_around
from meetings.standing import Standing, standing
from meetings.terms import Term, term_of
from schools.models import PolicyValue, School
from schools.policy import Policy

MOST = 30  # persistently and nearly persistently absent pupils in a pack; how many more there are is said


class Of(NamedTuple):
    """What a pack is made for: the school, the length of its meeting and the agenda."""

    school: int
    minutes: int
    talks: Sequence[Talk]


@dataclass(frozen=True)
class Pack:
    """Everything a pack tells. What is not known is None or says so; sentences can be read out."""

    school: School
    inside: bool
    today: dt.date
    year: SchoolFigures
    reach: dt.date | None
    missing: list[str]
    measures: list[figures.Measure]
    charts: list[Chart]
    sources: list[str]
    last_term: Term
    then: Mixed | None
    rating: Rated | None
    beside: Beside | None
    severe: list[Line]
    could: list[Line]
    counts: Mapping[str, int]
    cohorts: list[rules.Worse]
    small_cohorts: int
    phase_schools: int
    questions: list[Asked]
    part_time: list[tuple[PartTime, str]]  # with what its flag says, "" where there is none
    last: LastMeeting | None
    moving: Moving
    standing: list[Standing]
    running: Running

    @property
    def phase(self) -> str:
        return str(self.school.get_phase_display().lower())

    @property
    def fortnight(self) -> str:
        """Of which days pupils are set beside others; "" where nobody is."""
        return next((line.beside.when for line in (*self.severe, *self.could) if line.beside), "")

    @property
    def detailed(self) -> set[int]:
        """Pupils of whom the tables tell already what an agenda says."""
        return {line.who.pupil for line in (*self.severe, *self.could)}

    @property
    def unplanned(self) -> list[Line]:
        """Severely absent and without a plan, as far as the reader is told."""
        return [line for line in self.severe if line.gap and not line.plan]

    @property
    def overdue(self) -> list[Line]:
        """Severely absent, with a plan whose review is overdue."""
        return [line for line in self.severe if line.plan and line.plan.late]

    @property
    def more(self) -> int:
        return self.counts["could"] - len(self.could)


class _School(NamedTuple):
    """A school with its year, as `mixed` reads it."""

    school: School
    year: SchoolFigures


def gather(of: Of, *, inside: bool, today: dt.date) -> Pack:
    year = academic_year(today)
    school = school_facts.read(of.school, inside=inside, today=today)
    cuts = cut_reports.of_school(school.pk, (year, year - 1), school_groups.KINDS)
    latest = school_facts.reach(school, today=today)
    known = school_reports.figures_of(cuts.weeks[year], [school.pk], {school.pk: latest} if latest else {})[school.pk]
    reach = latest.date if latest else None
    groups = school_groups.gather(school, cuts.lines, in_authority=inside, today=today)
    policy = PolicyValue.objects.in_force(today)
    published = comparators()
    then = mixed([_School(school, known)], reach, published) if reach else None
    last_term = term_of(today).before()
    measures = figures.measures(known, _before(cuts, year, reach), _term(cuts, last_term), groups["of_phase"], then)
    flagged = pupils.flagged(school, inside=inside, today=today)
    before = school_facts.last_meeting(school, inside=inside, today=today)
    weeks = weeks_around(_school_weeks(cuts), before.day, reach) if before and reach else Weeks((), ())
    severe, could, counts, read = _pupils(school, flagged, before, weeks, policy, inside=inside, today=today)
    worse, small = rules.worse(figures.cohorts(groups), tenths=policy["attention_tenths"])
    asked, timetables = school_facts.questions(school), _timetables(school, flagged, today)
    last = since.last_meeting(before, read, weeks) if before else None
    moves = moving(school, cuts.lines, flagged, school_facts.coming(school, inside=inside), inside=inside)
    return Pack(
        school=school,
        inside=inside,
        today=today,
        year=known,
        reach=reach,
        missing=_missing(school, reach, measures, last_term, today),
        measures=measures,
        charts=figures.drawn(measures, str(school.get_phase_display().lower()), cuts, year, reach),
        sources=_sources(school, then, reach),
        last_term=last_term,
        then=then,
        rating=school_facts.rated(school, inside=inside),
        beside=peers.of_school(school, cuts.weeks[year]),
        severe=severe,
        could=could,
        counts=counts,
        cohorts=worse,
        small_cohorts=small,
        phase_schools=groups["phase_schools"],
        questions=asked,
        part_time=timetables,
        last=last,
        moving=moves,
        standing=standing(school, today=today),
        running=running.running(of.talks, of.minutes, _about(last, worse, asked, moves)),
    )


def _before(cuts: OfSchool, year: int, reach: dt.date | None) -> period_reports.Sums | None:
    return period_reports.before(cuts.weeks[year - 1], reach) if reach and cuts.weeks[year - 1].schools else None


def _term(cuts: OfSchool, term: Term) -> period_reports.Sums | None:
    of_year = cuts.weeks.get(term.year)
    return period_reports.of_dfe_term(of_year, term.number) if of_year else None


def _school_weeks(cuts: OfSchool) -> list[dt.date]:
    """Mondays of the weeks with a possible session, of both years."""
    return [
        monday
        for of_year in cuts.weeks.values()
        if of_year.schools
        for monday, could in zip(of_year.mondays(), of_year.possible[0].tolist(), strict=True)
        if could
    ]


def _pupils(
    school: School,
    flagged: Sequence[Flagged],
    before: since.Before | None,
    weeks: Weeks,
    policy: Policy,
    *,
    inside: bool,
    today: dt.date,
) -> tuple[list[Line], list[Line], dict[str, int], registers.Registers]:
    """Every severely absent pupil, and those near or over the line by what could change. Registers are read once, for all of it."""
    severe = [one for one in flagged if flag_codes.SEVERE in one.flags]
    severe.sort(key=lambda one: _most_missed(one.flags[flag_codes.SEVERE]))
    line = {flag_codes.PERSISTENT, flag_codes.NEAR}
    others = {
        one.pupil: one
        for one in flagged
        if flag_codes.SEVERE not in one.flags and any(not one.flags[c].low_data for c in line & one.flags.keys())
    }
    left = school_facts.left_of_year(school, today=today)
    shares = [rules.Missed(pk, share.missed, share.possible, left) for pk, one in others.items() if (share := one.share)]
    changes = rules.could_change(shares, percent=policy["persistent_percent"])
    shown = [others[change.key] for change in changes[:MOST]]  # type: ignore[index]
    known = pupils.details([*severe, *shown], school, inside=inside, today=today)
    spells = [spell for of_pupil in known.spells.values() for spell in of_pupil]
    years = {academic_year(today)}
    if before and weeks.after:
        spells += [spell for of_pupil in before.spells.values() for spell in of_pupil]
        years |= {academic_year(monday) for side in weeks for monday in side}
    read = registers.read(spells, years)
    about = {"inside": inside, "today": today}
    found = [pupils.line(one, known, read, **about) for one in severe]
    could = [pupils.line(one, known, read, change=change.sentence, **about) for one, change in zip(shown, changes, strict=False)]
    return found, could, _counts(flagged, changes), read


def _most_missed(flag: pupils.OpenFlag) -> tuple[bool, float, int]:
    """Those with little data last; else the larger share missed first."""
    return flag.low_data, -(flag.missed / flag.possible if flag.possible else 0), -flag.missed


def _counts(flagged: Sequence[Flagged], changes: Sequence[rules.Change]) -> dict[str, int]:
    """Pupils by flag as pages count them, those with little data apart; and how many lines there would be without a limit."""

    def number(code: str, *, little: bool = False) -> int:
        return sum(code in one.flags and one.flags[code].low_data == little for one in flagged)

    return {
        "severe": number(flag_codes.SEVERE),
        "persistent": number(flag_codes.PERSISTENT),
        "near": number(flag_codes.NEAR),
        "little": number(flag_codes.PERSISTENT, little=True),
        "severe_little": number(flag_codes.SEVERE, little=True),
        "could": len(changes),
    }


def _timetables(school: School, flagged: Sequence[Flagged], today: dt.date) -> list[tuple[PartTime, str]]:
    """Part-time timetables on record, and those that only the register's code C2 tells of."""
    said = {one.pupil: one.flags[flag_codes.PART_TIME].reason for one in flagged if flag_codes.PART_TIME in one.flags}
    kept = [(row, said.pop(row.pupil, "")) for row in school_facts.part_time(school, today=today)]
    by_pupil = {one.pupil: one for one in flagged}
    seen = [(PartTime(pk, by_pupil[pk].name, by_pupil[pk].year_group, None, None, False), words) for pk, words in said.items()]
    return [*kept, *seen]


def _missing(school: School, reach: dt.date | None, measures: Sequence[figures.Measure], term: Term, today: dt.date) -> list[str]:
    year = academic_year(today)
    said = []
    if school.closed and school.closed < today:
        said.append(f"The school closed on {say(school.closed)}. What is told here is of its time until then.")
    if reach is None:
        said.append(f"No register of {year_name(year)} has been loaded for this school, so there are no figures of it.")
    elif (today - reach).days > 7:
        said.append(f"The registers end on {say(reach)}, {(today - reach).days} days ago. Nothing is known of the days since.")
    for gap in gaps([school], year_start(year), today, today=today):
        said.append(f"No registers were supplied from {say(gap.start)} to {say(gap.last)}.")
    absence = next(measure for measure in measures if measure.name == "Absence")
    if reach and absence.england is None:
        said.append(
            f"England publishes no figures through the year for this kind of school ({school.get_phase_display().lower()}) or this point."
        )
    if reach and absence.term is None:
        said.append(f"No register of last term ({term.name.lower()}) has been loaded.")
    return said


def _sources(school: School, then: Mixed | None, reach: dt.date | None) -> list[str]:
    said = ["The school’s registers, as loaded. Rates are sums of sessions over sums of sessions; terms are DfE’s."]
    if reach:
        said.append(f"Last year is counted up to the week that the registers reach now, 52 weeks before ({say(reach)} is their last day).")
    if then:
        said.append(
            f"England: {say(then.first)} to {say(then.last)}, state-funded {school.get_phase_display().lower()} schools. {then.source}."
        )
    return said


def _about(last: LastMeeting | None, worse: Sequence[rules.Worse], asked: Sequence[Asked], moves: Moving) -> dict[str, str]:
    found = {}
    if last and last.actions:
        found[running.LAST] = f"What was agreed on {say(last.day)}: {plural(len(last.actions), 'action')}, {last.open} open"
    if worse:
        found[running.COHORTS] = f"Cohorts more absent than their peers: {', '.join(one.name for one in worse[:3])}"
    if asked:
        found[running.QUESTIONS] = f"Registers and codes: {plural(len(asked), 'open question')}"
    if moves.any:
        found[running.MOVING] = "Pupils moving up from Year 6"
    return found
