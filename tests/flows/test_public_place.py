"""Public-place notices: for the days that the section 104 notice states, on their own tariff, numbers and payments."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from casework.models import Task
from legal import letters
from legal.actions import NoticeProblem, public_place
from legal.actions import income as money
from legal.actions.public_place import Seen
from legal.models import IncomeLine, LegalLetter, Notice, PublicPlaceNotice
from schools.models import Pupil, School
from tests import factories
from tests.flows.notice_acts import a_mother, d, on_holiday
from tests.flows.notice_things import date
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

DAYS = ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"]


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    found = on_holiday(school_a)
    Pupil.objects.filter(pk=found.pk).update(dob=dt.date(2013, 5, 1))
    factories.write_marks(found.enrolments.get(), dt.date(2026, 11, 16), "EE EE EE EE EE")
    factories.refresh(school_a, today=dt.date(2026, 11, 20))
    found.refresh_from_db()
    return found


def seen(**changes: Any) -> Seen:
    given: dict[str, Any] = {
        "told": d("2026-11-13"), "stated": [d(day) for day in DAYS], "day": d("2026-11-18"), "time": "10:40", "place": "Market Square",
        "seen_by": "Olive Officer", "words": "Alone, for an hour. The parent said that nobody was at home.", "reason": "Warned on Monday.",
    }  # fmt: skip
    return Seen(**(given | changes))


def issue(legal: User, pupil: Pupil, today: dt.date, **changes: Any) -> PublicPlaceNotice:
    parent = pupil.responsibilities.first()
    return public_place.issue_public_place(
        by=legal, today=today, now=timezone.now(), pupil=pupil, school=pupil.enrolments.get().school,
        parent=parent.parent if parent else a_mother(pupil), seen=seen(**changes),
    )  # fmt: skip


def test_from_the_form_to_the_payment_through_the_same_queue(
    pupil: Pupil, legal: User, legal_client: Client, contact_a_client: Client, contact_b_client: Client, today: dt.date
) -> None:
    mother = a_mother(pupil)
    form = {
        "school": pupil.enrolments.get().school_id, "parent": mother.pk, "days": "\n".join(DAYS), "time": "10:40", "place": "Market Square",
        "seen_by": "Olive Officer", "words": "Alone.", "reason": "Warned.",
    } | date("told", d("2026-11-13")) | date("day", d("2026-11-18"))  # fmt: skip
    page = legal_client.post(reverse("public_place_new", args=[pupil.pk]), form, follow=True)
    assert "PP000001 is issued" in said(page)
    notice = PublicPlaceNotice.objects.get()
    assert (notice.amount_early, notice.amount_full) == (60, 120)
    assert not Notice.objects.exists()  # it counts towards nothing else
    letter = letters.make_letter(LegalLetter.objects.get().pk, now=timezone.now())
    assert letter is not None
    assert letter.status == "made"
    assert "£60 until 14 December 2026, £120 until 21 December 2026" in " ".join(letters.html(letter).split())
    assert "Olive" not in said(contact_a_client.get(reverse("public_place", args=[notice.pk])))
    assert contact_b_client.get(reverse("public_place", args=[notice.pk])).status_code == 404
    act = reverse("public_place_act", args=[notice.pk, "serve"])
    legal_client.post(act, {"service": "hand", "version": notice.version} | date("served", today))
    assert set(Task.objects.open().filter(pupil=pupil).values_list("title", "due")) == {
        ("Prosecute or withdraw PP000001, unless it is paid", d("2026-12-18")),
        ("Last safe day to lay the information for PP000001", d("2027-05-17")),
    }
    file = money.look_at_file(
        by=legal, now=timezone.now(), name="a.csv", content=b"reference,amount,date\nPP1,80,20/11/2026\nPP1,60,20/11/2026\n"
    )
    money.take_file(by=legal, today=today, now=timezone.now(), file=file)
    notice.refresh_from_db()
    assert (notice.state, notice.paid) == ("paid", 60)
    assert not Task.objects.open().filter(pupil=pupil).exists()
    assert IncomeLine.objects.waiting().get().why == "over"
    withdrawn = public_place.withdraw_public_place(
        by=legal, today=today, now=timezone.now(), notice=notice, ground="not_issued", words="The exclusion was set aside"
    )
    assert withdrawn.state == "withdrawn"
    assert LegalLetter.objects.filter(kind="withdrawal").get().facts["refund"] == 60
    back = {"reference": "BACS 5", "words": ""} | date("day", today)
    address = reverse("public_place_act", args=[notice.pk, "refund"])
    assert "Saved." in said(legal_client.post(address, back, follow=True))
    assert "£60 was given back on 20 November 2026 already, BACS 5." in said(legal_client.post(address, back))
    trail = reverse("legal_trail", args=["public-place", notice.pk])
    told = said(legal_client.get(trail))
    for words in (
        "Issued public place notice",
        "Recorded public place payment",
        "amount: 60",
        "ground: not_issued",
        "recorded a refund",
    ):
        assert words in told
    assert "PP000001, PDF" in said(legal_client.post(trail))
    default_storage.delete(letter.stored)
    assert "1 thing is not as it was kept" in said(legal_client.post(trail))


def test_prosecuted_with_a_reason_and_not_after_six_months(pupil: Pupil, legal: User, legal_client: Client, today: dt.date) -> None:
    a_mother(pupil)
    notice = issue(legal, pupil, today)
    public_place.serve_public_place(by=legal, today=today, now=timezone.now(), notice=notice, service="hand", served=today)
    notice.refresh_from_db()
    common = {"by": legal, "now": timezone.now(), "notice": notice}
    with pytest.raises(NoticeProblem, match="Too late: the last safe day to lay the information was 17 May 2027"):
        public_place.prosecute_public_place(today=d("2027-06-01"), day=d("2027-05-18"), words="Unpaid.", **common)
    with pytest.raises(NoticeProblem, match="Say why the offence is prosecuted"):
        public_place.prosecute_public_place(today=d("2027-06-01"), day=d("2027-05-17"), words=" ", **common)
    public_place.prosecute_public_place(today=d("2027-06-01"), day=d("2027-05-17"), words="Seen again.", **common)
    page = said(legal_client.get(reverse("public_place", args=[notice.pk])))
    assert "Mon 17 May 2027. Seen again." in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stated": [d(day) for day in DAYS] + [d("2026-11-23")]}, "At most the first 5 school days"),
        ({"stated": [d("2026-11-16"), d("2026-11-18")]}, "17 November 2026 is a school day between them"),
        ({"stated": [d("2026-11-14"), d("2026-11-16")]}, "14 November 2026 is no school day"),
        ({"day": d("2026-11-13")}, "is not among the days that the section 104 notice states"),
        ({"day": d("2026-12-01")}, "Enter today or an earlier day"),
    ],
)
def test_only_the_days_that_are_stated(changes: dict[str, Any], words: str, pupil: Pupil, legal: User, today: dt.date) -> None:
    a_mother(pupil)
    with pytest.raises(NoticeProblem, match=words):
        issue(legal, pupil, today, **changes)


def test_once_a_parent_and_day_numbered_without_gaps_and_beside_other_notices(pupil: Pupil, legal: User, today: dt.date) -> None:
    a_mother(pupil)
    assert issue(legal, pupil, today).reference == "PP000001"
    with pytest.raises(NoticeProblem, match="PP000001 was issued to"):
        issue(legal, pupil, today)
    assert issue(legal, pupil, today, day=d("2026-11-19")).reference == "PP000002"
