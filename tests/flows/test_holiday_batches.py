"""Holiday batches: from a school's list to notices that are issued as one job, never twice, with whoever is left out and why."""

from __future__ import annotations

import datetime as dt
import io
import threading
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts import clock
from accounts.models import User
from casework.models import Case
from legal import holidays
from legal.actions import NoticeProblem, ask_for_check, confirm, confirm_posting, decide, override_checklist, persons, submit_batch
from legal.actions.bulk import forgotten, work
from legal.models import Attachment, BulkIssue, Document, HistoricRecord, HolidayBatch, Notice, Request
from schools.models import PolicyValue, School
from tests import factories
from tests.flows.holiday_things import a_family, answered, begun, checked, do, issued, sent
from tests.flows.notice_things import TODAY, date
from tests.flows.notice_things import issued as issued_singly
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


def names(school: School) -> list[list[str]]:
    found = holidays.families(school, today=TODAY, policy=PolicyValue.objects.in_force(TODAY))
    return [[child.pupil.forename for child in family.children] for family in found]


def test_the_list_has_who_was_away_long_enough_and_is_not_asked_for_yet(
    contact_a: User, legal: User, school_a: School, school_b: School
) -> None:
    twins = a_family(school_a, "Twin", ("Ada", "Bea"))
    alone = a_family(school_a, "Alone", ("Cai",))
    relied_on = a_family(school_a, "Done", ("Dee",), parents=1)
    issued_singly(contact_a, legal, relied_on.children[0], school_a, relied_on.parents[0])
    again = factories.make_parent(forename="Kit")  # the one parent of a third child, written down a second time
    before = a_family(school_a, "Before", ("Gil",), parents=1)
    persons.say_person(by=legal, today=TODAY, now=timezone.now(), one=again, other=before.parents[0], verdict="same", why="She says so.")
    period = {"offence_from": dt.date(2026, 9, 1), "offence_to": TODAY}
    told = {"kind": "notices", "outcome": "paid", "day": TODAY, "pupil": before.children[0], "parent": again, "key": "of the police"}
    HistoricRecord.objects.create(**told, **period)
    half = a_family(school_a, "Half", ("Hal",), parents=1)  # their mother is written down a second time for this one
    persons.say_person(
        by=legal, today=TODAY, now=timezone.now(), one=half.parents[0], other=twins.parents[1], verdict="same", why="She says so."
    )
    a_family(school_a, "Nobody", ("Ivy",), parents=0)  # no parent is recorded: on the list, where that is said
    a_family(school_b, "Elsewhere", ("Eli",))
    ill = a_family(school_a, "Short", ("Fay",))
    factories.write_marks(ill.children[0].enrolments.get(), dt.date(2026, 11, 13), "II")
    assert names(school_a) == [["Cai"], ["Hal", "Ada", "Bea"], ["Ivy"]]
    begun(contact_a, school_a, alone)
    assert names(school_a) == [["Hal", "Ada", "Bea"], ["Ivy"]]
    assert twins.children[0].dob == twins.children[1].dob


def test_a_school_asks_for_many_at_once_with_one_letter_and_one_exception(
    contact_a: User, contact_a_client: Client, contact_b_client: Client, school_a: School
) -> None:
    family = a_family(school_a)
    ash, bay = family.children
    address = reverse("holiday_new") + f"?school={school_a.urn}"
    assert "Brothers and sisters" in said(contact_a_client.get(address))
    assert contact_b_client.get(address).status_code == 200
    assert "Ash" not in said(contact_b_client.get(address))
    form: dict[str, Any] = {f"pupil_{ash.pk}": "on", f"pupil_{bay.pk}": "on", f"parents_{ash.pk}": [p.pk for p in family.parents]}
    assert "Tick which parents took Bay Example" in said(contact_a_client.post(address, form | {f"parents_{bay.pk}": []}))
    contact_a_client.post(address, form | {f"parents_{bay.pk}": [family.parents[0].pk]})
    batch = HolidayBatch.objects.get()
    requests = {one.pupil.forename: one for one in Request.objects.select_related("pupil")}
    assert [requests["Ash"].parents.count(), requests["Bay"].parents.count()] == [2, 1]
    assert not Case.objects.exists()
    letter = SimpleUploadedFile("refusal.pdf", b"%PDF-1.7 refused")
    contact_a_client.post(reverse("holiday_attach", args=[batch.pk]), {"item": "leave", "file": letter})
    script = SimpleUploadedFile("refusal.pdf", b"<script>")
    answer = contact_a_client.post(reverse("holiday_attach", args=[batch.pk]), {"item": "leave", "file": script})
    assert "This is no PDF file" in said(answer)
    file = Attachment.objects.get()
    for one in requests.values():
        assert "refusal.pdf" in said(contact_a_client.get(reverse("request", args=[one.pk])))
    download = contact_a_client.get(reverse("evidence_file", args=[file.pk]))
    assert (download["Content-Disposition"], download.getvalue()) == ('attachment; filename="refusal.pdf"', b"%PDF-1.7 refused")
    assert contact_b_client.get(reverse("evidence_file", args=[file.pk])).status_code == 404
    answered(contact_a, batch, equality="")
    contact_a_client.post(
        reverse("request_checklist", args=[requests["Bay"].pk]),
        dict.fromkeys(requests["Bay"].answers.values_list("item", flat=True), "yes")
        | {"version": Request.objects.get(pk=requests["Bay"].pk).version, "equality": "yes", "certificate": "not_applicable"}
        | date("leave_on", dt.date(2026, 11, 3)),
    )
    kept, stay = submit_batch(by=contact_a, today=TODAY, now=clock.now(), batch=batch)
    assert ([one.pupil for one in kept], [one.pupil for one, _ in stay]) == ([bay], [ash])
    assert "14. Special needs, health and disability" in stay[0][1]
    page = said(contact_a_client.get(reverse("holiday_batch", args=[batch.pk])))
    assert "Otherwise here: 5. The head teacher’s certificate" in page
    answered(contact_a, HolidayBatch.objects.get())
    assert requests["Bay"].answers.get(item="certificate").given == "not_applicable"


def test_what_a_manager_let_go_on_without_is_not_widened_by_the_batchs_checklist(contact_a: User, manager: User, school_a: School) -> None:
    """Let go on without the certificate; the refusal of leave that is taken away afterwards is missing all the same."""
    batch = answered(contact_a, begun(contact_a, school_a, a_family(school_a, forenames=("Ash",))), certificate="")
    request = batch.requests.get()
    override_checklist(by=manager, today=TODAY, now=clock.now(), request=request, words="The head is away.")
    answered(contact_a, HolidayBatch.objects.get(), certificate="", leave="no")
    with pytest.raises(NoticeProblem, match=r"5\. The head teacher’s certificate.*6\. The application for leave"):
        submit_batch(by=contact_a, today=TODAY, now=clock.now(), batch=batch)
    request.refresh_from_db()
    assert request.override_reason == ""


def test_two_parents_and_two_children_are_four_notices_looked_at_first_and_issued_as_one_job(
    contact_a: User, legal: User, legal_client: Client, contact_a_client: Client, school_a: School, django_assert_max_num_queries: Any
) -> None:
    bulk = checked(contact_a, legal, school_a, a_family(school_a), a_family(school_a, "Homeless", ("Cai",)))
    family = a_family(school_a, "Late", ("Dee",))
    assert not Notice.objects.exists()
    address = reverse("bulk_issue", args=[bulk.pk])
    with django_assert_max_num_queries(15):
        text = said(legal_client.get(address))
    assert "6 notices: £480 if all are paid early, £960 otherwise." in text
    assert contact_a_client.get(address).status_code == 403
    kim = bulk.batch.requests.get(pupil__forename="Cai").parents.get(forename="Kim")
    type(kim).objects.filter(pk=kim.pk).update(address="", postcode="")
    legal_client.post(reverse("bulk_confirm", args=[bulk.pk]))
    do(bulk)
    assert bulk.step == BulkIssue.Step.ISSUED
    assert list(Notice.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]
    assert "Kim Homeless has no address" in said(legal_client.get(address))
    assert not Document.objects.exclude(status="made").exists()
    with default_storage.open(bulk.stored) as made:
        file = PdfReader(io.BytesIO(made.read()))
    words = " ".join(page.extract_text() for page in file.pages)
    assert all(f"PN00000{n}" in words for n in range(1, 5))
    assert len(file.pages) % 2 == 0
    with django_assert_max_num_queries(15):
        legal_client.get(reverse("holiday_batch", args=[bulk.batch_id]))
    with django_assert_max_num_queries(15):
        legal_client.get(reverse("holiday_batches"))
    with django_assert_max_num_queries(15):
        contact_a_client.get(reverse("holiday_new"), {"school": school_a.urn})
    assert family.children
    # not served by the making of a file: from the day of posting that somebody confirms
    assert not Notice.objects.exclude(receipt=None).exists()
    answer = legal_client.post(reverse("bulk_posted", args=[bulk.pk]), date("posted", TODAY), follow=True)
    assert "£80 until 14 December 2026, £160 until 21 December 2026" in said(answer)
    assert set(Notice.objects.values_list("state", "receipt")) == {("served", dt.date(2026, 11, 24))}
    with pytest.raises(NoticeProblem, match="They were posted on 20 November 2026"):
        confirm_posting(by=legal, today=TODAY, now=clock.now(), bulk=bulk, posted=TODAY)
    assert not Case.objects.exists()


def test_a_mark_corrected_between_check_and_issue_leaves_that_child_out_alone(contact_a: User, legal: User, school_a: School) -> None:
    family = a_family(school_a)
    bulk = checked(contact_a, legal, school_a, family)
    factories.write_marks(family.children[1].enrolments.get(), dt.date(2026, 11, 9), "II")
    confirm(by=legal, today=TODAY, now=clock.now(), bulk=bulk)
    do(bulk)
    assert {notice.pupil for notice in Notice.objects.all()} == {family.children[0]}
    line = bulk.lines.get(state="left_out")
    assert "The threshold is no longer met: 8 of the sessions submitted still stand" in line.why
    assert line.request.status == "submitted"


def test_what_was_decided_meanwhile_by_itself_is_not_issued_again(contact_a: User, legal: User, school_a: School) -> None:
    family = a_family(school_a)
    bulk = checked(contact_a, legal, school_a, family)
    one = bulk.batch.requests.get(pupil=family.children[0])
    decide(by=legal, today=TODAY, now=clock.now(), request=one, outcome="issue", reason="holiday", parents=family.parents[:1])
    confirm(by=legal, today=TODAY, now=clock.now(), bulk=bulk)
    do(bulk)
    assert Notice.objects.filter(pupil=family.children[0]).count() == 1
    assert Notice.objects.filter(pupil=family.children[1]).count() == 2


def test_one_that_decides_no_more_issues_nothing_more(contact_a: User, legal: User, school_a: School) -> None:
    bulk = checked(contact_a, legal, school_a, a_family(school_a))
    confirm(by=legal, today=TODAY, now=clock.now(), bulk=bulk)
    User.objects.filter(pk=legal.pk).update(is_active=False)
    do(bulk)
    assert not Notice.objects.exists()
    assert "decides on notices no more" in bulk.lines.first().why


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_one_that_was_stopped_issue_each_notice_once(contact_a: User, legal: User, school_a: School) -> None:
    bulk = checked(contact_a, legal, school_a, *(a_family(school_a, name, ("Ash", "Bay")) for name in ("One", "Two", "Three")))
    confirm(by=legal, today=TODAY, now=clock.now(), bulk=bulk)
    work(bulk.pk, today=TODAY, moment=clock.now, most=1)  # one line, and its worker is no more
    assert forgotten() == [bulk.pk]
    begin = threading.Barrier(2)

    def share() -> None:
        try:
            begin.wait(timeout=30)
            do(BulkIssue.objects.get(pk=bulk.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=share) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    do(bulk)
    assert bulk.step == BulkIssue.Step.ISSUED
    assert sorted(Notice.objects.values_list("number", flat=True)) == list(range(1, 13))
    assert Notice.objects.values("pupil", "parent").distinct().count() == 12
    assert forgotten() == []


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_at_one_batch_one_wins_and_the_other_is_told(contact_a: User, legal: User, school_a: School) -> None:
    batch = sent(contact_a, school_a, a_family(school_a))
    other = factories.make_user("legal", name="Lou Other")
    begin, found = threading.Barrier(2), []

    def ask(by: User) -> None:
        try:
            begin.wait(timeout=30)
            found.append(ask_for_check(by=by, today=TODAY, now=clock.now(), batch=batch))
        except NoticeProblem as problem:
            found.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[by]) for by in (legal, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    [won] = [one for one in found if isinstance(one, BulkIssue)]
    [told] = [one for one in found if isinstance(one, NoticeProblem)]
    assert str(told) == f"{won.by_name} is at it already: this batch is being checked. Go on with that."


def test_a_batch_with_nothing_left_is_said(contact_a: User, legal: User, school_a: School) -> None:
    bulk = issued(contact_a, legal, school_a, a_family(school_a))
    with pytest.raises(NoticeProblem, match="No request of this batch waits"):
        ask_for_check(by=legal, today=TODAY, now=clock.now(), batch=bulk.batch)
    with pytest.raises(NoticeProblem, match="It is issued"):
        confirm(by=legal, today=TODAY, now=clock.now(), bulk=bulk)
