"""What was issued before counts: loaded by file, told by another authority, under whichever record; and nothing issues in doubt."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from casework.actions import merging
from legal import pasts
from legal.actions import NoticeProblem, history, loading, persons, recheck
from legal.models import HistoricRecord, HistoryEnquiry, HistoryLoad, Notice, Request, SignOff
from schools.models import Parent, PolicyValue, Pupil, School
from tests import factories
from tests.flows.notice_acts import a_father, a_mother, decide, issue, marks, on_holiday, submit
from tests.flows.notice_things import date
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

HEAD = (
    "upn,child_surname,child_forename,child_dob,parent_surname,parent_forename,parent_dob,address,postcode,"
    "issued,outcome,issued_by,issuer_name"
)


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    return on_holiday(school_a)


@pytest.fixture
def mother(pupil: Pupil) -> Parent:
    return a_mother(pupil)


def row(pupil: Pupil, *, to: str = "Example,Pat,,4 Weir Road Merebrook,MB2 2BB", issued: str = "03/03/2025", outcome: str = "paid") -> str:
    return f"{pupil.upn or ''},{pupil.surname},{pupil.forename},{pupil.dob},{to},{issued},{outcome},other authority,Weir Council"


def load(by: User | None, *rows: str, kind: str = "notices", head: str = HEAD, dry_run: bool = False) -> loading.Receipt:
    content = "\n".join([head, *rows]).encode()
    today = dt.date(2026, 11, 20)
    return loading.load_history(by=by, today=today, now=timezone.now(), kind=kind, name="before.csv", content=content, dry_run=dry_run)


def act(by: User, today: dt.date) -> dict[str, Any]:
    return {"by": by, "today": today, "now": timezone.now()}


def order(pupil: Pupil, parent: Parent, today: dt.date) -> int | None:
    return pasts.of_child(pupil, [parent]).standing(parent.pk, today, PolicyValue.objects.in_force(today)).order


class TestSignOff:
    def test_nothing_issues_without_one(self, contact_a: User, legal: User, manager: User, pupil: Pupil, mother: Parent, today: dt.date):
        asked = submit(contact_a, pupil, mother, today=today)
        standing = SignOff.objects.get()
        history.take_back_sign_off(**act(manager, today), sign_off=standing, why="The police’s list is missing.")
        with pytest.raises(NoticeProblem, match="History not loaded"):
            decide(legal, asked, mother, today=today)
        assert not Notice.objects.exists()
        history.sign_off(**act(manager, today), words="Everything, the police’s list too.")
        assert decide(legal, asked, mother, today=today).notices.get().order == 1

    def test_one_stands_and_the_page_says_so(self, manager: User, legal: User, browse: Any, today: dt.date):
        client = browse(manager)
        with pytest.raises(NoticeProblem, match="Take that back first"):
            history.sign_off(**act(manager, today), words="Once more.")
        client.post(reverse("history_take_back", args=[SignOff.objects.get().pk]), {"why": "Not complete."})
        assert "History not loaded" in said(browse(legal).get(reverse("history")))
        client.post(reverse("history_sign_off"), {"words": "All of it, from the system before."})
        assert "All of it, from the system before." in said(client.get(reverse("history")))
        assert "Not complete." in said(client.get(reverse("history_sign_off")))
        assert {"signed off loaded history", "took back sign-off of loaded history"} <= set(
            AuditEvent.objects.values_list("act", flat=True)
        )


class TestCounting:
    def test_another_authoritys_notice_makes_the_next_a_second(self, contact_a, legal, manager, pupil, mother, today):
        load(manager, row(pupil))
        notice = issue(contact_a, legal, pupil, mother, today=today)[0]
        assert (notice.order, notice.amount_early, notice.amount_full) == (2, 160, 160)

    def test_two_from_elsewhere_leave_other_tools(self, contact_a, legal, manager, pupil, mother, today):
        load(manager, row(pupil), row(pupil, issued="03/03/2026", outcome="guilty"))
        asked = submit(contact_a, pupil, mother, today=today)
        with pytest.raises(NoticeProblem, match="A third notice cannot be issued"):
            decide(legal, asked, mother, today=today)

    @pytest.mark.parametrize(("issued", "outcome"), [("03/03/2025", "withdrawn"), ("03/03/2025", "not guilty"), ("18/08/2024", "paid")])
    def test_some_do_not_count(self, manager, pupil, mother, today, issued, outcome):
        load(manager, row(pupil, issued=issued, outcome=outcome))
        assert order(pupil, mother, today) == 1

    def test_by_person_under_two_records_and_undone(self, contact_a, legal, manager, pupil, mother, today):
        """The mother was written down again with a married initial; the first notice went to that record."""
        again = factories.make_parent(pupil, forename="P", address="4 Weir Road, Merebrook", postcode="MB2 2BB", phone="")
        load(manager, row(pupil))
        asked = submit(contact_a, pupil, again, today=today)
        with pytest.raises(NoticeProblem, match="say first under Same persons"):
            decide(legal, asked, again, today=today)
        answer = persons.say_person(**act(legal, today), one=again, other=mother, verdict="same", why="She says so.")
        assert order(pupil, again, today) == 2
        persons.take_back_person(**act(legal, today), answer=answer, why="Her sister.")
        assert order(pupil, again, today) == 1
        persons.say_person(**act(legal, today), one=mother, other=again, verdict="apart", why="Her sister.")
        assert decide(legal, asked, again, today=today).notices.get().order == 1

    def test_a_chain_of_answers_is_one_person_and_cannot_be_contradicted(self, legal, pupil, today):
        one, two, three, four = (factories.make_parent(pupil, forename=name) for name in ("Ann", "Bea", "Cat", "Dot"))
        for a, b in ((one, two), (three, four), (two, three)):
            persons.say_person(**act(legal, today), one=a, other=b, verdict="same", why="Known.")
        before = pasts.of_child(pupil, [four])
        assert before.people[four.pk] == {one.pk, two.pk, three.pk, four.pk}
        with pytest.raises(NoticeProblem, match="one person already"):
            persons.say_person(**act(legal, today), one=one, other=four, verdict="apart", why="No.")
        five = factories.make_parent(pupil, forename="Eve")
        persons.say_person(**act(legal, today), one=five, other=one, verdict="apart", why="Sisters.")
        with pytest.raises(NoticeProblem, match="Sisters"):
            persons.say_person(**act(legal, today), one=four, other=five, verdict="same", why="Yes.")

    def test_two_records_of_one_person_get_one_notice(self, contact_a, legal, pupil, mother, today):
        again = factories.make_parent(pupil, forename="Patricia", address="1 New Street", postcode="MB1 1AA", phone="")
        persons.say_person(**act(legal, today), one=mother, other=again, verdict="same", why="Married.")
        asked = submit(contact_a, pupil, mother, again, today=today)
        with pytest.raises(NoticeProblem, match="two records of the same person"):
            decide(legal, asked, mother, again, today=today)

    def test_a_merged_record_of_the_child_counts(self, manager, legal, contact_a, pupil, mother, today):
        twice = factories.make_pupil("Example", "Alex", dob=pupil.dob)
        load(manager, row(twice))
        HistoricRecord.objects.update(parent=mother)
        asked = submit(contact_a, pupil, mother, today=today)
        with pytest.raises(NoticeProblem, match="say first whether it is the same child"):
            decide(legal, asked, mother, today=today)
        merging.merge(**act(manager, today), pupil=twice, into=pupil, why="One child.")
        assert decide(legal, asked, mother, today=today).notices.get().order == 2

    def test_history_that_comes_later_flags_what_was_issued(self, contact_a, legal, manager, pupil, mother, today):
        notice = issue(contact_a, legal, pupil, mother, today=today)[0]
        load(manager, row(pupil))
        notice.refresh_from_db()
        assert "was priced as a first notice" in notice.review
        history.set_aside(**act(manager, today), record=HistoricRecord.objects.get(), why="It was another family’s.")
        notice.refresh_from_db()
        assert notice.review == ""


class TestDaysTaken:
    """What was issued or charged elsewhere takes its days: one absence is not penalised twice."""

    def test_a_notice_whose_days_are_not_known_takes_every_session_up_to_it(self, contact_a, legal, manager, pupil, mother, today, browse):
        load(manager, row(pupil, issued="16/11/2026"))
        record = HistoricRecord.objects.get()
        with pytest.raises(NoticeProblem, match="0 are left against Pat Example"):
            submit(contact_a, pupil, mother, today=today)
        taken = pasts.of_child(pupil, [mother]).taken(mother.pk, ["2026-11-09 AM=G", "2026-11-17 AM=G"])
        assert taken.startswith("1 in Notice of Weir Council of 16 November 2026 (its days are not known")
        asked = reverse("request", args=[Request.objects.get().pk])
        assert "0 of 10 not yet relied on against this parent 10 in Notice of Weir Council" in said(browse(manager).get(asked))
        assert "Weir Council" not in said(browse(contact_a).get(asked))
        client, page = browse(manager), reverse("historic_correct", args=[record.pk])
        form = {"outcome": "paid", "words": "Their letter.", "version": record.version} | date("offence_from", dt.date(2026, 10, 5))
        assert "not after 16 November 2026" in said(client.post(page, form | date("offence_to", dt.date(2026, 11, 17))))
        assert client.post(page, form | date("offence_to", dt.date(2026, 11, 9))).status_code == 302
        assert len(pasts.of_child(pupil, [mother]).available(mother.pk, ["2026-11-09 AM=G", "2026-11-10 AM=G"])) == 1
        record.refresh_from_db()
        assert client.post(page, form | date("offence_to", dt.date(2026, 11, 6)) | {"version": record.version}).status_code == 302
        Request.objects.update(status="withdrawn")
        notice = issue(contact_a, legal, pupil, mother, today=today)[0]
        assert (notice.order, len(notice.sessions)) == (2, 10)

    def test_a_loaded_prosecution_takes_its_days_and_is_no_notice(self, legal, manager, contact_a, pupil, mother, today):
        head = "upn,parent_surname,parent_forename,laid,what,offence_from,offence_to"
        father = a_father(pupil)
        load(manager, f"{pupil.upn},Example,P,18/11/2026,s.444(1),02/11/2026,10/11/2026", kind="prosecutions", head=head)
        before = pasts.of_child(pupil, [mother, father])
        sessions = ["2026-11-09 AM=G", "2026-11-11 AM=G"]
        assert before.available(mother.pk, sessions) == sessions[1:]  # nobody has said that it is of her: the name may be hers
        assert before.available(father.pk, sessions) == sessions
        late = load(manager, f"{pupil.upn},Example,Q,18/11/2026,s.444(1),02/11/2026,19/11/2026", kind="prosecutions", head=head)
        assert [(problem.field, problem.message[:41]) for problem in late.problems] == [
            ("offence_to", "The offence cannot end after this was iss")
        ]
        assert order(pupil, mother, today) == 1
        with pytest.raises(NoticeProblem, match="6 are left against Pat Example"):
            submit(contact_a, pupil, mother, today=today)

    def test_what_was_counted_at_issue_is_counted_when_it_is_looked_at_again(self, contact_a, legal, manager, pupil, mother, today):
        """Tied to nobody, as the child was not here yet when it was loaded: found by its number then and afterwards."""
        number = factories.valid_upn(77777)
        load(manager, f"{number},,,,Example,Pat,,4 Weir Road Merebrook,MB2 2BB,03/03/2025,paid,police,")
        Pupil.objects.filter(pk=pupil.pk).update(upn=number)
        notice = issue(contact_a, legal, Pupil.objects.get(pk=pupil.pk), mother, today=today)[0]
        assert notice.order == 2
        marks(pupil, dt.date(2026, 11, 9), "I")
        recheck(pupils=[pupil.pk], schools=None, today=today, now=timezone.now())
        notice.refresh_from_db()
        assert "Marks corrected since" in notice.review
        assert "Wrong rate" not in notice.review


class TestWhoseItIs:
    def test_a_notice_to_somebody_not_certain_is_asked_about(self, contact_a, legal, manager, pupil, mother, today, browse):
        load(manager, row(pupil, to="Exampel,P,,,"))
        record = HistoricRecord.objects.get()
        assert (record.pupil, record.parent) == (pupil, None)
        asked = submit(contact_a, pupil, mother, today=today)
        with pytest.raises(NoticeProblem, match="say first to which parent it was"):
            decide(legal, asked, mother, today=today)
        client = browse(legal)
        assert "To whom was it?" in said(client.get(reverse("request", args=[asked.pk])))
        whose = reverse("historic_whose", args=[record.pk])
        client.post(whose, {"whose": str(mother.pk), "why": "The letter is here.", "version": record.version})
        assert order(pupil, mother, today) == 2
        client.post(reverse("historic_forget", args=[record.pk]))
        record.refresh_from_db()
        client.post(whose, {"whose": "nobody", "why": "A grandfather’s.", "version": record.version})
        assert decide(legal, asked, mother, today=today).notices.get().order == 1

    def test_a_child_who_comes_later_is_found_by_the_number(self, manager, pupil, mother, today):
        number = factories.valid_upn(77777)
        load(manager, f"{number},,,,Example,Pat,,4 Weir Road Merebrook,MB2 2BB,03/03/2025,paid,police,")
        assert HistoricRecord.objects.get().pupil is None
        Pupil.objects.filter(pk=pupil.pk).update(upn=number)
        pupil.refresh_from_db()
        assert order(pupil, mother, today) == 2

    def test_a_name_and_day_of_birth_alone_are_asked_about(self, manager, pupil, mother, today, browse):
        load(manager, f",Example,Alex,{pupil.dob},Example,Pat,,4 Weir Road Merebrook,MB2 2BB,03/03/2025,paid,police,")
        before = pasts.of_child(pupil, [mother])
        assert [one.of_child for one in before.waiting] == [False]
        record = HistoricRecord.objects.get()
        form = {"whose": "other_child", "why": "That one lives at Northmoor.", "version": record.version}
        browse(manager).post(reverse("historic_whose", args=[record.pk]), form)
        assert pasts.of_child(pupil, [mother]).waiting == []

    def test_a_fathers_notice_does_not_count_for_the_mother(self, manager, pupil, mother, today):
        father = a_father(pupil)
        load(manager, row(pupil, to="Example,Robin,,9 Quay Street Merebrook,MB3 3CC"))
        assert (order(pupil, father, today), order(pupil, mother, today)) == (2, 1)


class TestFiles:
    WRONG = (
        ("A12345,,,,Example,Pat,,,,03/03/2025,paid,police,", "upn"),
        (",Example,Alex,,Example,Pat,,,,03/03/2025,paid,police,", "upn"),
        (",Example,Alex,2013-03-04,Example,Pat,,,,31/02/2025,paid,police,", "issued"),
        (",Example,Alex,2013-03-04,Example,Pat,,,,03/03/2027,paid,police,", "issued"),
        (",Example,Alex,2013-03-04,Example,Pat,,,,03/03/2025,cancelled,police,", "outcome"),
        (",Example,Alex,2013-03-04,Example,Pat,,,,03/03/2025,paid,other,", "issuer_name"),
        (",Example,Alex,2013-03-04,,Pat,,,,03/03/2025,paid,police,", "parent_surname"),
    )

    def test_every_row_is_loaded_there_already_or_refused(self, pupil, mother, today, tmp_path: Path, capsys):
        file = tmp_path / "before.csv"
        file.write_text("\n".join([HEAD, row(pupil), *(line for line, _ in self.WRONG)]), encoding="utf-8")

        def run(*options: str) -> dict[str, Any]:
            call_command("import_history", str(file), "--kind", "notices", "--json", *options)
            found: dict[str, Any] = json.loads(capsys.readouterr().out)
            return found

        tried = run("--dry-run")
        assert (tried["loaded"], tried["rows_rejected"], HistoryLoad.objects.count(), HistoricRecord.objects.count()) == (1, 7, 0, 0)
        first, again = run(), run()
        assert (first["loaded"], first["already_there"], first["of_known_children"], first["to_known_parents"]) == (1, 0, 1, 1)
        assert (again["loaded"], again["already_there"]) == (0, 1)
        assert [(said_["line"], said_["field"]) for said_ in first["rejected"]] == [(n, f) for n, (_, f) in enumerate(self.WRONG, 3)]
        assert all(said_["message"] for said_ in first["rejected"])
        assert [load_.sha256 for load_ in HistoryLoad.objects.all()] == [first["sha256"]] * 2
        back = Path(first["rejected_file"]).read_text(encoding="utf-8-sig").splitlines()
        assert len(back) == 8
        assert back[0].endswith(",reason")
        assert "31/02/2025" in back[3]

    def test_two_notices_of_one_day_are_told_apart_by_their_numbers(self, manager, pupil, mother, today):
        head, first = f"{HEAD},reference", row(pupil)
        receipt = load(manager, f"{first},A1", f"{first},A2", f"{first},", head=head)
        assert (receipt.loaded, receipt.rejected) == (2, 1)
        assert "give each its own reference" in receipt.problems[0].message
        again = load(manager, f"{first},A2", f"{first},A1", head=head)
        assert (again.loaded, again.already, again.rejected) == (0, 2, 0)
        assert order(pupil, mother, today) is None

    def test_a_row_that_says_something_else_is_not_written_over(self, manager, pupil, mother):
        load(manager, row(pupil, outcome="live"))
        receipt = load(manager, row(pupil))
        assert [problem.field for problem in receipt.problems] == ["outcome"]
        assert HistoricRecord.objects.get().outcome == "live"

    @pytest.mark.parametrize(
        ("kind", "head", "line"),
        [
            ("cases", "upn,opened,what", "{upn},03/03/2025,Formal support"),
            ("contracts", "upn,parent_surname,parent_forename,begun,what", "{upn},Example,Pat,03/03/2025,Refused"),
            ("orders", "upn,made,ended,what", "{upn},03/03/2025,03/03/2026,School attendance order"),
            ("prosecutions", "upn,parent_surname,laid,what", "{upn},Example,03/03/2025,s.444(1)"),
            ("addresses", "upn,parent_surname,parent_forename,address,from,until", "{upn},Example,Pat,1 Old Row,03/03/2020,03/03/2024"),
        ],
    )
    def test_the_other_kinds_are_kept_and_shown_and_open_nothing(self, manager, school_a, browse, kind, head, line):
        pupil = factories.make_pupil("Example")
        factories.enrol(pupil, school_a)
        factories.make_parent(pupil, forename="Pat")
        receipt = load(manager, line.format(upn=pupil.upn), kind=kind, head=head)
        assert (receipt.loaded, receipt.known) == (1, 1)
        assert load(manager, line.format(upn=pupil.upn), kind=kind, head=head).already == 1
        assert not pupil.cases.exists()
        record = HistoricRecord.objects.get()
        page = said(browse(manager).get(reverse("pupil", args=[pupil.pk])))
        assert "Before Daymark" in page
        assert record.called in page

    def test_a_manager_looks_before_a_file_is_loaded(self, manager, pupil, mother, browse):
        client: Client = browse(manager)
        content = f"{HEAD}\n{row(pupil)}\n{self.WRONG[0][0]}".encode()
        sent = {"kind": "notices", "file": SimpleUploadedFile("before.csv", content)}
        page = said(client.post(reverse("history_load"), sent))
        assert "1 row would be loaded" in page
        assert "A12345" in page
        assert not HistoricRecord.objects.exists()
        confirm = {"kind": "notices", "name": "before.csv", "content": base64.b64encode(content).decode()}
        token = {"form_token": "6a1f6f8c-3f6e-4a53-9f0e-0f3c7d9b1a11"}
        for _ in range(2):  # pressed twice
            client.post(reverse("history_confirm"), confirm | token)
        assert (HistoryLoad.objects.count(), HistoricRecord.objects.count()) == (1, 1)
        assert "1 row rejected" in said(client.get(reverse("history_receipts")))
        assert b"A12345" in client.get(reverse("history_rejected", args=[HistoryLoad.objects.get().pk])).content


class TestOtherAuthorities:
    def test_who_came_from_elsewhere_is_asked_about_there(self, contact_a, officer, legal, manager, pupil, mother, today, browse):
        asked = submit(contact_a, pupil, mother, today=today)
        elsewhere = factories.make_school("Weir School", la_code="888")
        factories.enrol(pupil, elsewhere, start=dt.date(2024, 9, 1), end=dt.date(2025, 7, 20))
        client, page = browse(officer), reverse("request", args=[asked.pk])
        assert "No other authority was asked" in said(client.get(page))
        assert "No other authority was asked" not in said(browse(contact_a).get(page))
        form = {"direction": "out", "authority": "Weir Council", "upn": pupil.upn, "mailbox": "history@weir.example"}
        day = {"asked_day": "16", "asked_month": "11", "asked_year": "2026"}
        client.post(reverse("other_authority_new"), form | day)
        enquiry = HistoryEnquiry.objects.get()
        assert "Weir Council was asked on 16 November 2026 and has not replied" in said(client.get(page))
        PolicyValue.objects.create(key="notice_other_authority_reply", value=1, start=today, reason="Our code", set_at=timezone.now())
        with pytest.raises(NoticeProblem, match="wait for the reply"):
            decide(legal, asked, mother, today=today)
        replied = {"replied_day": "19", "replied_month": "11", "replied_year": "2026", "told": "1", "reply": "One, paid.", "version": "1"}
        client.post(reverse("other_authority_reply", args=[enquiry.pk]), replied)
        notice = {"parent_surname": "Example", "parent_forename": "Pat", "address": "4 Weir Road, Merebrook", "postcode": "MB2 2BB"}
        issued = {"day_day": "3", "day_month": "3", "day_year": "2025", "outcome": "paid"}
        for _ in range(2):
            client.post(reverse("other_authority_notice", args=[enquiry.pk]), notice | issued)
        assert enquiry.records.get().parent == mother
        assert "Another authority" not in said(client.get(page))
        assert decide(legal, asked, mother, today=today).notices.get().order == 2

    def test_what_we_answer_when_another_asks(self, contact_a, legal, pupil, mother, today, browse):
        notice = issue(contact_a, legal, pupil, mother, today=today)[0]
        client = browse(legal)
        day = {"asked_day": "20", "asked_month": "11", "asked_year": "2026"}
        client.post(reverse("other_authority_new"), {"direction": "in", "authority": "Weir Council", "upn": pupil.upn} | day)
        page = said(client.get(reverse("other_authority", args=[HistoryEnquiry.objects.get().pk])))
        assert notice.reference in page


def test_a_school_learns_nothing_of_loaded_history(contact_a, manager, school_a, pupil, mother, today, browse):
    factories.refresh(school_a, today=today)
    load(manager, row(pupil))
    asked = submit(contact_a, pupil, mother, today=today)
    client = browse(contact_a)
    for page in (client.get(reverse("request", args=[asked.pk])), client.get(reverse("pupil", args=[pupil.pk]))):
        assert "Weir Council" not in page.content.decode()
    assert client.get(reverse("historic_record", args=[HistoricRecord.objects.get().pk])).status_code == 403


def test_pages_ask_few_questions(manager, legal, pupil, today, browse, django_assert_max_num_queries):
    for number in range(30):
        child = factories.make_pupil()
        factories.make_parent(child)
        load(manager, row(child, issued=f"{number % 28 + 1:02}/03/2025"))
        again = factories.make_parent(forename="Ann", surname=f"Other{number}")
        other = factories.make_parent(forename="Ann", surname=f"Other{number}")
        persons.say_person(**act(legal, today), one=again, other=other, verdict="same", why="Known.")
    client = browse(manager)
    pair = HistoricRecord.objects.earliest("pk")
    for address in ("history", "history_receipts", "same_persons", "other_authorities", "history_sign_off"):
        with django_assert_max_num_queries(15):
            assert client.get(reverse(address)).status_code == 200
    with django_assert_max_num_queries(15):
        client.get(reverse("historic_record", args=[pair.pk]))


class TestLoadedOrders:
    def test_one_that_may_run_is_told_to_whoever_decides(self, contact_a, legal, manager, pupil, mother, today, browse):
        """What it is stands in free words: it rules nothing out by itself, and is named where the tools are."""
        head = "upn,made,ended,what"
        running, over = f"{pupil.upn},04/05/2026,04/05/2027,ESO (supervision)", f"{pupil.upn},04/05/2024,04/05/2025,Parenting order"
        load(manager, running, over, kind="orders", head=head)
        asked = submit(contact_a, pupil, mother, today=today)
        words = "Loaded history names an order: ESO (supervision) of 4 May 2026 until 4 May 2027. Record it under Orders if it is in force."
        for address in (reverse("request", args=[asked.pk]), reverse("legal_pupil", args=[pupil.pk])):
            text = said(browse(legal).get(address))
            assert words in text
            assert "Parenting order of 4 May 2024" not in text
        assert words not in said(browse(contact_a).get(reverse("request", args=[asked.pk])))
