"""Working a case through its pages: each act by each role, what is refused and in which words, and that a form sent twice acts once."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from casework.models import Case, Contact, Entry, Plan, PlanAction
from schools.models import Parent, Pupil, School
from tests import factories
from tests.casework import OPENED, make_case, make_plan
from tests.conftest import Browse
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)


def date(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    pupil = factories.make_pupil("Teal", "Ash")
    factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    return pupil


@pytest.fixture
def mother(pupil: Pupil) -> Parent:
    return factories.make_parent(pupil, forename="Rowan")


@pytest.fixture
def case(pupil: Pupil, school_a: School, officer: User) -> Case:
    return make_case(pupil, school_a, by=officer, officer=officer)


def at(name: str, case: Case) -> str:
    return reverse(name, args=[case.pk])


def call(mother: Parent, **fields: Any) -> dict[str, Any]:
    return {"kind": "phone", "who": str(mother.pk), "result": "agreed", "form_token": str(uuid.uuid4())} | date("day", TODAY) | fields


def plan_fields(**fields: Any) -> dict[str, Any]:
    asked = {"kind": "support", "barrier": "sleep", "lead": "school", "lead_name": "Jo Alder", "lead_role": "Head of year 9"}
    asked |= {"version": 1, "form_token": str(uuid.uuid4())}
    return asked | date("review", dt.date(2026, 12, 11)) | fields


class TestEachActOfEachRole:
    """An officer and a manager do every act; a legal officer and a school none of them (the table of doors has the rest)."""

    @pytest.mark.parametrize("part", ["officer", "manager"])
    def test_a_case_from_assignment_to_its_end(self, part: str, cast: dict[str, User], case: Case, mother: Parent, browse: Browse) -> None:
        client = browse(cast[part])
        client.post(at("case_assign", case), {"officer": cast["manager"].pk, "version": 1})
        client.post(at("case_stage", case), {"stage": "assessing", "version": 2})
        client.post(at("case_contact", case), call(mother, child_seen="on", words="Bus pass is late."))
        client.post(at("case_note", case), {"words": "Bus company asked."})
        client.post(at("case_plan", case), plan_fields(version=3, what_1="Bus pass", owner_1="officer") | date("due_1", TODAY))
        client.post(at("plan_action_add", case), {"what": "Gate duty", "owner": "school"} | date("due", TODAY))
        client.post(at("case_stage", case), {"stage": "monitoring", "version": 4})
        review = {"result": "carry_on", "words": "Better.", "version": 5} | date("review", dt.date(2027, 1, 15))
        client.post(at("case_plan_review", case), review)
        for action in PlanAction.objects.all():
            client.post(reverse("plan_action_close", args=[action.pk]), {"outcome": "done"})
        client.post(at("case_close", case), {"outcome": "step_down", "version": 6})
        told = [(entry.kind, entry.words) for entry in case.entries.order_by("pk")]
        assert told == [
            ("opened", "An officer’s own concern: persistent absence."),
            ("assigned", "Assigned to Mani Manager."),
            ("stage", "From “New” to “Assessing”."),
            ("contact", "Phone call, Rowan Teal: agreed a next step. The child was seen.\nBus pass is late."),
            ("note", "Bus company asked."),
            ("plan", "Attendance support plan agreed, led by the school (Jo Alder, Head of year 9), to be reviewed on 11 December 2026."),
            ("action", "Agreed: Bus pass. The attendance officer, by 20 November 2026."),
            ("action", "Agreed: Gate duty. The school, by 20 November 2026."),
            ("stage", "From “Assessing” to “Monitoring”."),
            ("plan", "Attendance support plan reviewed: carry on with the plan. Next review on 15 January 2027."),
            ("note", "At the review of the plan: Better."),
            ("action", "Done: Bus pass."),
            ("action", "Done: Gate duty."),
            ("closed", "Improved, stepped down to the school."),
        ]
        case.refresh_from_db()
        assert (case.stage, case.closed, case.closed_by, case.outcome) == ("closed", TODAY, cast[part], "step_down")
        assert not Plan.objects.current().exists()
        acts = set(AuditEvent.objects.filter(kind="change", by=cast[part]).values_list("act", flat=True))
        assert acts >= {
            "Case assigned", "Case moved", "Contact recorded", "Note written", "Plan agreed", "Action agreed", "Plan reviewed",
            "Action closed", "Case closed",
        }  # fmt: skip

    @pytest.mark.parametrize("part", ["legal", "contact_a", "staff_a", "administrator", "stranger", "contact_b"])
    def test_nobody_else_changes_anything(self, part: str, cast: dict[str, User], case: Case, mother: Parent, browse: Browse) -> None:
        client = browse(cast[part])
        before = Entry.objects.count()
        sent = [
            client.post(at("case_assign", case), {"officer": cast["manager"].pk, "version": 1}),
            client.post(at("case_contact", case), call(mother)),
            client.post(at("case_note", case), {"words": "x"}),
            client.post(at("case_plan", case), plan_fields()),
            client.post(at("case_stage", case), {"stage": "assessing", "version": 1}),
            client.post(at("case_close", case), {"outcome": "improved", "version": 1}),
        ]
        assert {answer.status_code for answer in sent} == {404 if part == "stranger" else 403}
        assert Entry.objects.count() == before


class TestContacts:
    def test_a_day_to_come_is_refused_and_nothing_typed_is_lost(self, officer_client: Client, case: Case, mother: Parent) -> None:
        asked = call(mother, words="Will call <b>tomorrow</b> 🙂") | date("day", dt.date(2026, 11, 21))
        page = officer_client.post(at("case_contact", case), asked).content.decode()
        assert "the date cannot be after today" in page
        assert "Will call &lt;b&gt;tomorrow&lt;/b&gt; 🙂" in page
        assert not Contact.objects.exists()

    def test_a_slip_in_the_year_is_noticed(self, officer_client: Client, case: Case, mother: Parent) -> None:
        asked = call(mother) | date("day", dt.date(2024, 11, 19))
        assert "check the year of the date" in said(officer_client.post(at("case_contact", case), asked))

    def test_a_parent_of_another_child_is_not_offered(self, officer_client: Client, case: Case, mother: Parent) -> None:
        stranger = factories.make_parent(factories.make_pupil(), surname="Elsewhere")
        page = said(officer_client.post(at("case_contact", case), call(mother, who=str(stranger.pk))))
        assert "Choose who it was" in page
        assert "Elsewhere" not in page

    def test_whoever_is_to_be_called_stands_there_with_the_number(self, officer_client: Client, case: Case, mother: Parent) -> None:
        Parent.objects.update(phone="01632 960123")
        assert f"{mother} (mother), 01632 960123" in said(officer_client.get(at("case_contact", case)))

    def test_somebody_else_is_nobody_s_parent(self, officer_client: Client, case: Case, mother: Parent) -> None:
        officer_client.post(at("case_contact", case), call(mother, who="else", kind="panel"))
        contact = Contact.objects.get()
        assert contact.parent is None
        assert contact.entry.words == "Attendance panel, somebody else: agreed a next step."
        assert contact.entry.shared is False

    def test_a_form_sent_twice_writes_once(self, officer_client: Client, case: Case, mother: Parent) -> None:
        asked = call(mother)
        answers = [officer_client.post(at("case_contact", case), asked) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [302, 302]
        assert Contact.objects.count() == 1


class TestNotes:
    def test_what_is_typed_stands_as_typed(self, officer_client: Client, case: Case) -> None:
        officer_client.post(at("case_note", case), {"words": "<script>alert(1)</script>\r\nLine two 🏫 & “quoted”"})
        assert case.entries.get(kind="note").words == "<script>alert(1)</script>\nLine two 🏫 & “quoted”"
        page = officer_client.get(at("case", case)).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>Line two 🏫 &amp; “quoted”" in page
        assert "<script>alert(1)" not in page

    def test_five_thousand_words_are_kept_and_folded_away(self, officer_client: Client, case: Case) -> None:
        words = "absence " * 4999 + "end."
        officer_client.post(at("case_note", case), {"words": words})
        assert case.entries.get(kind="note").words == words
        assert "Read all of it (5,000 words)" in said(officer_client.get(at("case", case)))

    def test_what_is_too_long_comes_back_whole(self, officer_client: Client, case: Case) -> None:
        words = "attendance " * 5000
        page = officer_client.post(at("case_note", case), {"words": words}).content.decode()
        assert "Keep this to 50,000 characters. It has" in page
        assert words.strip() in page

    def test_a_note_without_words_is_asked_for(self, officer_client: Client, case: Case) -> None:
        assert "Enter the note" in said(officer_client.post(at("case_note", case), {"words": " \n "}))

    def test_a_note_sent_twice_is_written_once(self, officer_client: Client, case: Case) -> None:
        asked = {"words": "Once.", "form_token": str(uuid.uuid4())}
        officer_client.post(at("case_note", case), asked)
        officer_client.post(at("case_note", case), asked)
        assert case.entries.filter(kind="note").count() == 1

    def test_a_token_of_another_case_hides_nothing(self, officer_client: Client, case: Case, school_a: School, officer: User) -> None:
        """A token says that one form was sent twice: it must not make a note of another child disappear."""
        other = factories.make_pupil("Plum")
        factories.enrol(other, school_a, start=dt.date(2026, 9, 1))
        second = make_case(other, school_a, by=officer)
        token = str(uuid.uuid4())
        officer_client.post(at("case_note", case), {"words": "Of Ash.", "form_token": token})
        answer = officer_client.post(at("case_note", second), {"words": "Of Plum.", "form_token": token})
        assert "This form was sent before, about another case." in said(answer)
        assert "Of Plum." in answer.content.decode()
        again = {"words": "Of Plum.", "form_token": answer.context["form"]["form_token"].value()}
        officer_client.post(at("case_note", second), again)
        assert second.entries.get(kind="note").words == "Of Plum."


class TestAssigning:
    def test_an_officer_who_cannot_sign_in_is_refused(self, officer_client: Client, case: Case, school_a: School) -> None:
        gone = factories.make_user("officer", name="Gina Gone", is_active=False)
        factories.post(gone, school_a)
        words = said(officer_client.post(at("case_assign", case), {"officer": gone.pk, "version": 1}))
        assert "This person cannot take the case" in words
        assert "Gina" not in said(officer_client.get(at("case_assign", case)))

    def test_an_officer_of_no_posting_here_is_not_offered(self, officer_client: Client, case: Case, stranger: User) -> None:
        assert "Sami" not in said(officer_client.get(at("case_assign", case)))
        officer_client.post(at("case_assign", case), {"officer": stranger.pk, "version": 1})
        case.refresh_from_db()
        assert case.officer.name == "Olive Officer"


class TestPlans:
    @pytest.mark.parametrize(
        ("review", "words"),
        [
            (dt.date(2026, 11, 20), "The review must be after today"),
            (dt.date(2027, 2, 13), "The review must be within 12 weeks, by 12 February 2027"),
        ],
    )
    def test_a_review_lies_in_the_weeks_to_come(self, review: dt.date, words: str, officer_client: Client, case: Case) -> None:
        assert words in said(officer_client.post(at("case_plan", case), plan_fields() | date("review", review)))
        assert not Plan.objects.exists()

    def test_a_new_plan_takes_the_old_one_s_place_and_carries_its_actions(self, officer_client: Client, case: Case, officer: User) -> None:
        old = make_plan(case, by=officer)
        action = PlanAction.objects.create(plan=old, what="Gate duty", owner="school", due=TODAY)
        officer_client.post(at("case_plan", case), plan_fields(version=case.version, kind="joint", carry="on"))
        old.refresh_from_db()
        action.refresh_from_db()
        new = Plan.objects.current().get()
        assert (old.ended, action.plan, new.kind) == (TODAY, new, "joint")
        assert "takes the place of the attendance support plan of 2 November 2026" in case.entries.filter(kind="plan").last().words

    def test_a_plan_sent_twice_is_agreed_once(self, officer_client: Client, case: Case) -> None:
        asked = plan_fields(what_1="Gate duty", owner_1="school") | date("due_1", TODAY)
        answers = [officer_client.post(at("case_plan", case), asked).status_code for _ in range(2)]
        assert answers == [302, 302]
        assert (Plan.objects.count(), PlanAction.objects.count()) == (1, 1)

    def test_half_an_action_is_asked_about(self, officer_client: Client, case: Case) -> None:
        words = said(officer_client.post(at("case_plan", case), plan_fields(what_2="Gate duty")))
        assert "Say who does it, or leave action 2 empty" in words
        assert "Say by when it is done, or leave action 2 empty" in words

    def test_an_action_in_the_past_is_refused_at_its_own_box(self, officer_client: Client, case: Case) -> None:
        asked = plan_fields(what_2="Gate duty", owner_2="school") | date("due_2", dt.date(2026, 11, 19))
        answer = officer_client.post(at("case_plan", case), asked)
        assert "due_2" in answer.context["form"].errors
        assert not Plan.objects.exists()

    def test_a_review_that_carries_on_needs_its_next_day(self, officer_client: Client, case: Case) -> None:
        make_plan(case)
        asked = {"result": "carry_on", "version": case.version}
        assert "Enter the day on which the plan is looked at again" in said(officer_client.post(at("case_plan_review", case), asked))

    def test_a_plan_to_be_changed_stands_until_the_new_one_is_agreed(self, officer_client: Client, case: Case) -> None:
        plan = make_plan(case)
        answer = officer_client.post(at("case_plan_review", case), {"result": "change", "version": case.version})
        assert answer["Location"] == at("case_plan", case)
        plan.refresh_from_db()
        assert (plan.ended, plan.reviewed) == (None, TODAY)

    def test_a_plan_that_ends_says_what_was_left(self, officer_client: Client, case: Case) -> None:
        plan = make_plan(case)
        PlanAction.objects.create(plan=plan, what="Gate duty", owner="school", due=TODAY)
        officer_client.post(at("case_plan_review", case), {"result": "end", "version": case.version})
        assert case.entries.last().words == "Attendance support plan reviewed: end the plan. 1 action not closed."

    def test_whoever_reviews_sees_how_far_the_actions_have_come(self, officer_client: Client, case: Case) -> None:
        plan = make_plan(case)
        PlanAction.objects.create(plan=plan, what="Gate duty", owner="school", due=TODAY)
        PlanAction.objects.create(plan=plan, what="Visit", owner="officer", due=TODAY, done=TODAY, outcome="done")
        words = said(officer_client.get(at("case_plan_review", case)))
        assert "Attendance support plan since 2 November 2026, lead practitioner: The school. 1 of 2 actions closed." in words

    def test_no_plan_no_review_and_no_action(self, officer_client: Client, case: Case) -> None:
        for name in ("case_plan_review", "plan_action_add"):
            answer = officer_client.get(at(name, case), follow=True)
            assert "The case has no plan yet. Agree one first." in said(answer)

    def test_an_action_added_twice_is_agreed_once(self, officer_client: Client, case: Case) -> None:
        make_plan(case)
        asked = {"what": "Gate duty", "owner": "school", "form_token": str(uuid.uuid4())} | date("due", TODAY)
        for _ in range(2):
            assert officer_client.post(at("plan_action_add", case), asked).status_code == 302
        assert PlanAction.objects.count() == 1
        assert case.entries.filter(kind="action").count() == 1

    def test_an_action_closed_by_another_meanwhile_is_told(
        self, officer_client: Client, contact_a_client: Client, case: Case, contact_a: User
    ) -> None:
        action = PlanAction.objects.create(plan=make_plan(case), what="Gate duty", owner="school", due=OPENED)
        address = reverse("plan_action_close", args=[action.pk])
        contact_a_client.post(address, {"outcome": "partly"})
        page = officer_client.post(address, {"outcome": "done", "words": "Seen it."}).content.decode()
        assert "Carys Alder closed this action on 20 November 2026: “Done in part”" in page
        assert "Seen it." in page
        action.refresh_from_db()
        assert (action.outcome, action.done_by) == ("partly", contact_a)
        assert case.entries.last().words == "Done in part, 18 days late: Gate duty."
        # the same again is a double click; other words, from the browser's history, are not taken for saved
        assert contact_a_client.post(address, {"outcome": "partly"}).status_code == 302
        again = said(contact_a_client.post(address, {"outcome": "partly", "words": "On Mondays only."}))
        assert "Nothing of yours was saved" in again
        assert "On Mondays only." in again


class TestStages:
    def test_a_move_that_is_not_possible_is_explained(self, officer_client: Client, case: Case) -> None:
        page = said(officer_client.get(at("case_stage", case)))
        assert "A case cannot go from “New” to “Monitoring”." in page
        answer = officer_client.post(at("case_stage", case), {"stage": "formal", "version": 1})
        assert "A case cannot go from “New” to “Formal”." in said(answer)

    def test_nothing_begins_without_an_officer(self, officer_client: Client, case: Case) -> None:
        Case.objects.update(officer=None)
        answer = officer_client.post(at("case_stage", case), {"stage": "assessing", "version": 1})
        assert "Assign the case to an officer first." in said(answer)

    def test_support_comes_before_the_formal_stage(self, officer_client: Client, case: Case) -> None:
        Case.objects.update(stage="supporting")
        answer = officer_client.post(at("case_stage", case), {"stage": "formal", "version": 1})
        assert "“Formal” needs a plan: support is offered first." in said(answer)


class TestTwoAtOnce:
    """A form made before somebody else's change: told who, when and what; nothing written over, nothing typed lost."""

    def test_the_second_to_close_is_told_by_whom_and_how(
        self, officer_client: Client, manager_client: Client, manager: User, case: Case
    ) -> None:
        manager_client.post(at("case_close", case), {"outcome": "improved", "version": 1})
        answer = officer_client.post(at("case_close", case), {"outcome": "moved", "version": 1})
        words = said(answer)
        assert "Mani Manager closed this case at " in words
        assert "“Improved and sustained”. Nothing of yours was saved." in words
        assert '<option value="moved" selected>' in answer.content.decode()
        case.refresh_from_db()
        assert (case.outcome, case.closed_by) == ("improved", manager)
        assert case.entries.filter(kind="closed").count() == 1

    def test_one_s_own_double_click_is_no_quarrel(self, officer_client: Client, case: Case) -> None:
        answers = [officer_client.post(at("case_close", case), {"outcome": "moved", "version": 1}).status_code for _ in range(2)]
        assert answers == [302, 302]
        assert case.entries.filter(kind="closed").count() == 1

    def test_a_plan_made_on_an_older_page_is_shown_again_and_can_be_sent_after_looking(
        self, officer_client: Client, manager_client: Client, case: Case
    ) -> None:
        manager_client.post(at("case_stage", case), {"stage": "assessing", "version": 1})
        asked = plan_fields(what_1="Walk in with a friend", owner_1="child") | date("due_1", TODAY)
        answer = officer_client.post(at("case_plan", case), asked)
        words = said(answer)
        assert "Mani Manager changed this case at " in words
        assert ": From “New” to “Assessing”. Nothing of yours was saved; look at it and try again." in words
        page = answer.content.decode()
        assert 'value="Walk in with a friend"' in page
        assert not Plan.objects.exists()
        officer_client.post(at("case_plan", case), asked | {"version": answer.context["form"]["version"].value()})
        assert Plan.objects.current().get().actions.get().what == "Walk in with a friend"

    @pytest.mark.parametrize("name", ["case_note", "case_contact", "case_plan", "case_stage", "case_assign", "plan_action_add"])
    def test_nothing_is_done_to_a_closed_case_and_the_words_stay(
        self, name: str, officer_client: Client, manager_client: Client, manager: User, case: Case, mother: Parent
    ) -> None:
        manager_client.post(at("case_close", case), {"outcome": "improved", "version": 1})
        before = Entry.objects.count()
        asked = {"version": 1, "stage": "assessing", "officer": manager.pk, "what": "x", "owner": "school"}
        asked |= date("due", TODAY) | plan_fields() | call(mother, words="What she said") | {"kind": plan_fields()["kind"]}
        if name == "case_contact":
            asked["kind"] = "phone"
        answer = officer_client.post(at(name, case), asked)
        assert "Mani Manager closed this case" in said(answer)
        assert ("What she said" in answer.content.decode()) is (name in {"case_note", "case_contact"})
        assert Entry.objects.count() == before
        assert "This case was closed on 20 November 2026" in said(officer_client.get(at(name, case), follow=True))


def test_closing_warns_of_what_is_left_undone(officer_client: Client, case: Case) -> None:
    PlanAction.objects.create(plan=make_plan(case), what="Gate duty", owner="school", due=TODAY)
    words = said(officer_client.get(at("case_close", case)))
    assert "1 action of the plan is still open" in words
    officer_client.post(at("case_close", case), {"outcome": "improved", "version": case.version})
    assert case.entries.last().words == "Improved and sustained. 1 action of the plan was not closed."


def test_a_case_needs_its_outcome(officer_client: Client, case: Case) -> None:
    for outcome in ("", "no-such-outcome"):
        words = said(officer_client.post(at("case_close", case), {"outcome": outcome, "version": 1}))
        assert "Choose what came of the case" in words
