"""The minutes while a meeting goes on: one line an item, saved by two people at once, by a script or by one button."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from casework.models import Case
from meetings.models import Action, General, Item, Meeting
from schools.models import Closure, School, Term
from tests.conftest import Browse
from tests.flows.meeting_things import TODAY, flagged, planned, words
from tests.flows.minutes_things import line, page_of, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(officer: User, school_a: School) -> Meeting:
    """Held today: one severely absent pupil, then one at the threshold."""
    flagged(school_a, surname="Sorrel", forename="Ida")
    flagged(school_a, "penalty_threshold", surname="Teasel", forename="Tom")
    return planned(school_a, officer, TODAY)


@pytest.fixture
def ida(meeting: Meeting) -> Item:
    return meeting.items.get(place=1)


@pytest.fixture
def tom(meeting: Meeting) -> Item:
    return meeting.items.get(place=2)


class TestALine:
    def test_one_choice_is_a_school_action_with_words_and_a_day(self, officer_client: Client, ida: Item, tom: Item, officer: User) -> None:
        """Nothing but "Action agreed" is chosen: what, who and when come from the reason and from policy."""
        answer = save(officer_client, ida, line(ida, decision="action"))
        assert "Saved: 1 line." in words(answer)
        action = Action.objects.get()
        assert (action.what, action.owner, action.due, action.pupil) == (
            "Meet the family and agree a plan",
            "school",
            dt.date(2026, 12, 4),
            ida.pupil,
        )
        ida.refresh_from_db()
        assert (ida.discussed, ida.decision, ida.saved_by, ida.version) == (True, "action", officer, 3)
        assert Item.objects.get(pk=tom.pk).version == 1, "a line nobody touched is not written"
        assert not Case.objects.exists()

    def test_what_is_typed_is_the_action(self, officer_client: Client, tom: Item) -> None:
        typed = {
            "what": "School nurse sees Tom",
            "owner": "service",
            "owner_name": "School nurse",
            "due": "2026-12-11",
            "success": "Seen by 11 December",
        }
        save(officer_client, tom, line(tom, decision="action", lead="health", planned="write", note="Sleeps badly", **typed))
        action = Action.objects.get()
        assert (action.who, action.due, action.success) == ("School nurse", dt.date(2026, 12, 11), "Seen by 11 December")
        tom.refresh_from_db()
        assert (tom.lead, tom.planned, tom.note, tom.note_shared) == ("health", "write", "Sleeps badly", False)

    def test_a_second_action_is_added_and_one_sent_twice_is_not(self, officer_client: Client, ida: Item) -> None:
        token = {"form_token": "5f3f0d0e-6a3c-4f0e-9a53-0d3f0a1b2c3d"}
        first = line(ida, decision="action", what="Ring home each morning", **token)
        for _ in range(2):
            save(officer_client, ida, first)
        ida.refresh_from_db()
        save(officer_client, ida, line(ida, what="Visit at home", owner="authority"))
        assert list(Action.objects.order_by("pk").values_list("what", flat=True)) == ["Ring home each morning", "Visit at home"]

    def test_a_case_or_a_referral_is_a_second_step(self, officer_client: Client, ida: Item) -> None:
        page = words(officer_client.get(page_of(ida)))
        assert 'value="school_leads"' in page
        assert 'value="case"' not in page
        assert 'value="refer"' not in page
        save(officer_client, ida, line(ida, decision="refer"))
        ida.refresh_from_db()
        assert ida.decision == ""
        # decided on the item's own page, it stands in the minutes and is kept by them
        officer_client.post(reverse("agenda_decide", args=[ida.pk]), {"decision": "refer"})
        ida.refresh_from_db()
        save(officer_client, ida, line(ida, note="To the school nurse"))
        ida.refresh_from_db()
        assert (ida.decision, ida.note) == ("refer", "To the school nurse")

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"decision": "action", "what": "x" * 301}, "Keep this to 300 characters. It has 301."),
            ({"what": "See the nurse", "owner": "service"}, "Name the service"),
            ({"what": "Ring home", "due": "2026-11-19"}, "must be today or later"),
            ({"what": "Ring home", "due": "31 31 2026"}, "Enter a real date"),
            ({"what": "Ring home", "due": ""}, "Enter the day by which it is to be done"),
            ({"lead": "nobody"}, "Choose the lead practitioner from the list"),
            ({"note": "x" * 1001}, "Keep this to 1,000 characters"),
        ],
    )
    def test_what_cannot_be_is_said_by_the_line_and_what_was_typed_stays(
        self, typed: dict[str, str], said: str, officer_client: Client, ida: Item, tom: Item
    ) -> None:
        page = words(save(officer_client, ida, line(ida, **({"note": "Kept"} | typed)) | line(tom, decision="nothing")))
        assert said in page
        assert f'href="#i{ida.pk}"' in page
        assert typed.get("note", "Kept") in page
        assert not Action.objects.exists()
        assert Item.objects.get(pk=tom.pk).decision == "nothing", "the other lines are saved"

    def test_an_action_minuted_by_mistake_is_taken_back(self, officer_client: Client, ida: Item) -> None:
        save(officer_client, ida, line(ida, decision="action"))
        officer_client.post(page_of(ida), {"take_back": Action.objects.get().pk})
        assert not Action.objects.exists()

    def test_the_day_offered_is_a_school_day(self, officer_client: Client, ida: Item, school_a: School) -> None:
        Term.objects.create(school=school_a, name="Autumn", start=dt.date(2026, 9, 1), end=dt.date(2026, 12, 18))
        Closure.objects.create(school=school_a, name="INSET", start=dt.date(2026, 12, 4), end=dt.date(2026, 12, 7))
        save(officer_client, ida, line(ida, decision="action"))
        assert Action.objects.get().due == dt.date(2026, 12, 4), "what a person sent stands"
        assert 'value="2026-12-08"' in words(officer_client.get(page_of(ida)))

    def test_the_meeting_as_a_whole(self, officer_client: Client, meeting: Meeting, ida: Item) -> None:
        sent = {"general-version": "0", "general-cohort": "year_9", "general-note": "Good turn-out", "initial-general-cohort": ""}
        save(officer_client, ida, sent)
        general = General.objects.get()
        assert (general.meeting, general.cohort, general.note) == (meeting, "year_9", "Good turn-out")


class TestTwoPeople:
    """The officer and the manager have the page open at once."""

    def test_an_older_line_writes_over_nothing_and_both_are_shown(
        self, officer_client: Client, manager_client: Client, manager: User, ida: Item
    ) -> None:
        mine = line(ida, decision="school_leads", note="Mother asks for a call")
        save(manager_client, ida, line(ida, decision="continue", note="Plan works"))
        answer = save(officer_client, ida, mine)
        page = words(answer)
        assert "Mani Manager saved" in page
        assert "Carry on as planned. Note: “Plan works”" in page
        assert "Mother asks for a call" in page
        ida.refresh_from_db()
        assert (ida.decision, ida.note, ida.saved_by) == ("continue", "Plan works", manager)
        return_of = again(answer, ida)
        assert "Choose which stands" in words(save(officer_client, ida, return_of)), "no choice, no saving"
        save(officer_client, ida, return_of | {f"i{ida.pk}-choose": "mine"})
        ida.refresh_from_db()
        assert (ida.decision, ida.note) == ("school_leads", "Mother asks for a call")

    def test_theirs_may_stand_and_my_action_is_not_lost(self, officer_client: Client, manager_client: Client, ida: Item) -> None:
        mine = line(ida, decision="action", what="Ring home", note="Mine")
        save(manager_client, ida, line(ida, decision="continue", note="Theirs"))
        answer = save(officer_client, ida, mine)
        save(officer_client, ida, again(answer, ida) | {f"i{ida.pk}-choose": "theirs"})
        ida.refresh_from_db()
        assert (ida.decision, ida.note) == ("continue", "Theirs")
        assert Action.objects.get().what == "Ring home"

    def test_a_line_i_did_not_touch_keeps_what_they_saved(
        self, officer_client: Client, manager_client: Client, ida: Item, tom: Item
    ) -> None:
        """One button sends every line of an old page; only what was touched on it is written."""
        old = line(ida) | line(tom, decision="nothing")
        save(manager_client, ida, line(ida, decision="continue"))
        save(officer_client, ida, old)
        assert [item.decision for item in Item.objects.order_by("place")] == ["continue", "nothing"]

    def test_the_same_words_twice_are_no_quarrel(self, officer_client: Client, manager_client: Client, ida: Item) -> None:
        same = line(ida, decision="continue")
        save(manager_client, ida, same)
        assert "Not saved yet" not in words(save(officer_client, ida, same))

    def test_an_action_they_added_is_no_quarrel(self, officer_client: Client, manager_client: Client, ida: Item) -> None:
        save(manager_client, ida, line(ida, decision="action", what="Ring home"))
        ida.refresh_from_db()
        mine = line(ida, note="Mother asks for a call")
        save(manager_client, ida, line(ida, what="Visit"))
        save(officer_client, ida, mine)
        ida.refresh_from_db()
        assert (ida.note, ida.actions.count()) == ("Mother asks for a call", 2)

    def test_they_see_each_other_s_saves(self, officer_client: Client, manager_client: Client, ida: Item, tom: Item) -> None:
        seen = {f"i{ida.pk}": "1", f"i{tom.pk}": "1", "general": "0"}
        address = reverse("minutes_saved", args=[ida.meeting_id])
        assert officer_client.get(address, seen).json()["lines"] == []
        save(manager_client, ida, line(ida, decision="continue"))
        told = officer_client.get(address, seen).json()
        assert [(one["id"], one["version"]) for one in told["lines"]] == [(f"i{ida.pk}", 2)]
        assert "by Mani Manager" in told["lines"][0]["html"]
        assert told["summary"] == "1 of 2 items reached"

    def test_the_whole_has_a_version_too(self, officer_client: Client, manager_client: Client, ida: Item) -> None:
        def sent(note: str) -> dict[str, str]:
            return {"general-version": "0", "general-note": note, "initial-general-note": "", "initial-general-cohort": ""}

        save(manager_client, ida, sent("Theirs"))
        page = words(save(officer_client, ida, sent("Mine")))
        assert "Note: “Theirs”" in page
        assert General.objects.get().note == "Theirs"


def again(answer: Any, item: Item) -> dict[str, str]:
    """What the form that came back would send, with what was typed in it."""
    form = next(row.form for row in answer.context["rows"] if row.item.pk == item.pk)
    return {name: value for name, value in form.data.items() if name.startswith((f"i{item.pk}-", f"initial-i{item.pk}-"))}


class TestTheScript:
    """What the page's script sends and is told."""

    def sent(self, client: Client, item: Item, fields: dict[str, str]) -> Any:
        return client.post(page_of(item), fields | {"only": f"i{item.pk}"})

    def test_a_line_saves_itself_and_is_told_how_it_stands(self, officer_client: Client, ida: Item) -> None:
        told = self.sent(officer_client, ida, line(ida, decision="action", what="Ring home")).json()
        [one] = told["lines"]
        assert (one["id"], one["state"]) == (f"i{ida.pk}", "saved")
        assert f"Saved {timezone.localtime():%H:}" in one["html"]
        assert "Ring home" in one["html"]
        assert told["token"]

    def test_an_overtaken_line_is_told_with_both(self, officer_client: Client, manager_client: Client, ida: Item) -> None:
        mine = line(ida, note="Mine")
        save(manager_client, ida, line(ida, note="Theirs"))
        [one] = self.sent(officer_client, ida, mine).json()["lines"]
        assert one["state"] == "overtaken"
        assert "“Theirs”" in one["html"]
        assert 'value="Mine"' in one["html"]

    def test_an_item_that_is_gone_says_so(self, officer_client: Client, ida: Item) -> None:
        fields = line(ida, note="Mine")
        Item.objects.filter(pk=ida.pk).delete()
        answer = self.sent(officer_client, ida, fields)
        assert answer.status_code == 409
        assert "not on the agenda any more" in answer.json()["problem"]

    def test_without_the_script_it_says_what_was_typed(self, officer_client: Client, ida: Item, tom: Item) -> None:
        fields = line(ida, note="Mother asks for a call")
        Item.objects.filter(pk=ida.pk).delete()
        assert "You typed: “Mother asks for a call”" in words(save(officer_client, tom, fields))

    def test_twenty_pupils_take_few_questions(
        self, officer_client: Client, officer: User, school_a: School, django_assert_max_num_queries: Any
    ) -> None:
        for missed in range(60, 82):
            flagged(school_a, missed=missed)
        full = planned(school_a, officer, TODAY)
        for item in full.items.all()[:5]:
            save(officer_client, item, line(item, decision="action"))
        with django_assert_max_num_queries(15):
            officer_client.get(reverse("minutes", args=[full.pk]))
        with django_assert_max_num_queries(12):
            officer_client.get(reverse("minutes_saved", args=[full.pk]))


class TestSignedOutInBetween:
    def test_what_was_typed_stays_after_signing_in_again(self, browse: Browse, officer: User, ida: Item) -> None:
        client = browse(officer)
        fields = line(ida, note="Mother asks for a call") | {"typed_by": client.get(page_of(ida)).context["typed_by"]}
        client.logout()
        answer = client.post(page_of(ida), fields)
        assert answer["Location"].startswith(reverse("account_login"))
        client.force_login(officer)
        page = words(client.get(page_of(ida)))
        assert "What you typed is below and is not saved yet" in page
        assert "Mother asks for a call" in page
        assert Item.objects.get(pk=ida.pk).note == ""
        assert "Mother asks for a call" not in words(client.get(page_of(ida))), "brought back once"

    def test_nobody_else_is_shown_it(self, browse: Browse, officer: User, manager: User, ida: Item) -> None:
        client = browse(officer)
        fields = line(ida, note="Mother asks for a call") | {"typed_by": client.get(page_of(ida)).context["typed_by"]}
        client.logout()
        client.post(page_of(ida), fields)
        client.force_login(manager)
        assert "Mother asks for a call" not in words(client.get(page_of(ida)))


class TestOddDays:
    def test_a_meeting_cancelled_meanwhile_keeps_what_was_typed(self, officer_client: Client, ida: Item) -> None:
        fields = line(ida, note="Mother asks for a call")
        Meeting.objects.update(status="cancelled", why_cancelled="officer_away")
        page = words(save(officer_client, ida, fields))
        assert "The meeting was cancelled: nothing can be decided or agreed in it." in page
        assert "Mother asks for a call" in page

    def test_a_past_meeting_is_minuted_late(self, officer_client: Client, ida: Item) -> None:
        Meeting.objects.update(day=dt.date(2026, 11, 10))
        assert "is not recorded yet" in words(officer_client.get(page_of(ida)))
        save(officer_client, ida, line(ida, decision="action"))
        assert Action.objects.get().due == dt.date(2026, 12, 4)

    def test_the_school_closed_yesterday(self, officer_client: Client, ida: Item) -> None:
        School.objects.filter(pk=ida.meeting.school_id).update(closed=dt.date(2026, 11, 19))
        assert "The minutes can still be written and are kept." in words(officer_client.get(page_of(ida)))
        save(officer_client, ida, line(ida, decision="continue"))
        ida.refresh_from_db()
        assert ida.decision == "continue"

    def test_only_who_plans_meetings_writes(
        self, legal_client: Client, contact_a_client: Client, stranger_client: Client, ida: Item
    ) -> None:
        for client, status in ((legal_client, 403), (contact_a_client, 403), (stranger_client, 404)):
            assert client.post(page_of(ida), line(ida, decision="continue")).status_code == status
