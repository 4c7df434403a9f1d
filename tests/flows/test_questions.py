"""Questions to a school about its registers: asked after a load, answered in words that are kept, gone when the marks change."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts import clock
from attendance import questions
from attendance.models import Answer, Load, Question
from config import pipeline, tasks
from legal.models import Request
from legal.reports import asked_on
from schools.models import Closure, Term
from tests import factories
from tests.factories import enrol, make_pupil, make_school, write_marks
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

MONDAY = dt.date(2026, 11, 2)


@pytest.fixture
def spell(school_a, school_b, today):
    """A pupil of school A with two N that were due a week ago, and a mark on a day on which the school was closed."""
    Term.objects.create(school=school_a, name="Autumn", start=MONDAY, end=dt.date(2026, 12, 18))
    Closure.objects.create(school=school_a, name="INSET", start=dt.date(2026, 11, 6), end=dt.date(2026, 11, 6))
    spell = enrol(make_pupil("Okonkwo", "Ada"), school_a)
    write_marks(spell, MONDAY, r"NN /\ /\ /\ /\ ")
    Load.objects.update(followed_at=clock.now())
    factories.refresh(school_a, today=today)
    return spell


def look(today):
    """As the worker does it, of every school that waits: whatever was loaded has been followed."""
    Load.objects.filter(followed_at=None).update(followed_at=clock.now())
    pipeline.look_at_registers(questions.waiting(today=today), today=today, now=clock.now())


def states() -> dict[str, str]:
    return {q.rule: q.state for q in Question.objects.all()}


def test_asked_answered_and_gone_when_the_marks_change(spell, school_a, today, contact_a, contact_a_client, officer_client):
    look(today)
    assert states() == {"unresolved": "open", "closed_day": "open"}
    words = said(contact_a_client.get("/schools/999801/questions/"))
    assert "2 sessions still have code N, the first due to be settled by Tue 10 Nov 2026" in words
    assert "1 pupil is marked present on Fri 6 Nov 2026" in words
    one = Question.objects.get(rule="unresolved")
    assert "due by Tue 10 Nov 2026" in said(officer_client.get(f"/questions/{one.pk}/"))
    assert "Write what the school says" in said(contact_a_client.post(f"/questions/{one.pk}/", {"words": " "}))
    contact_a_client.post(f"/questions/{one.pk}/", {"words": "We are still waiting for the hospital’s letter."})
    assert states()["unresolved"] == "answered"
    page = said(officer_client.get("/schools/999801/questions/"))
    assert "We are still waiting for the hospital’s letter." in page
    assert "Carys Alder" in page
    write_marks(spell, MONDAY, "II")
    look(today)
    assert states() == {"unresolved": "gone", "closed_day": "open"}
    assert "Answered, and gone since the marks changed" in said(officer_client.get("/schools/999801/questions/"))
    assert Answer.objects.get().by == contact_a


def test_more_of_the_same_opens_an_answered_question_and_less_does_not(spell, today, contact_a):
    look(today)
    one = Question.objects.get(rule="unresolved")
    questions.answer(by=contact_a, today=today, now=clock.now(), question=one, words="The letter is on its way")
    write_marks(spell, MONDAY, "I-")
    look(today)
    assert states()["unresolved"] == "answered"
    write_marks(spell, {dt.date(2026, 11, 4): "NN"})
    look(today)
    assert states()["unresolved"] == "open"
    assert one.answers.count() == 1  # kept


def test_what_was_gone_and_comes_back_is_asked_again(spell, today):
    look(today)
    write_marks(spell, MONDAY, "II")
    look(today)
    write_marks(spell, MONDAY, "NN")
    look(today)
    assert states()["unresolved"] == "open"
    assert Question.objects.filter(rule="unresolved").count() == 1


def test_a_question_that_is_gone_takes_no_answer_and_a_form_sent_twice_is_one(spell, today, contact_a, contact_a_client):
    look(today)
    one = Question.objects.get(rule="unresolved")
    form = {"words": "Soon", "form_token": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"}
    for _ in range(2):
        contact_a_client.post(f"/questions/{one.pk}/", form)
    assert one.answers.count() == 1
    Question.objects.update(gone_at=clock.now())
    with pytest.raises(questions.AnswerProblem, match="nothing is asked any more"):
        questions.answer(by=contact_a, today=today, now=clock.now(), question=one, words="Too late")


def test_who_sees_and_who_answers(spell, today, staff_a_client, legal_client, contact_b_client, stranger_client, officer_client):
    look(today)
    one = Question.objects.get(rule="unresolved")
    for client in (staff_a_client, legal_client):
        assert "Keep this answer" not in said(client.get(f"/questions/{one.pk}/"))
        assert client.post(f"/questions/{one.pk}/", {"words": "x"}).status_code == 403
    for client in (contact_b_client, stranger_client):
        assert client.get(f"/questions/{one.pk}/").status_code == 404
        assert client.get("/schools/999801/questions/").status_code == 404
    assert "2 questions to answer at 1 school" in said(officer_client.get("/registers/questions/"))


def test_who_sees_no_notices_sees_no_question_about_one(spell, school_a, staff_a_client, contact_a_client):
    asked = {"school": school_a, "year": 2026, "enrolment": spell, "rule": "after_notice", "key": "2026-11-10", "facts": {"count": 4}}
    one = Question.objects.create(**asked, asked_at=clock.now())
    assert "when a penalty notice was requested" in said(contact_a_client.get("/schools/999801/questions/"))
    assert "penalty notice" not in said(staff_a_client.get("/schools/999801/questions/"))
    assert "Marks changed after a notice" not in said(staff_a_client.get("/registers/questions/"))
    assert staff_a_client.get(f"/questions/{one.pk}/").status_code == 404


def test_changes_after_a_notice_come_with_the_days_from_above(spell, today, monkeypatch):
    monkeypatch.setattr(pipeline, "asked_on", lambda schools, since: {spell.school_id: {spell.pupil_id: [dt.date(2026, 11, 10)]}})
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC))
    write_marks(spell, MONDAY, r"-- OO OO")
    Load.objects.update(received_at=dt.datetime(2026, 11, 9, 9, tzinfo=dt.UTC))
    load = write_marks(spell, MONDAY, r"-- II II")
    Load.objects.filter(pk=load.pk).update(received_at=dt.datetime(2026, 11, 12, 9, tzinfo=dt.UTC))
    pipeline.look_at_registers([spell.school_id], today=today, now=clock.now())
    one = Question.objects.get(rule="after_notice")
    assert (one.facts["count"], one.key) == (4, "2026-11-10")


def test_the_sweep_has_registers_looked_at_once_a_load_and_a_day(spell, school_a, today, settings):
    assert questions.waiting(today=today) == [school_a.pk]
    tasks.look_at_registers(school_a.pk)
    assert questions.waiting(today=today) == []
    write_marks(spell, MONDAY, "II")
    Load.objects.update(followed_at=clock.now())
    assert questions.waiting(today=today) == [school_a.pk]
    tasks.look_at_registers(school_a.pk)
    assert questions.waiting(today=today + dt.timedelta(days=1)) == [school_a.pk]


def test_pages_ask_few_questions_however_many(spell, today, manager_client, django_assert_max_num_queries):
    for _ in range(20):
        other = enrol(make_pupil(), spell.school)
        write_marks(other, MONDAY, "NN")
        write_marks(enrol(make_pupil(), make_school()), MONDAY, "NN")
    Load.objects.update(followed_at=clock.now())
    look(today)
    for address in ("/registers/questions/", "/schools/999801/questions/", f"/questions/{Question.objects.first().pk}/"):
        manager_client.get(address)
        with django_assert_max_num_queries(12):
            assert manager_client.get(address).status_code == 200


def test_a_school_is_asked_only_about_notices_of_its_own(spell, school_a, school_b, today):
    """A pupil's former school asked for a notice: the school they are at now is not told of it."""
    enrol(spell.pupil, school_b)
    day = dt.date(2026, 11, 10)
    Request.objects.create(pupil=spell.pupil, school=school_a, route="ongoing", status="submitted", made=day, submitted=day)
    assert asked_on([school_a.pk, school_b.pk], since=dt.date(2026, 8, 1)) == {school_a.pk: {spell.pupil_id: [day]}}
