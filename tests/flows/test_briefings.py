"""Briefings: drafted, looked at, sent once to everybody whatever happens on the way; who leaves them, and what comes back."""

from __future__ import annotations

import datetime as dt
import smtplib
from typing import Any

import pytest
from django.core import mail, signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import User
from config import tasks
from meetings.models import Briefing, BriefingLetter, BriefingMail, NoBriefing
from meetings.touch import letters, reports
from meetings.touch.actions import briefings as actions
from meetings.touch.figures import Figures
from schools.models import PolicyValue, School, TeamMember
from tests import factories
from tests.conftest import Browse
from tests.flows.meeting_things import TODAY, words
from tests.flows.reading import said
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db


@pytest.fixture
def champion(school_a: School) -> TeamMember:
    """Somebody at school A who need not be written to."""
    return TeamMember.objects.create(
        school=school_a, role="champion", name="Chris Champion", email="champion@alder.example", start=TODAY, changed_at=clock.now()
    )


@pytest.fixture
def draft(manager: User) -> Briefing:
    said = {"subject": "Attendance briefing", "news": "A new toolkit is out.", "day": TODAY}
    return actions.write_briefing(by=manager, today=TODAY, now=clock.now(), **said)


def asked(**fields: Any) -> dict[str, Any]:
    return date("day", TODAY) | {"subject": "Attendance briefing", "news": "A new toolkit is out."} | fields


def go(client: Client, briefing: Briefing) -> Any:
    briefing.refresh_from_db()
    return client.post(reverse("briefing_go", args=[briefing.pk]), {"version": briefing.version}, follow=True)


def work(*, day: dt.date = TODAY, at: dt.time = dt.time(10)) -> None:
    """As the sweep and the workers do."""
    for number in actions.waiting(today=day, at=at):
        actions.carry_out(number, today=day, now=clock.now())


def sent_to() -> list[str]:
    return sorted(one.to[0] for one in mail.outbox)


class TestWhatItSays:
    def test_a_schools_own_figures_stand_beside_the_authoritys_and_no_child_is_named(
        self, draft: Briefing, school_a: School, contact_a: User, manager_client: Client, today: dt.date
    ) -> None:
        others = [factories.make_school(f"Cedar High School {number}") for number in range(5)]
        for school, marks in ((school_a, r"/\ /\ OO //"), *((other, r"OO OO OO //") for other in others)):
            pupil = factories.make_pupil("Sorrel", "Ida")
            factories.write_marks(factories.enrol(pupil, school), dt.date(2026, 11, 2), marks)
        factories.refresh(school_a, *others, today=today)
        go(manager_client, draft)
        work()
        [letter] = [one for one in mail.outbox if one.to == [contact_a.email]]
        assert "Your school: 75.0% (6 of 8 sessions)" in letter.body
        assert "Merebrook Council, secondary schools this year so far: 33.3%" in letter.body, "6 and five times 2 of 48 sessions"
        assert "to 5 November 2026" in letter.body
        assert "A new toolkit is out." in letter.body
        assert "too few pupils to be sent by e-mail" in letter.body, "one persistently absent child of one is no number for an e-mail"
        html = str(letter.alternatives[0][0])
        assert "75.0% (6 of 8 sessions)" in html
        assert "Sorrel" not in letter.body + html + letter.subject
        assert letter.message().as_bytes()

    def test_of_few_schools_together_none_learns_anothers(
        self, draft: Briefing, school_a: School, contact_a: User, manager_client: Client, today: dt.date
    ) -> None:
        others = [factories.make_school(f"Cedar High School {number}") for number in range(4)]
        for school, marks in ((school_a, r"/\ /\ OO //"), *((other, r"OO OO OO //") for other in others)):
            factories.write_marks(factories.enrol(factories.make_pupil(), school), dt.date(2026, 11, 2), marks)
        factories.refresh(school_a, *others, today=today)
        go(manager_client, draft)
        work()
        [letter] = [one for one in mail.outbox if one.to == [contact_a.email]]
        assert "Your school: 75.0%" in letter.body
        assert letter.body.count("secondary schools this year so far: too few schools to be told") == 3
        assert "35.0%" not in letter.body + str(letter.alternatives[0][0]), "14 of 40 sessions"

    def test_englands_figure_and_the_neighbours_are_of_the_same_point_of_last_year(
        self, authority: Any, school_a: School, today: dt.date
    ) -> None:
        authority.la_code = "330"
        authority.save()
        factories.write_marks(factories.enrol(factories.make_pupil(), school_a), dt.date(2026, 11, 2), r"/\ /\ /\ /\ ")
        factories.refresh(school_a, today=today)
        beside = Figures(today=today, authority=authority).of(school_a)
        attendance = beside.lines[0]
        assert attendance.england is not None
        assert 85 < attendance.england < 95
        assert attendance.neighbours is not None
        assert attendance.neighbours.of == 10
        assert attendance.neighbours.low <= attendance.neighbours.high
        assert beside.then is not None
        assert beside.then[1] <= dt.date(2025, 11, 7)

    def test_a_school_without_registers_or_a_published_phase_is_told_so(self, manager: User, school_b: School, today: dt.date) -> None:
        school_b.phase = School.Phase.PRU
        school_b.save()
        nothing = Figures(today=today, authority=factories.make_authority()).of(school_b)
        assert [(line.value, line.england, line.neighbours) for line in nothing.lines] == [(None, None, None)] * 3
        draft = Briefing(subject="Briefing", news="")
        text, html = letters.render(draft, school_b, nothing, factories.make_authority(), home="http://testserver/")
        for words_ in (text, html):
            assert "No register of yours has reached us this school year" in words_
            assert "0.0%" not in words_


class TestDrafting:
    def test_written_looked_at_tested_and_changed(
        self, officer_client: Client, officer: User, school_a: School, contact_a: User, champion: TeamMember
    ) -> None:
        form = asked(form_token="6f1c0e4e-5f0c-4c1d-9d3e-0f5b1f9f3a01")
        for _ in range(2):
            officer_client.post(reverse("briefing_new"), form)
        [draft] = Briefing.objects.all()
        page = said(officer_client.get(reverse("briefing", args=[draft.pk])))
        assert "2 e-mails to 1 school of yours" in page
        assert "A manager lets it go." in page
        preview = reverse("briefing_preview", args=[draft.pk, school_a.urn])
        looked = said(officer_client.get(preview))
        assert "Carys Alder (School single point of contact), Chris Champion (Senior attendance champion)" in looked
        assert "No register of yours has reached us" in looked
        assert mail.outbox == []
        answer = officer_client.post(reverse("briefing_test", args=[draft.pk, school_a.urn]), follow=True)
        assert "was sent to officer@merebrook.example, and to nobody else" in words(answer)
        assert sent_to() == [officer.email]
        assert mail.outbox[0].subject == "Test: Attendance briefing: Alder High School"
        officer_client.post(reverse("briefing_change", args=[draft.pk]), asked(subject="Another", version=1))
        stale = officer_client.post(reverse("briefing_change", args=[draft.pk]), asked(subject="Third", version=1))
        assert "changed this" in words(stale)
        assert "Third" in words(stale), "what was typed stays"
        draft.refresh_from_db()
        assert draft.subject == "Another"

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({"subject": " "}, "Enter a subject"),
            (date("day", dt.date(2026, 11, 19)), "must not be before today"),
            ({"day_day": "31", "day_month": "2"}, "Enter a real date"),
            ({"news": "x" * 20_001}, "Keep this to 20,000 characters"),
        ],
    )
    def test_bad_input_is_refused_in_words(self, fields: dict[str, str], told: str, officer_client: Client) -> None:
        assert told in words(officer_client.post(reverse("briefing_new"), asked(**fields)))
        assert not Briefing.objects.exists()

    def test_a_mail_server_that_refuses_a_test_is_told_of(
        self, draft: Briefing, school_a: School, manager_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(self: EmailMessage, fail_silently: bool = False) -> int:
            raise ConnectionRefusedError(111, "Connection refused")

        monkeypatch.setattr(EmailMessage, "send", refuse)
        answer = manager_client.post(reverse("briefing_test", args=[draft.pk, school_a.urn]), follow=True)
        assert "The mail server did not take it: ConnectionRefusedError" in words(answer)

    def test_the_next_one_is_due_by_the_policy(self, draft: Briefing, manager: User, manager_client: Client) -> None:
        assert reports.schedule(today=TODAY).last is None
        go(manager_client, draft)
        work()
        assert reports.schedule(today=TODAY).due == dt.date(2026, 12, 4)
        PolicyValue.objects.create(key="briefing_days", value=28, start=TODAY, reason="Monthly", set_by=manager, set_at=clock.now())
        assert reports.schedule(today=TODAY).due == dt.date(2026, 12, 18)


class TestSending:
    def test_everybody_once_however_often_it_is_sent(
        self, draft: Briefing, manager_client: Client, contact_a: User, contact_b: User, champion: TeamMember
    ) -> None:
        for _ in range(2):
            go(manager_client, draft)
        assert mail.outbox == [], "nothing is sent while the page waits"
        for _ in range(2):
            work()
            tasks.send_briefing(draft.pk)
        assert sent_to() == sorted([contact_a.email, contact_b.email, champion.email])
        assert all(len(one.to) == 1 for one in mail.outbox)
        draft.refresh_from_db()
        assert draft.status == "sent"
        assert draft.finished_at
        log = said(manager_client.get(reverse("briefing", args=[draft.pk])))
        assert "All: 3" in log
        assert "Sent: 3" in log

    def test_it_goes_on_its_day_in_the_morning_and_can_be_taken_back_before(
        self, draft: Briefing, manager_client: Client, contact_a: User
    ) -> None:
        later = dt.date(2026, 11, 24)
        Briefing.objects.update(day=later)
        assert "It goes on Tuesday 24 November in the morning." in words(go(manager_client, draft))
        work()
        work(day=later, at=dt.time(6, 59))
        assert mail.outbox == []
        manager_client.post(reverse("briefing_take_back", args=[draft.pk]))
        work(day=later)
        assert mail.outbox == []
        go(manager_client, draft)
        work(day=later)
        assert sent_to() == [contact_a.email]
        answer = manager_client.post(reverse("briefing_take_back", args=[draft.pk]), follow=True)
        assert "e-mails cannot be called back" in words(answer)

    def test_a_worker_killed_in_the_middle_loses_nobody_and_tells_nobody_twice(
        self, draft: Briefing, manager_client: Client, contact_a: User, contact_b: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        go(manager_client, draft)
        real, seen = actions.deliver, []

        def killed(mail_id: int, *, now: dt.datetime) -> BriefingMail | None:
            if seen:
                raise KeyboardInterrupt
            seen.append(mail_id)
            return real(mail_id, now=now)

        with monkeypatch.context() as patched:
            patched.setattr(actions, "deliver", killed)
            with pytest.raises(KeyboardInterrupt):
                work()
        assert len(mail.outbox) == 1
        progress = words(manager_client.get(reverse("briefing_progress", args=[draft.pk])))
        assert "1 of 2 e-mails" in progress
        work()
        assert sent_to() == sorted([contact_a.email, contact_b.email])
        assert BriefingLetter.objects.count() == 2

    def test_letters_are_made_all_or_none(
        self, draft: Briefing, manager_client: Client, contact_a: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        go(manager_client, draft)
        with monkeypatch.context() as patched:
            patched.setattr(BriefingMail.objects, "bulk_create", lambda rows: (_ for _ in ()).throw(KeyboardInterrupt()))
            with pytest.raises(KeyboardInterrupt):
                actions.carry_out(draft.pk, today=TODAY, now=clock.now())
        assert not BriefingLetter.objects.exists()
        work()
        assert sent_to() == [contact_a.email]

    def test_what_a_mail_server_does_not_take_is_tried_three_times_and_told(
        self, draft: Briefing, manager_client: Client, contact_a: User, contact_b: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        go(manager_client, draft)
        real = EmailMessage.send

        def refuse(self: EmailMessage, fail_silently: bool = False) -> int:
            if self.to == [contact_a.email]:
                raise smtplib.SMTPRecipientsRefused({contact_a.email: (550, b"no such user")})
            return real(self, fail_silently)

        with monkeypatch.context() as patched:
            patched.setattr(EmailMessage, "send", refuse)
            for _ in range(4):
                work()
        failed = BriefingMail.objects.get(status="failed")
        assert (failed.attempts, failed.email) == (3, contact_a.email)
        page = said(manager_client.get(reverse("briefing", args=[draft.pk]), {"status": "failed"}))
        assert "The mail server did not take it: SMTPRecipientsRefused" in page
        assert "no such user" in page
        manager_client.post(reverse("briefing_again", args=[draft.pk]))
        work()
        assert sent_to() == sorted([contact_a.email, contact_b.email])

    def test_a_school_without_anybody_to_write_to_is_named_before_and_after(
        self, draft: Briefing, manager_client: Client, school_b: School, contact_a: User
    ) -> None:
        page = reverse("briefing", args=[draft.pk])
        assert "1 school has nobody to write to" in said(manager_client.get(page))
        go(manager_client, draft)
        work()
        after = said(manager_client.get(page))
        assert "1 school was not written to" in after
        assert "Birch Primary School" in after

    def test_a_school_reads_its_own_letter_and_never_another(
        self, draft: Briefing, manager_client: Client, school_a: School, contact_a: User, contact_b: User, browse: Browse
    ) -> None:
        go(manager_client, draft)
        work()
        own = BriefingLetter.objects.get(school=school_a)
        assert "A new toolkit is out." in said(browse(contact_a).get(reverse("briefing_letter", args=[own.pk])))
        home = said(browse(contact_b).get(reverse("touch")))
        assert "Birch Primary School" in home
        assert "Alder" not in home


class TestLeaving:
    @pytest.fixture
    def sent(self, draft: Briefing, manager_client: Client, contact_a: User, champion: TeamMember) -> Briefing:
        go(manager_client, draft)
        work()
        return draft

    def link(self, email: str) -> str:
        [letter] = [one for one in mail.outbox if one.to == [email]]
        return str(letter.extra_headers["List-Unsubscribe"]).strip("<>").removeprefix("http://testserver")

    def test_by_the_link_without_signing_in_and_back_again(
        self, sent: Briefing, champion: TeamMember, school_a: School, client: Client
    ) -> None:
        link = self.link(champion.email)
        assert "Receive no more briefings about Alder High School?" in words(client.get(link))
        assert not NoBriefing.objects.exists(), "a look, as mail programs take one, changes nothing"
        for _ in range(2):
            answer = client.post(link, {"do": "leave"}, follow=True)
        assert "You receive no more briefings about Alder High School" in words(answer)
        assert NoBriefing.objects.count() == 1
        [who] = reports.who_is_written_to([school_a], day=TODAY)
        assert [one.name for one in who.to] == ["Carys Alder"]
        assert [one.name for one in who.left] == ["Chris Champion"]
        client.post(link, {"do": "back"})
        [who] = reports.who_is_written_to([school_a], day=TODAY)
        assert len(who.to) == 2

    def test_a_mail_program_needs_no_token_of_a_form(self, sent: Briefing, champion: TeamMember) -> None:
        strict = Client(enforce_csrf_checks=True)
        answer = strict.post(self.link(champion.email), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200, "a mail program follows no redirect (RFC 8058)"
        assert NoBriefing.objects.count() == 1

    def test_a_forged_or_borrowed_link_does_nothing(self, sent: Briefing, champion: TeamMember, school_b: School, client: Client) -> None:
        link = self.link(champion.email)
        token = link.rstrip("/").rpartition("/")[2]
        for bad in (token[:-2] + ("aa" if token[-2:] != "aa" else "bb"), token.replace(":", "x", 1), "x"):
            answer = client.post(reverse("briefing_leave", args=[bad]))
            assert answer.status_code == 410
            assert "It is not whole, or not ours" in words(answer)
        other = signing.dumps([school_b.pk, "champion@alder.example"], salt="another purpose")
        assert client.post(reverse("briefing_leave", args=[other])).status_code == 410
        assert not NoBriefing.objects.exists()

    def test_the_schools_own_contact_stays(self, sent: Briefing, contact_a: User, school_a: School) -> None:
        [letter] = [one for one in mail.outbox if one.to == [contact_a.email]]
        assert "List-Unsubscribe" not in letter.extra_headers
        assert "you go on receiving it" in letter.body
        NoBriefing.objects.create(school=school_a, email=contact_a.email.upper(), left_at=clock.now())  # left when they were champion
        [who] = reports.who_is_written_to([school_a], day=TODAY)
        assert "Carys Alder" in [one.name for one in who.to]

    def test_the_team_sees_who_left_and_puts_them_back(
        self, sent: Briefing, school_a: School, officer_client: Client, stranger_client: Client
    ) -> None:
        actions.leave(now=clock.now(), school=school_a, email="champion@alder.example")
        row = NoBriefing.objects.get()
        assert "champion@alder.example" in said(officer_client.get(reverse("briefings_left")))
        assert "champion@alder.example" not in said(stranger_client.get(reverse("briefings_left")))
        officer_client.post(reverse("briefing_left_undo", args=[row.pk]))
        assert not NoBriefing.objects.filter(back_at=None).exists()


REPORT = """From: mailer@mail.example
To: attendance@localhost
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

Sorry.
--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; {email}
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such mailbox
--cut
Content-Type: {kind}

Message-ID: <briefing-{pk}@localhost>
Subject: Attendance briefing

--cut--
"""


class TestComingBack:
    @pytest.fixture
    def bounced(self, draft: Briefing, manager_client: Client, contact_a: User) -> BriefingMail:
        go(manager_client, draft)
        work()
        return BriefingMail.objects.get()

    def report(self, client: Client, text: str) -> Any:
        file = SimpleUploadedFile("back.eml", text.encode(), content_type="message/rfc822")
        return client.post(reverse("briefing_report"), {"file": file}, follow=True)

    @pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
    def test_a_mail_servers_report_marks_the_e_mail_it_is_about(self, kind: str, bounced: BriefingMail, manager_client: Client) -> None:
        assert mail.outbox[0].extra_headers["Message-ID"] == f"<briefing-{bounced.pk}@localhost>"
        text = REPORT.format(email=bounced.email, pk=bounced.pk, kind=kind, action="failed")
        for _ in range(2):
            answer = self.report(manager_client, text)
        assert "550 5.1.1 no such mailbox" in words(answer)
        bounced.refresh_from_db()
        assert bounced.status == "bounced"
        draft = actions.write_briefing(by=None, today=TODAY, now=clock.now(), subject="Next", news="", day=TODAY)  # type: ignore[arg-type]
        assert "Addresses from which the last briefing came back" in said(manager_client.get(reverse("briefing", args=[draft.pk])))

    def test_delayed_or_about_something_else_marks_nothing(
        self, bounced: BriefingMail, manager_client: Client, stranger_client: Client
    ) -> None:
        known = {"email": bounced.email, "kind": "message/rfc822"}
        delayed = self.report(manager_client, REPORT.format(pk=bounced.pk, action="delayed", **known))
        assert "only delayed" in words(delayed)
        for client, text in (
            (manager_client, REPORT.format(pk=999_999, action="failed", **known)),
            (manager_client, "Subject: Hello\n\nOut of office"),
            (manager_client, "\x00\x01 not a message"),
            (stranger_client, REPORT.format(pk=bounced.pk, action="failed", **known)),
        ):
            assert "This is no report about an e-mail of a briefing" in words(self.report(client, text))
        bounced.refresh_from_db()
        assert bounced.status == "sent"

    def test_a_person_marks_one_and_it_can_be_sent_again(self, bounced: BriefingMail, officer_client: Client) -> None:
        officer_client.post(reverse("briefing_bounced", args=[bounced.pk]), {"words": "Full"})
        bounced.refresh_from_db()
        assert (bounced.status, bounced.error) == ("bounced", "Full")
        officer_client.post(reverse("briefing_mail_again", args=[bounced.pk]))
        work()
        assert len(mail.outbox) == 2

    def test_whoever_left_meanwhile_is_not_written_to_again(self, bounced: BriefingMail, officer_client: Client) -> None:
        officer_client.post(reverse("briefing_bounced", args=[bounced.pk]), {"words": "Full"})
        BriefingMail.objects.filter(pk=bounced.pk).update(extra=True)
        NoBriefing.objects.create(school=bounced.letter.school, email=bounced.email.casefold(), left_at=clock.now())
        officer_client.post(reverse("briefing_mail_again", args=[bounced.pk]))
        work()
        assert len(mail.outbox) == 1
        page = words(officer_client.get(reverse("briefing", args=[bounced.letter.briefing_id])))
        assert "they have asked for no more briefings" in page
        assert Briefing.objects.get().status == "sent", "it does not stay on its way for ever"


class TestInbox:
    @pytest.fixture
    def files(self, settings: Any, tmp_path: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = tmp_path / "mail"

    def test_shows_what_was_written_to_files_and_keeps_back_links_that_let_in(
        self, files: None, draft: Briefing, contact_a: User, manager_client: Client, administrator_client: Client
    ) -> None:
        assert "Nothing has been sent yet" in said(manager_client.get(reverse("mail_list")))
        go(manager_client, draft)
        work()
        letter = EmailMessage("Your password", "http://testserver/accounts/password/reset/key/1-abc/", to=["x@y.example"])
        letter.attach("plan.ics", "BEGIN:VCALENDAR", "text/calendar")
        letter.send()
        page = manager_client.get(reverse("mail_list"))
        assert "Attendance briefing: Alder High School" in said(page)
        assert "1 e-mail is left out" in said(page)
        assert "Your password" not in said(page)
        [key] = [one.key for one in page.context["page"]]
        shown = said(manager_client.get(reverse("mail", args=[key])))
        assert "A new toolkit is out." in shown
        assert "contact@alder.example" in shown
        [hidden] = [one.key for one in administrator_client.get(reverse("mail_list")).context["page"] if one.lets_in]
        assert "plan.ics (text/calendar)" in said(administrator_client.get(reverse("mail", args=[hidden])))
        assert manager_client.get(reverse("mail", args=[hidden])).status_code == 404
        assert manager_client.get("/mail/..%2F..%2Fsettings.0/").status_code == 404

    def test_there_is_none_where_a_mail_server_is(self, settings: Any, administrator_client: Client) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        assert administrator_client.get(reverse("mail_list")).status_code == 404
        settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
        assert "written to the output" in said(administrator_client.get(reverse("mail_list")))


def test_the_log_of_a_briefing_is_searched_with_anything(draft: Briefing, contact_a: User, manager_client: Client) -> None:
    go(manager_client, draft)
    work()
    page = reverse("briefing", args=[draft.pk])
    for asked_, found in (("carys", True), ("%00carys", True), ("%27%25", False), ("9" * 300, False)):
        assert ("contact@alder.example" in words(manager_client.get(f"{page}?q={asked_}&status=x&page=-1"))) is found


def test_no_more_than_15_queries(
    draft: Briefing,
    manager_client: Client,
    school_a: School,
    contact_a: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    today: dt.date,
) -> None:
    for number in range(4):
        factories.post(factories.make_user("school_contact"), factories.make_school(f"School {number}"))
    factories.write_marks(factories.enrol(factories.make_pupil(), school_a), dt.date(2026, 11, 2), r"/\ /\ OO //")
    factories.refresh(school_a, today=today)
    preview = reverse("briefing_preview", args=[draft.pk, school_a.urn])
    addresses = [reverse("touch"), reverse("briefings"), reverse("briefing", args=[draft.pk]), preview, reverse("briefings_left")]
    for state in ("drafted", "sent"):
        for address in addresses:
            with django_assert_max_num_queries(15):
                assert manager_client.get(address).status_code == 200, (state, address)
        go(manager_client, draft)
        work()
