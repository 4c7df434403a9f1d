"""Assessments through their doors: versions, who reads what of them, two who save at once, and words kept as typed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from casework.models import AssessedBarrier, Assessment, Case, Entry
from schools.models import School
from tests import factories
from tests.casework import make_case
from tests.conftest import Browse
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(school_a: School, officer: User) -> Case:
    pupil = factories.make_pupil("Teal", "Ash")
    factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    return make_case(pupil, school_a, by=officer, officer=officer)


def form(**fields: Any) -> dict[str, Any]:
    asked = {"barrier_1": "ebsa", "said_1": ["child", "parent"], "barrier_2": "transport", "said_2": ["school"], "version": 0}
    asked |= {"child_voice": "The bus is loud.", "parent_views": "He is sick every morning.", "strengths": "Draws all day."}
    return asked | {"tried": "A later start.", "form_token": str(uuid.uuid4())} | fields


def save(client: Client, case: Case, **fields: Any) -> Any:
    return client.post(reverse("case_assess", args=[case.pk]), form(**fields))


def page_of(client: Client, case: Case) -> str:
    return said(client.get(reverse("case", args=[case.pk])))


def test_an_assessment_says_what_who_and_in_whose_words(officer_client: Client, case: Case) -> None:
    assert "Not assessed yet" in page_of(officer_client, case)
    assert save(officer_client, case).status_code == 302
    assert [(one.barrier, one.primary, one.said_by) for one in AssessedBarrier.objects.order_by("pk")] == [
        ("ebsa", True, ["child", "parent"]),
        ("transport", False, ["school"]),
    ]
    page = page_of(officer_client, case)
    for words in ("Emotionally based school avoidance (main) The child, a parent", "The bus is loud.", "He is sick every morning."):
        assert words in page
    assert Entry.objects.filter(kind="assessed", words="Assessment written.", shared=True).count() == 1


def test_a_school_reads_strengths_and_what_it_tried_and_nothing_else(
    officer_client: Client, contact_a_client: Client, contact_b_client: Client, stranger_client: Client, case: Case
) -> None:
    save(officer_client, case)
    for name in ("case", "case_assessment"):
        page = said(contact_a_client.get(reverse(name, args=[case.pk])))
        assert "Draws all day." in page
        assert "A later start." in page
        for hidden in ("bus is loud", "sick every morning", "avoidance", "Transport or distance"):
            assert hidden not in page
    for other in (contact_b_client, stranger_client):
        assert other.get(reverse("case_assessment", args=[case.pk])).status_code == 404


def test_every_version_is_kept(officer_client: Client, legal_client: Client, case: Case) -> None:
    save(officer_client, case)
    save(officer_client, case, version=1, child_voice="The bus is fine now.", barrier_1="unknown", said_1=[])
    page = said(legal_client.get(reverse("case_assessment", args=[case.pk])))
    assert page.index("Version 2, as it stands") < page.index("The bus is fine now.") < page.index("Version 1") < page.index("bus is loud")
    assert "Not said by whom" in page
    with pytest.raises(Exception, match="Cannot update"):
        Assessment.objects.update(child_voice="")


def test_a_form_sent_twice_saves_once(officer_client: Client, case: Case) -> None:
    sent = form()
    for _ in range(2):
        assert officer_client.post(reverse("case_assess", args=[case.pk]), sent).status_code == 302
    assert Assessment.objects.count() == 1


def test_of_two_who_save_the_second_sees_both_and_loses_nothing(
    officer_client: Client, manager_client: Client, manager: User, case: Case
) -> None:
    save(officer_client, case)
    save(manager_client, case, version=1, child_voice="Manager heard: the bell.", tried="A later start.")
    answer = save(officer_client, case, version=1, child_voice="Officer heard: the stairs.", barrier_2="sleep")
    page = said(answer)
    assert answer.status_code == 200
    assert Assessment.objects.count() == 2
    assert f"{manager} saved version 2 of this assessment" in page
    for words in ("Manager heard: the bell.", "Officer heard: the stairs.", "Transport or distance (the school)", "Punctuality or sleep"):
        assert words in page
    both = page[page.index("Both versions") : page.index("You see version")]
    assert "A later start." not in both  # what is the same is not in the way
    again = answer.context["form"]
    assert save(officer_client, case, version=again["version"].value(), child_voice="Both: bell and stairs.").status_code == 302
    assert list(Assessment.objects.order_by("number").values_list("child_voice", flat=True)) == [
        "The bus is loud.", "Manager heard: the bell.", "Both: bell and stairs.",
    ]  # fmt: skip


def test_words_are_kept_and_shown_as_typed(officer_client: Client, case: Case) -> None:
    long = "word " * 4999 + "end 🙂"
    hostile = "<script>alert(1)</script> & <b>bold</b>"
    hebrew = "הילד לא רוצה ללכת"
    save(officer_client, case, child_voice=long, parent_views=hostile, strengths=hebrew)
    made = Assessment.objects.get()
    assert (made.child_voice, made.parent_views, made.strengths) == (long, hostile, hebrew)
    page = officer_client.get(reverse("case", args=[case.pk])).content.decode()
    assert "Read all of it (5,000 words)" in page or "Read all of it (5,001 words)" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;bold&lt;/b&gt;" in page
    assert f'dir="auto">{hebrew}' in page


def test_slips_are_said_where_they_are(officer_client: Client, case: Case) -> None:
    page = said(save(officer_client, case, barrier_1=""))
    assert "Choose what mainly keeps the child from school" in page
    assert "The bus is loud." in page
    assert "“Emotionally based school avoidance” stands above already" in said(save(officer_client, case, barrier_2="ebsa"))
    assert "Choose what it is that they say" in said(save(officer_client, case, barrier_2=""))
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("part", ["legal", "contact_a", "administrator"])
def test_only_who_works_cases_writes_one(part: str, cast: dict[str, User], browse: Browse, case: Case) -> None:
    assert save(browse(cast[part]), case).status_code == 403
    assert not Assessment.objects.exists()


def test_the_pages_ask_few_queries(officer_client: Client, case: Case) -> None:
    save(officer_client, case)
    for name in ("case", "case_assessment", "case_assess"):
        with CaptureQueriesContext(
            connection,
        ) as found:
            officer_client.get(reverse(name, args=[case.pk]))
        # in a test each question about who asks is asked anew: session, user, authority, and the line in the record of looks
        assert len(found) <= 15, [query["sql"][:120] for query in found]
