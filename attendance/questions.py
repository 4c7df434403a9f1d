"""Keeps the questions to schools true, and takes their answers. What is asked is worked out by attendance.integrity."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from accounts import audit
from accounts.models import User
from attendance import integrity, matrix, register
from attendance.codes import BY_CODE
from attendance.integrity import Book, Changed, Found, Rate
from attendance.matrix import Session
from attendance.models import Amendment, Answer, Load, Question, QuestionCheck
from attendance.reports import cuts as cut_reports
from attendance.rollups import seen_open
from schools import ages, calendar
from schools.locks import hold_school
from schools.models import Enrolment, PolicyValue, School
from schools.reports import own_days

TASK = "daymark.look_at_registers"
AskedOn = Mapping[int, Sequence[dt.date]]  # by pupil: days on which the school asked for a notice, or one was issued for it
KEPT = 200  # sessions shown behind a question; its count is of all
AT_ONCE = 25  # schools in one go


class AnswerProblem(ValueError):
    """Why an answer cannot be taken; in words for whoever gives it."""


def waiting(*, today: dt.date) -> list[int]:
    """Schools whose registers have not been looked at today, or have had a load since; the first of them."""
    loads = Load.objects.filter(school=OuterRef("pk"), followed_at__isnull=False).order_by("-received_at")
    found = School.objects.open_on(today).annotate(last=Subquery(loads.values("received_at")[:1])).filter(last__isnull=False)
    stale = Q(question_check=None) | Q(question_check__day__lt=today) | Q(question_check__at__lt=F("last"))
    return list(found.filter(stale).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def refresh(*, schools: Iterable[int], today: dt.date, now: dt.datetime, asked_on: Mapping[int, AskedOn]) -> int:
    """Look at these schools' registers of this academic year; how many questions stand. `asked_on`: by school."""
    found = School.objects.filter(pk__in=list(schools)).order_by("pk")
    year = matrix.academic_year(today)
    rates = _rates(year, {school.phase for school in found})
    return sum(_refresh(school, year, today, now, asked_on.get(school.pk, {}), rates.get(school.phase, {})) for school in found)


@transaction.atomic
def _refresh(
    school: School,
    year: int,
    today: dt.date,
    now: dt.datetime,
    asked_on: AskedOn,
    counts: Mapping[int, Mapping[int, int]],
) -> int:
    hold_school(school.pk)
    rows = register.read(year, schools=[school.pk])
    spells = {e.pk: e for e in Enrolment.objects.filter(pk__in=rows.enrolments.tolist()).select_related("pupil")}
    ids = rows.enrolments.tolist()
    found = integrity.look(
        _book(school, rows, [spells[pk] for pk in ids], today),
        PolicyValue.objects.in_force(today),
        rates=_beside(school.pk, counts),
        changes=_changes(ids, year, asked_on, spells),
        asked_on={at: asked_on.get(spells[pk].pupil_id, ()) for at, pk in enumerate(ids)},
    )
    _write(school, year, found, ids, now)
    QuestionCheck.objects.update_or_create(school=school, defaults={"day": today, "at": now})
    return len(found)


def _book(school: School, rows: register.Rows, spells: Sequence[Enrolment], today: dt.date) -> Book:
    year = rows.year
    terms, closures = own_days([school.pk])
    seen = np.logical_or.reduce(seen_open(rows.marks), axis=0) if len(spells) else np.zeros(matrix.LENGTH, np.bool_)
    first, last = matrix.year_start(year), matrix.year_end(year)
    of_age = np.zeros((len(spells), matrix.LENGTH // 2), np.bool_)
    for row, spell in enumerate(spells):
        if spell.pupil.dob:
            span = (ages.compulsory_from(spell.pupil.dob), ages.compulsory_until(spell.pupil.dob))
            low, high = ((day - first).days for day in span)
            of_age[row, max(low, 0) : max(high + 1, 0)] = True
    return Book(
        year=year,
        day=today,
        marks=rows.marks,
        inside=matrix.inside(year, [s.start for s in spells], [s.end for s in spells]),
        of_age=of_age,
        calendar=calendar.build(
            first, last, as_of=today, terms=terms[school.pk], closures=closures[school.pk], seen=seen[::2] | seen[1::2]
        ),
    )


def _rates(year: int, phases: set[str]) -> dict[str, dict[int, dict[int, int]]]:
    """By phase, school and byte of the code: counted sessions of the year."""
    phase_of = dict(School.objects.filter(phase__in=phases).values_list("pk", "phase"))
    found: dict[str, dict[int, dict[int, int]]] = defaultdict(dict)
    whole = cut_reports.read(phase_of, [year])[year]
    for school, counts in zip(whole.schools, whole.codes(), strict=True):
        found[phase_of[school]][school] = {byte: int(counts[byte]) for byte in np.flatnonzero(counts).tolist()}
    return found


def _beside(school: int, counts: Mapping[int, Mapping[int, int]]) -> dict[str, Rate]:
    """This school's use of each compared code beside that of the others of its phase."""
    found = {}
    ours, others = counts.get(school, {}), [of for pk, of in counts.items() if pk != school]
    for code, those in integrity.COMPARED.items():
        wanted = [BY_CODE[one].byte for one in those]
        here, elsewhere = (sum(of.get(byte, 0) for of in some for byte in wanted) for some in ([ours], others))
        whole, whole_elsewhere = sum(ours.values()), sum(sum(of.values()) for of in others)
        found[code] = Rate(here, whole, elsewhere, whole_elsewhere, len(others))
    return found


def _changes(ids: list[int], year: int, asked_on: AskedOn, spells: Mapping[int, Enrolment]) -> list[Changed]:
    """Marks changed of pupils for whom a notice was asked; those that stand so no longer are left out by what became of them after."""
    of_asked = {pk: at for at, pk in enumerate(ids) if spells[pk].pupil_id in asked_on}
    rows = Amendment.objects.filter(enrolment__in=list(of_asked), date__gte=matrix.year_start(year), date__lte=matrix.year_end(year))
    latest: dict[tuple[int, Session], Changed] = {}
    for a in rows.select_related("load").order_by("load__received_at", "load_id"):
        at = (of_asked[a.enrolment_id], Session(a.date, a.pm))
        before = latest.get(at)
        old = before.old if before and before.new == a.old and a.old in ("I", "C") else a.old
        latest[at] = Changed(*at, old, a.new, a.load.received_at.date())
    return list(latest.values())


def _write(school: School, year: int, found: Sequence[Found], ids: list[int], now: dt.datetime) -> None:
    """New questions, those that ask about something else now, those that have gone, and those that have come back."""
    known = {(q.rule, q.key, q.enrolment_id): q for q in Question.objects.filter(school=school, year=year)}
    fresh, changed = [], []
    for one in found:
        place = (one.rule, one.key, None if one.row is None else ids[one.row])
        behind = [[ids[b.row], f"{b.session}={b.code}", b.due.isoformat() if b.due else None] for b in one.behind[:KEPT]]
        question = known.pop(place, None)
        if question is None:
            fresh.append(
                Question(
                    school=school, year=year, rule=one.rule, key=one.key, enrolment_id=place[2], facts=dict(one.facts), behind=behind,
                    asked_at=now,
                )
            )  # fmt: skip
        elif question.gone_at or question.told != {"facts": dict(one.facts), "behind": behind}:
            more = question.gone_at is not None or _asks_more(question, one, behind)
            question.facts, question.behind, question.gone_at = dict(one.facts), behind, None
            question.answered = question.answered and not more
            changed.append(question)
    for question in known.values():
        if question.gone_at is None:
            question.gone_at = now
            changed.append(question)
    Question.objects.bulk_create(fresh)
    Question.objects.bulk_update(changed, ["facts", "behind", "gone_at", "answered"], batch_size=500)


def _asks_more(question: Question, one: Found, behind: list[list[int | str | None]]) -> bool:
    """Sessions that were not there before; of a rate, whatever goes up."""
    if one.rule == integrity.ODD_CODE:
        return False  # a rate moves with every day: what was explained once is explained
    before = {tuple(row[:2]) for row in question.behind}
    return any(tuple(row[:2]) not in before for row in behind) or int(one.facts["count"]) > int(question.facts["count"])


@transaction.atomic
def answer(
    *, by: User | None, today: dt.date, now: dt.datetime, question: Question, words: str, form_token: uuid.UUID | None = None
) -> Answer:
    """Keep what the school says to a question. A form sent twice is one answer."""
    question = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
    if form_token and (said := Answer.objects.filter(form_token=form_token).first()):
        return said
    if not words.strip():
        raise AnswerProblem("Write what the school says")
    if question.gone_at is not None:
        raise AnswerProblem("The marks have changed, so nothing is asked any more. Nothing was saved.")
    said = Answer.objects.create(question=question, words=words.strip(), by=by, at=now, form_token=form_token)
    question.answered = True
    question.save(update_fields=["answered"])
    audit.record("Question about registers answered", by=by, subject=question, rule=question.rule)
    return said
