"""Who may sign, orders in force, a child who turns out to be 16, the board of deadlines, legal advice, and what may be done for a child."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from casework.actions import merging
from casework.models import Task
from legal import actions, documents, holidays
from legal.actions import NoticeProblem, keep_deadlines
from legal.actions.advice import write_advice
from legal.actions.authorised import authorise, end_authorisation
from legal.actions.orders import end_order, record_order
from legal.models import AdviceNote, Authorised, Notice, Order
from schools.models import PolicyValue, Pupil
from tests import factories
from tests.flows.notice_acts import a_father, a_mother, d, decide, issue, on_holiday, serve, submit
from tests.flows.notice_things import date, many_notices
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a):
    return on_holiday(school_a)


@pytest.fixture
def mother(pupil):
    return a_mother(pupil)


def once(today):
    return {"today": today, "now": timezone.now()}


# --- who may sign


def test_an_officer_whose_authority_has_ended_issues_nothing(contact_a, manager, legal, pupil, mother, today):
    mine = Authorised.objects.get(user=legal, power="notices")
    end_authorisation(by=manager, authorised=mine, end=today - dt.timedelta(1), words="Left the team.", **once(today))
    request = submit(contact_a, pupil, mother, today=today)
    with pytest.raises(NoticeProblem, match="Leigh Legal, your authority to issue penalty notices ended on 19 November 2026"):
        decide(legal, request, mother, today=today)
    assert not Notice.objects.exists()
    new = authorise(
        by=manager,
        user=legal,
        powers=["notices"],
        standing="officer",
        role="Solicitor",
        instrument="Delegation 4",
        start=today,
        **once(today),
    )
    notice = decide(legal, request, mother, today=today).notices.get()
    assert notice.decision.signatory == new[0]
    text = " ".join(PdfReader(io.BytesIO(documents.pdf(notice))).pages[-1].extract_text().split())
    assert "Leigh Legal, Solicitor, authorised to issue penalty notices by Merebrook Council: Delegation 4" in text


def test_nobody_issues_before_an_authority_begins_or_without_one(contact_a, legal, pupil, mother, today):
    Authorised.objects.filter(user=legal).update(start=today + dt.timedelta(1))
    request = submit(contact_a, pupil, mother, today=today)
    with pytest.raises(NoticeProblem, match="nobody has recorded that you may issue penalty notices"):
        decide(legal, request, mother, today=today)
    assert decide(legal, request, today=today, outcome="refuse", reason="support_first", words="No.").signatory is None


def test_a_manager_records_a_head_with_the_instrument_and_the_extract_is_of_a_day(manager_client, legal_client, school_a, today):
    pdf = SimpleUploadedFile("delegation.pdf", b"%PDF-1.7\n%%EOF", "application/pdf")
    form = {
        "name": "Hattie Head",
        "standing": "head",
        "role": "Head teacher",
        "school": school_a.urn,
        "powers": ["improve", "certificates"],
        "instrument": "Education Act 1996 s.566",
        "form_token": str(uuid.uuid4()),
        "file": pdf,
        **date("start", dt.date(2026, 9, 1)),
        **date("end", dt.date(2026, 11, 19)),
    }
    without = manager_client.post(reverse("authorised_new"), {key: value for key, value in form.items() if key not in ("school", "file")})
    assert "Choose the school of which this person is head or deputy" in said(without)
    assert manager_client.post(reverse("authorised_new"), form | {"form_token": str(uuid.uuid4())}).status_code == 302
    head = Authorised.objects.filter(name="Hattie Head").order_by("power")
    assert [row.power for row in head] == ["certificates", "improve"]
    then = list(csv.DictReader(io.StringIO(_sent(legal_client.get(reverse("authorised_download", args=["csv"]), {"on": "2026-11-19"})))))
    assert [row["May"] for row in then if row["Name"] == "Hattie Head"] == ["Sign certificates", "Sign notices to improve"]
    assert "Hattie Head" not in said(legal_client.get(reverse("authorised")))  # it ended yesterday
    answer = legal_client.get(reverse("authorised_file", args=[head[0].pk]))
    assert (b"".join(answer.streaming_content), answer["X-Content-Type-Options"]) == (b"%PDF-1.7\n%%EOF", "nosniff")


def _sent(answer):
    return b"".join(answer.streaming_content).decode("utf-8-sig")


# --- orders in force


def test_a_supervision_order_blocks_a_notice_until_it_is_ended_and_runs_on_the_board(contact_a, legal, legal_client, pupil, mother, today):
    request = submit(contact_a, pupil, mother, today=today)
    order = record_order(by=legal, pupil=pupil, kind="supervision", start=d("2026-11-16"), court="Merebrook Family Court", **once(today))
    assert order.last == d("2027-11-15")
    task = Task.objects.get(source_key=f"legal:order:{order.pk}:ends")
    assert (task.due, task.address_name, task.address_pk) == (d("2027-11-15"), "order", order.pk)
    with pytest.raises(
        NoticeProblem, match="education supervision order of 16 November 2026 is in force for Alex Example to 15 November 2027"
    ):
        decide(legal, request, mother, today=today)
    page = said(legal_client.get(reverse("request", args=[request.pk])))
    assert "Penalty notice Education Act 1996 ss.444A and 444B; national framework for penalty notices Not possible" in page
    assert "Apply to extend the education supervision order" in said(legal_client.get(reverse("deadlines"), {"kind": "order"}))
    assert "Education supervision order" in said(legal_client.get(reverse("prm_rows", args=["supervision"])))
    returned = said(legal_client.get(reverse("prm")))
    assert "Education supervision orders made 1" in returned
    assert "Parenting orders made 0" in returned
    assert "Parenting orders carried out 0" in returned
    end_order(by=legal, order=order, day=today, words="Discharged by the court.", **once(today))
    assert Task.objects.get(pk=task.pk).ended == today
    assert decide(legal, request, mother, today=today).notices.count() == 1
    assert legal_client.get(reverse("order", args=[order.pk])).status_code == 200


def test_absence_in_the_time_of_a_supervision_order_founds_no_notice_after_it(contact_a, legal, school_a, pupil, mother, today):
    """On its days the parent's duty is another (Children Act 1989 Sch 3 para 13). The day on which it is discharged is not one of them."""
    request = submit(contact_a, pupil, mother, today=today)
    order = record_order(by=legal, pupil=pupil, kind="supervision", start=d("2026-01-05"), court="Merebrook Family Court", **once(today))
    end_order(by=legal, order=order, day=d("2026-11-13"), words="Discharged by the court.", **once(today))
    with pytest.raises(NoticeProblem, match=r"2 are available.*8 lie in the time of an education supervision order, .* 12 November 2026"):
        decide(legal, request, mother, today=today)
    policy = PolicyValue.objects.in_force(today)
    actions.take_back_request(by=legal, request=request, **once(today))
    assert holidays.families(school_a, today=today, policy=policy) == []
    with pytest.raises(NoticeProblem, match="2 are left against Pat Example") as refused:
        submit(contact_a, pupil, mother, today=today)
    assert "order" not in str(refused.value)  # a school is not told what a court ordered
    pupil.notice_requests.update(status="withdrawn")
    Order.objects.filter(pk=order.pk).update(ended=d("2026-11-09"))
    assert [child.pupil for family in holidays.families(school_a, today=today, policy=policy) for child in family.children] == [pupil]
    assert len(issue(contact_a, legal, Pupil.objects.get(pk=pupil.pk), mother, today=today)[0].sessions) == 10


def test_an_order_recorded_under_a_record_since_merged_stands_in_the_way(contact_a, legal, legal_client, manager, pupil, mother, today):
    twice = factories.make_pupil("Example", "Alex", dob=pupil.dob)
    record_order(by=legal, pupil=twice, kind="supervision", start=d("2026-11-16"), court="Merebrook Family Court", **once(today))
    merging.merge(by=manager, pupil=twice, into=pupil, why="One child.", **once(today))
    request = submit(contact_a, pupil, mother, today=today)
    with pytest.raises(NoticeProblem, match="education supervision order of 16 November 2026 is in force"):
        decide(legal, request, mother, today=today)
    for page in (reverse("legal_pupil", args=[pupil.pk]), reverse("request", args=[request.pk])):
        assert "so no notice is issued (Children Act 1989 Sch 3 para 13)" in said(legal_client.get(page))


def test_a_notice_whose_sessions_can_be_charged_no_more_is_not_issued(contact_a, legal, pupil, mother, today):
    """The last safe day of Friday 13 November 2026 is 12 May 2027: until then something is left that could be prosecuted."""
    request = submit(contact_a, pupil, mother, today=today)
    with pytest.raises(NoticeProblem, match=r"12 May 2027\. No information can be laid any more"):
        decide(legal, request, mother, today=d("2027-05-13"))
    assert decide(legal, request, mother, today=d("2027-05-12")).notices.count() == 1


def test_a_child_of_unknown_age_gets_no_notice(contact_a, legal, legal_client, pupil, mother, today):
    request = submit(contact_a, pupil, mother, today=today)
    Pupil.objects.filter(pk=pupil.pk).update(dob=None)
    with pytest.raises(NoticeProblem, match="date of birth of Alex Example is not known"):
        decide(legal, request, mother, today=today)
    assert "Not yet" in said(legal_client.get(reverse("legal_pupil", args=[pupil.pk])))
    actions.take_back_request(by=legal, request=request, **once(today))
    with pytest.raises(NoticeProblem, match="cannot be shown that the child is of compulsory school age"):
        submit(contact_a, Pupil.objects.get(pk=pupil.pk), mother, today=today)


def test_a_parenting_order_that_was_carried_out_is_returned_as_such(legal, legal_client, pupil, mother, today):
    made = record_order(by=legal, pupil=pupil, parent=mother, kind="parenting", start=today, court="Merebrook", **once(today))
    with pytest.raises(NoticeProblem, match="Say whether the parenting order was carried out"):
        end_order(by=legal, order=made, day=today, words="Its months are over.", **once(today))
    form = {"version": made.version, "words": "The parent went to every session."} | date("day", today)
    address = reverse("order_end", args=[made.pk])
    assert "Say whether it was carried out" in said(legal_client.post(address, form))
    assert "Carried out" in said(legal_client.post(address, form | {"carried_out": "yes"}, follow=True))
    returned = said(legal_client.get(reverse("prm")))
    assert "Parenting orders made 1" in returned
    assert "Parenting orders carried out 1" in returned
    assert str(pupil) in said(legal_client.get(reverse("prm_rows", args=["parenting_implemented"])))
    Order.objects.update(carried_out=None)  # ended before it was asked: not known, and not 0
    assert "Parenting orders carried out Not recorded" in said(legal_client.get(reverse("prm")))


def test_what_is_recorded_must_make_sense(legal, pupil, mother, today):
    def record(**changes):
        return record_order(by=legal, pupil=pupil, **({"kind": "supervision", "start": today} | changes), **once(today))

    for wrong, words in (
        ({"start": today + dt.timedelta(1)}, "Enter today or an earlier day"),
        ({"kind": "conviction"}, "Choose the parent whom it is about"),
        ({"kind": "parenting", "parent": factories.make_parent(factories.make_pupil())}, "is not recorded as a parent"),
        ({"kind": "considered"}, "Say why an order is not applied for"),
        ({"last": today - dt.timedelta(1)}, "The last day is before the first"),
    ):
        with pytest.raises(NoticeProblem, match=words):
            record(**wrong)
    token = uuid.uuid4()
    assert record(form_token=token) == record(form_token=token)
    assert Order.objects.count() == 1


def test_what_may_be_done_is_said_with_why_and_opens_when_what_comes_first_is_recorded(officer_client, legal_client, pupil, mother, today):
    page = said(officer_client.get(reverse("legal_pupil", args=[pupil.pk])))
    assert "Consider an education supervision order first" in page
    assert "Last safe date to lay the information: Sat 8 May 2027" in page
    form = {"kind": "considered", "words": "Support has just begun to work.", "form_token": str(uuid.uuid4()), **date("start", today)}
    assert legal_client.post(reverse("order_new", args=[pupil.pk]), form).status_code == 302
    after = said(officer_client.get(reverse("legal_pupil", args=[pupil.pk])))
    assert "An education supervision order was considered on 20 November 2026" in after
    assert "Consider an education supervision order first" not in after


# --- a child who turns out to be 16


def test_a_pupil_who_turns_out_to_be_16_gets_no_notice(contact_a, legal, legal_client, pupil, mother, today):
    request = submit(contact_a, pupil, mother, today=today)
    pupil.dob = d("2010-03-04")
    pupil.save()
    words = "Alex Example was born on 4 March 2010 and was 16 on 9 November 2026: 10 of the 10 sessions lie after 26 June 2026"
    with pytest.raises(NoticeProblem, match=words):
        decide(legal, request, mother, today=today)
    assert not Notice.objects.exists()
    page = said(legal_client.get(reverse("request_decide", args=[request.pk])))
    assert words in page
    assert "Check the date of birth; if it is right, refuse the request." in page


# --- the board


def test_the_board_is_in_due_order_filters_and_leaves_in_a_file(contact_a, officer_client, contact_a_client, legal, pupil, mother, today):
    (notice,) = issue(contact_a, legal, pupil, mother, today=today)
    serve(legal, notice, today)
    record_order(by=legal, pupil=pupil, kind="direction", start=d("2026-09-21"), **once(today))  # answered by 15 November: overdue
    page = said(officer_client.get(reverse("deadlines")))
    assert "All: 3 Overdue: 1 Within 7 days: 0 Later: 2" in page
    order = ["tell the court why not", "Prosecute or withdraw PN000001", "Last safe day to lay the information for PN000001"]
    assert sorted(order, key=page.index) == order
    assert "5 days overdue" in page
    assert "Orders and directions" in page
    assert "Notice: prosecute or withdraw" in page
    filtered = said(officer_client.get(reverse("deadlines"), {"kind": "unpaid", "when": "later"}))
    assert "Prosecute or withdraw PN000001" in filtered
    assert "tell the court why not" not in filtered
    rows = list(csv.DictReader(io.StringIO(_sent(officer_client.get(reverse("deadlines_download", args=["csv"]), {"when": "later"})))))
    assert [row["Due"] for row in rows if row["What is to be done"]] == ["2026-12-18", "2027-05-08"]
    assert {row["Last safe day to lay the information"] for row in rows if row["What is to be done"]} == {"2027-05-08"}
    assert contact_a_client.get(reverse("deadlines")).status_code == 403


def test_the_front_page_says_what_waits_and_opens_it(contact_a, contact_a_client, legal, legal_client, pupil, mother, today):
    assert "waiting for a decision" not in said(legal_client.get(reverse("legal")))  # nothing waits: no figure of 0
    request = submit(contact_a, pupil, mother, today=today)
    with CaptureQueriesContext(connection) as asked:
        page = legal_client.get(reverse("legal")).content.decode()
    assert len(asked) <= 15
    opens = reverse("requests") + "?status=submitted"
    assert f'<a class="govuk-link" href="{opens}"><strong>1 waiting for a decision</strong></a>' in page
    assert "Sat 8 May 2027 10 sessions Waiting for a decision since today" in said(legal_client.get(opens))
    own = said(contact_a_client.get(reverse("legal")))
    assert "1 waiting for a decision" in own
    assert "Authorised persons" not in own  # a place of the authority's alone
    decide(legal, request, today=today, outcome="return", reason="evidence", words="Attach the refusal.")
    assert "1 returned: something is missing" in said(contact_a_client.get(reverse("legal")))
    assert "waiting for a decision" not in said(legal_client.get(reverse("legal")))


def test_pages_of_deadlines_and_tools_ask_few_questions(
    school_a, officer, officer_client, legal_client, contact_a, legal, mother, pupil, today
):
    many_notices(school_a, officer, 60)
    keep_deadlines(pupils=None, schools=None, **once(today))
    (notice,) = issue(contact_a, legal, pupil, mother, today=today)
    pages = [reverse("deadlines"), reverse("authorised"), reverse("orders"), reverse("legal_pupil", args=[pupil.pk])]
    pages += [reverse("notice", args=[notice.pk]), reverse("request", args=[notice.request_id])]
    for address in pages:
        for client in (officer_client, legal_client):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            assert len(asked) <= 15, f"{address}: {len(asked)}"


# --- the last safe date, and legal advice


def test_every_legal_page_says_the_last_safe_date_and_so_does_what_explains_a_pupil(contact_a, legal, legal_client, pupil, mother, today):
    (notice,) = issue(contact_a, legal, pupil, mother, today=today)
    for name, pk in (("request", notice.request_id), ("request_register", notice.decision_id), ("notice", notice.pk)):
        assert "Last safe date to lay the information: Sat 8 May 2027" in said(legal_client.get(reverse(name, args=[pk]))), name
    for name in ("notice_serve", "notice_withdraw", "advice_notice"):  # and what is done about it
        assert "Last safe date to lay the information: Sat 8 May 2027." in said(legal_client.get(reverse(name, args=[notice.pk]))), name
    for name in ("requests", "notices"):
        listed = said(legal_client.get(reverse(name)))
        assert "Last safe date to lay the information" in listed
        assert "Sat 8 May 2027 10 sessions" in listed, name
    out = io.StringIO()
    call_command("explain_pupil", pupil.upn, as_of="2026-11-20", json=True, stdout=out)
    assert json.loads(out.getvalue())["penalty_threshold"]["last_safe_day"] == "2027-05-08"


def test_legal_advice_is_kept_where_only_legal_reads_it(contact_a, legal, legal_client, manager, pupil, mother, today):
    (notice,) = issue(contact_a, legal, pupil, mother, a_father(pupil), today=today)[:1]
    secret = "Wisteriafold"
    form = {"words": f"Counsel: {secret}.", "form_token": str(uuid.uuid4())}
    for name, pk in (("advice_pupil", pupil.pk), ("advice_request", notice.request_id), ("advice_notice", notice.pk)):
        assert legal_client.post(reverse(name, args=[pk]), form | {"form_token": str(uuid.uuid4())}).status_code == 302
    with pytest.raises(NoticeProblem, match="legal officers only"):
        write_advice(by=manager, pupil=pupil, words="Mine.", **once(today))
    assert secret in said(legal_client.get(reverse("advice_pupil", args=[pupil.pk])))
    assert list(AdviceNote.objects.visible_to(manager)) == []
    out = io.StringIO()
    call_command("explain_pupil", pupil.upn, as_of="2026-11-20", json=True, stdout=out)
    assert secret not in out.getvalue()
    # in no other table: no chronology, audit line, history, task, letter or document holds a word of it
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public' order by 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select count(*) from "{table}" t where t::text like %s', [f"%{secret}%"])
            assert cursor.fetchone()[0] == (3 if table == "legal_advicenote" else 0), table


def test_a_note_of_advice_is_never_changed(legal, pupil, today):
    note = write_advice(by=legal, pupil=pupil, words="Wait.", **once(today))
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        AdviceNote.objects.filter(pk=note.pk).update(words="Go on.")
