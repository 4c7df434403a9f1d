"""Writing a briefing, letting it go, and sending it: a row for each e-mail is the order to send it, a message only rings.

A worker that takes a briefing up makes every school's letter in one transaction and then sends the e-mails one by one, each held by
its row while the mail server is asked. One that is killed loses nothing: what is still to do stands in the rows, and the sweep rings.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid

from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from attendance.actions import ring
from attendance.words import say_day
from meetings.actions import post
from meetings.actions.problems import token_of
from meetings.models import Briefing, BriefingLetter, BriefingMail, NoBriefing
from meetings.touch import bounces, letters
from meetings.touch.actions.problems import TouchProblem, same_version
from meetings.touch.figures import Figures
from schools import team
from schools.models import Authority, School

log = logging.getLogger("daymark.briefings")
TASK = "daymark.send_briefing"
LEFT = "Not sent: they have asked for no more briefings since the letters were made."
MORNING = dt.time(7)  # one that waits for its day goes from then on

Status = BriefingMail.Status


@transaction.atomic
def write_briefing(
    *, by: User, today: dt.date, now: dt.datetime, subject: str, news: str, day: dt.date, form_token: uuid.UUID | None = None
) -> Briefing:
    """A new draft. A form that is sent twice makes one."""
    token = token_of(form_token, by, subject, news, day)
    if token and (known := Briefing.objects.filter(form_token=token).first()):
        return known
    _check_day(day, today)
    said = {"subject": subject.strip(), "news": news.strip(), "day": day, "form_token": token}
    briefing = Briefing.objects.create(**said, written_by=by, written_at=now, changed_by=by, changed_at=now)
    audit.record("Briefing drafted", by=by, subject=briefing)
    return briefing


def _check_day(day: dt.date, today: dt.date) -> None:
    if day < today:
        raise TouchProblem(f"The day it is to go must not be before today, {say_day(today)}", "day")


def _held(briefing: Briefing) -> Briefing:
    return Briefing.objects.select_for_update(of=("self",)).select_related("changed_by").get(pk=briefing.pk)


@transaction.atomic
def change_briefing(
    *, by: User, today: dt.date, now: dt.datetime, briefing: Briefing, version: int | None, subject: str, news: str, day: dt.date
) -> Briefing:
    briefing = _held(briefing)
    same_version(briefing.version, version, briefing.changed_by, briefing.changed_at, now=now)
    if not briefing.standing:
        raise TouchProblem("This briefing is on its way, so it cannot be changed. Take it back first if it has not gone yet.")
    _check_day(day, today)
    briefing.subject, briefing.news, briefing.day = subject.strip(), news.strip(), day
    _keep(briefing, by=by, now=now)
    audit.record("Briefing changed", by=by, subject=briefing)
    return briefing


def _keep(briefing: Briefing, *, by: User, now: dt.datetime) -> None:
    briefing.version += 1
    briefing.changed_by, briefing.changed_at = by, now
    briefing.save()


@transaction.atomic
def let_go(*, by: User, today: dt.date, now: dt.datetime, briefing: Briefing, version: int | None, site: str) -> Briefing:
    """Send it to every school: at once where its day has come, else on its day. Let go twice, it goes once."""
    briefing = _held(briefing)
    if not briefing.standing:
        return briefing
    same_version(briefing.version, version, briefing.changed_by, briefing.changed_at, now=now)
    briefing.status = Briefing.Status.SENDING if briefing.day <= today else Briefing.Status.APPROVED
    briefing.approved_by, briefing.approved_at, briefing.site = by, now, site
    _keep(briefing, by=by, now=now)
    if briefing.status == Briefing.Status.SENDING:
        ring(TASK, briefing.pk)
    audit.record("Briefing let go", by=by, subject=briefing, day=briefing.day.isoformat())
    return briefing


@transaction.atomic
def take_back(*, by: User, now: dt.datetime, briefing: Briefing) -> Briefing:
    """One that waits for its day becomes a draft again. What is being sent cannot be called back."""
    briefing = _held(briefing)
    if briefing.status == Briefing.Status.DRAFT:
        return briefing
    if briefing.status != Briefing.Status.APPROVED:
        raise TouchProblem("It is being sent, or was: e-mails cannot be called back.")
    briefing.status, briefing.approved_by, briefing.approved_at = Briefing.Status.DRAFT, None, None
    _keep(briefing, by=by, now=now)
    audit.record("Briefing taken back", by=by, subject=briefing)
    return briefing


def send_test(*, by: User, today: dt.date, briefing: Briefing, school: School, site: str) -> None:
    """The school's letter to whoever asks, at once, and to nobody else. Raises `TouchProblem` with the words of the mail server."""
    authority = Authority.objects.get()
    text, html = letters.render(briefing, school, Figures(today=today, authority=authority).of(school), authority, home=site)
    to = letters.Recipient(by.name, by.email, "a reader of a test", False)
    mail = letters.message(briefing, school, text, html, authority, to=to, site=site)
    mail.subject = f"Test: {mail.subject}"
    try:
        mail.send()
    except Exception as problem:  # whatever a mail server or its library says
        log.warning("A test of briefing %s was not sent", briefing.pk, exc_info=True)
        raise TouchProblem(f"The mail server did not take it: {post.words_of(problem)}") from None
    audit.record("Briefing tested", by=by, subject=briefing, school=school.urn)


def waiting(*, today: dt.date, at: dt.time) -> list[int]:
    """Briefings that somebody should be sending, for the sweep to ring for."""
    found = list(Briefing.objects.filter(status=Briefing.Status.SENDING).order_by("pk").values_list("pk", flat=True))
    if at >= MORNING:
        found += Briefing.objects.filter(status=Briefing.Status.APPROVED, day__lte=today).order_by("day", "pk").values_list("pk", flat=True)
    return found


def carry_out(briefing_id: int, *, today: dt.date, now: dt.datetime) -> None:
    """Make the letters of a briefing if nobody has, and send every e-mail that is still to be sent."""
    if not _prepare(briefing_id, today=today, now=now):
        return
    for mail_id in (
        BriefingMail.objects.filter(letter__briefing=briefing_id, status=Status.WAITING).order_by("pk").values_list("pk", flat=True)
    ):
        deliver(mail_id, now=now)
    with transaction.atomic():
        briefing = Briefing.objects.select_for_update().get(pk=briefing_id)
        left = BriefingMail.objects.filter(letter__briefing=briefing_id, status=Status.WAITING).exists()
        if briefing.status == Briefing.Status.SENDING and not left:
            briefing.status, briefing.finished_at = Briefing.Status.SENT, now
            briefing.save(update_fields=["status", "finished_at"])


@transaction.atomic
def _prepare(briefing_id: int, *, today: dt.date, now: dt.datetime) -> bool:
    """All letters and orders, or none. False where there is nothing to send: it was taken back, or is done."""
    briefing = Briefing.objects.select_for_update(of=("self",)).filter(pk=briefing_id).first()
    if briefing is None or briefing.status not in (Briefing.Status.SENDING, Briefing.Status.APPROVED):
        return False
    if briefing.status == Briefing.Status.APPROVED and briefing.day > today:
        return False
    if briefing.made_at is None:
        make_letters(briefing, today=today)
        briefing.made_at = now
    briefing.status = Briefing.Status.SENDING
    briefing.save(update_fields=["status", "made_at"])
    return True


def make_letters(briefing: Briefing, *, today: dt.date) -> None:
    """Every open school's letter, and the orders to send it. About fifteen queries, however many schools."""
    authority = Authority.objects.get()
    figures = Figures(today=today, authority=authority)
    schools = figures.schools
    people, left = team.of_schools(schools, day=today), letters.who_left(list(schools))
    made: list[BriefingLetter] = []
    orders: list[BriefingMail] = []
    for pk, school in schools.items():
        text, html = letters.render(briefing, school, figures.of(school), authority, home=briefing.site)
        to = letters.recipients(people[pk], left[pk]).to
        letter = BriefingLetter(briefing=briefing, school=school, text=text, html=html, nobody=not to)
        made.append(letter)
        orders += [BriefingMail(letter=letter, name=one.name, email=one.email, role=one.role, extra=one.extra) for one in to]
    BriefingLetter.objects.bulk_create(made)
    BriefingMail.objects.bulk_create(orders)


def deliver(mail_id: int, *, now: dt.datetime) -> BriefingMail | None:
    """A worker killed between the server's yes and the row sends that one again, under the same message id."""
    rows = BriefingMail.objects.select_related("letter__briefing", "letter__school")
    sent: BriefingMail | None = post.deliver(rows, mail_id, _message, now=now)
    return sent


def _message(mail: BriefingMail) -> EmailMessage:
    letter = mail.letter
    if mail.extra and mail.email.casefold() in letters.who_left([letter.school_id])[letter.school_id]:
        raise post.NotSent(LEFT)
    authority, site = Authority.objects.get(), letter.briefing.site
    said = letters.message(letter.briefing, letter.school, letter.text, letter.html, authority, to=mail, site=site)
    said.extra_headers["Message-ID"] = letters.message_id(mail.pk)
    return said


@transaction.atomic
def send_again(*, by: User, now: dt.datetime, mail: BriefingMail) -> BriefingMail:
    """Try one that was not taken, or came back, anew: to the address as it was."""
    mail = BriefingMail.objects.select_for_update(of=("self",)).select_related("letter__briefing").get(pk=mail.pk)
    if mail.status not in (Status.FAILED, Status.BOUNCED):
        return mail
    mail.status, mail.attempts, mail.error, mail.sent_at, mail.bounced_at = Status.WAITING, 0, "", None, None
    mail.save()
    briefing = _held(mail.letter.briefing)
    briefing.status, briefing.finished_at = Briefing.Status.SENDING, None
    briefing.save(update_fields=["status", "finished_at"])
    ring(TASK, briefing.pk)
    audit.record("Briefing sent again", by=by, subject=briefing, to=mail.email)
    return mail


@transaction.atomic
def send_failed_again(*, by: User, briefing: Briefing) -> int:
    """Try all that no mail server took anew, as after a day on which it was down. Returns how many."""
    briefing = _held(briefing)
    number = BriefingMail.objects.filter(letter__briefing=briefing, status=Status.FAILED).update(
        status=Status.WAITING, attempts=0, error=""
    )
    if number:
        briefing.status, briefing.finished_at = Briefing.Status.SENDING, None
        briefing.save(update_fields=["status", "finished_at"])
        ring(TASK, briefing.pk)
        audit.record("Briefing sent again", by=by, subject=briefing, count=number)
    return number


@transaction.atomic
def mark_bounced(*, by: User | None, now: dt.datetime, mail: BriefingMail, words: str) -> BriefingMail:
    """It came back. Marked twice, it stands as it was marked first."""
    mail = BriefingMail.objects.select_for_update(of=("self",)).select_related("letter__briefing").get(pk=mail.pk)
    if mail.status == Status.BOUNCED:
        return mail
    if mail.status != Status.SENT:
        raise TouchProblem("Only an e-mail that was sent can come back.")
    mail.status, mail.bounced_at, mail.error = Status.BOUNCED, now, (words.strip() or "marked by hand")[:300]
    mail.save(update_fields=["status", "bounced_at", "error"])
    audit.record("Briefing came back", by=by, subject=mail.letter.briefing, to=mail.email)
    return mail


def take_report(*, by: User, now: dt.datetime, raw: bytes) -> BriefingMail:
    """Mark the e-mail that a mail server's report is about. Raises `TouchProblem` for what is no such report."""
    found = bounces.read(raw)
    mail = BriefingMail.objects.visible_to(by).filter(pk=found.mail).first() if found else None
    if found is None or mail is None:
        raise TouchProblem(
            "This is no report about an e-mail of a briefing. Save the message that came back as a file, whole, and send that."
        )
    if not found.failed:
        raise TouchProblem(f"The mail server says that {mail.email} is only delayed: {found.words}. It is not marked as come back.")
    return mark_bounced(by=by, now=now, mail=mail, words=found.words)


@transaction.atomic
def leave(*, now: dt.datetime, school: School, email: str) -> None:
    """No more briefings about a school to this address. Left twice, it is left once."""
    try:
        with transaction.atomic():
            NoBriefing.objects.create(school=school, email=email, left_at=now)
    except IntegrityError:
        return
    audit.record("Left the briefings", by=None, subject=school, email=email)


@transaction.atomic
def come_back(*, by: User | None, now: dt.datetime, school: School, email: str) -> None:
    """Briefings again: by the link, or by somebody of the team who was asked to."""
    if NoBriefing.objects.filter(school=school, email__iexact=email, back_at=None).update(back_at=now):
        audit.record("Came back to the briefings", by=by, subject=school, email=email)
