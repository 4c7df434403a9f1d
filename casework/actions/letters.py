"""Writing letters to parents, and what becomes of each: sent, handed over, withdrawn."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.words import plural, say_day
from casework.letters import addressees, facts, fields
from casework.letters.addressees import Addressee
from casework.letters.facts import Facts
from casework.letters.fields import Block, LetterProblem
from casework.models import Case, Contact, Entry, Letter, LetterTemplate, TemplateVersion
from schools import orders
from schools.models import Authority, Pupil

TASK, MAIL = "daymark.make_letter", "daymark.mail_letter"
_BACK = dt.timedelta(days=28)  # a posting day further back is a slip of the pen
_NOT_IMPROVED = "This letter thanks for an improvement, and the last four weeks are no better than the year: {recent} against {year}."


def values_of(pupil: Pupil, told: Facts, *, by: User | None, by_name: str, day: dt.date, asked: Mapping[str, str]) -> dict[str, str]:
    """What the fields say, but for the parent’s name."""
    authority = Authority.objects.filter(pk=1).first()
    reply = " or ".join(part for part in (authority.contact_email, authority.contact_phone) if part) if authority else ""
    return {
        "child": str(pupil),
        "forename": pupil.known_as or pupil.forename,
        "officer": by.name if by else by_name,
        "reply_to": reply or (by.email if by else ""),
        "authority": str(authority or ""),
        "today": say_day(day),
        **dict.fromkeys(fields.ASKED, ""),
        **told.values(),
        **asked,
    }


def check_true(purpose: str, told: Facts) -> None:
    """A letter that thanks for an improvement needs one."""
    if purpose == LetterTemplate.Purpose.THANKS and told.year.possible and not told.improved:
        recent, year = (f"{one.absent} of {one.possible} sessions missed" for one in (told.recent, told.year))
        raise LetterProblem(_NOT_IMPROVED.format(recent=recent, year=year))


def composed(
    version: TemplateVersion, blocks: Sequence[Block], one: Addressee, values: Mapping[str, str], kept: Sequence[tuple[str, str]]
) -> tuple[str, list[Block]]:
    """Heading and parts as they will stand in the letter to one parent. Raises `LetterProblem`."""
    title, surname = one.parent.title, one.parent.surname
    mine = {**values, "parent": str(one.parent), "addressed_as": f"{title} {surname}" if title and surname else str(one.parent)}
    subject = fields.fill(version.subject, mine)
    filled = [Block(fields.fill(block.text, mine), block.locked, block.source) for block in blocks]
    if told := fields.tells_of("\n".join([subject, *(block.text for block in filled)]), kept):
        raise LetterProblem(f"The text holds “{told}”, part of an address that is hidden from somebody. Take it out.")
    return subject, filled


def row_of(
    version: TemplateVersion, pupil: Pupil, told: Facts, one: Addressee, method: str, subject: str, blocks: Sequence[Block], **more: Any
) -> Letter:
    return Letter(
        version=version,
        pupil=pupil,
        parent=one.parent,
        school=told.school,
        method=method,
        to_name=str(one.parent),
        to_address=one.address if method == Letter.Method.POST else "",
        to_email=one.parent.email if method == Letter.Method.EMAIL else "",
        language=one.parent.language,
        interpreter=one.parent.interpreter,
        subject=subject,
        parts=[{"text": block.text, "locked": block.locked, "source": block.source} for block in blocks],
        **more,
    )


def drafted(
    *,
    by: User,
    day: dt.date,
    pupil: Pupil,
    version: TemplateVersion,
    written: Sequence[str] | None,
    asked: Mapping[str, str],
    chosen: Mapping[int, str],
) -> list[tuple[Addressee, str, str, list[Block]]]:
    """Each parent’s letter as it would be: addressee, method, heading, parts. `written`: None for the template's own words.
    `chosen`: method by parent. Raises `LetterProblem`; writes nothing."""
    those = addressees.of_pupils([pupil.pk]).get(pupil.pk, [])
    kept = addressees.kept_places(those)
    told = facts.of_pupils([pupil.pk], today=day).get(pupil.pk, Facts())
    check_true(version.template.purpose, told)
    blocks = version.blocks if written is None else fields.merged(version.blocks, written)
    for number, block in enumerate(blocks, start=1):
        fields.check_words(block.text, f"text_{number}")
    wanted = [one for one in those if one.parent.pk in chosen]
    if not wanted:
        raise LetterProblem("Choose at least one parent")
    values = values_of(pupil, told, by=by, by_name=by.name, day=day, asked=asked)
    found = []
    for one in wanted:
        method = chosen[one.parent.pk]
        _check_method(one, method)
        found.append((one, method, *composed(version, blocks, one, values, kept)))
    return found


def _check_method(one: Addressee, method: str) -> None:
    why: dict[str, str] = {Letter.Method.POST: one.not_by_post, Letter.Method.EMAIL: one.not_by_email, Letter.Method.HAND: ""}
    if method not in why:
        raise LetterProblem("Choose how the letter goes", f"to_{one.parent.pk}")
    if why[method]:
        raise LetterProblem(f"{one.parent}: {why[method]}", f"to_{one.parent.pk}")


@transaction.atomic
def write_letters(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    version: TemplateVersion,
    chosen: Mapping[int, str],
    written: Sequence[str] | None = None,
    asked: Mapping[str, str] | None = None,
    form_token: uuid.UUID | None = None,
) -> list[Letter]:
    """One letter for each parent chosen, each with its own address. A form that is sent twice writes once."""
    Pupil.objects.select_for_update().get(pk=pupil.pk)
    if form_token and (before := list(Letter.objects.filter(form_token=form_token, pupil=pupil).order_by("pk"))):
        return before
    found = drafted(by=by, day=today, pupil=pupil, version=version, written=written, asked=asked or {}, chosen=chosen)
    told = facts.of_pupils([pupil.pk], today=today).get(pupil.pk, Facts())
    changed = written is not None and fields.merged(version.blocks, written) != version.blocks
    letters = []
    for one, method, subject, blocks in found:
        letter = row_of(
            version, pupil, told, one, method, subject, blocks,
            day=today, by=by, by_name=by.name, written_at=now, form_token=form_token, changed=changed,
        )  # fmt: skip
        letter.save()
        orders.ring(TASK, letter.pk)
        letters.append(letter)
    audit.record("wrote letters", by=by, subject=pupil, template=str(version), count=len(letters), changed=changed)
    return letters


def _hold(letter: Letter) -> Letter:
    return Letter.objects.select_for_update(of=("self",)).select_related("pupil", "parent", "version__template").get(pk=letter.pk)


@transaction.atomic
def withdraw_letter(*, by: User, today: dt.date, letter: Letter, why: str) -> Letter:
    """Say that a letter will not be sent. One that was sent stays sent: write another that puts it right."""
    held = _hold(letter)
    if held.state == Letter.State.WITHDRAWN:
        return held
    if held.state == Letter.State.SENT:
        raise LetterProblem(f"This letter was sent on {say_day(held.sent)}. Write another that puts it right.")
    if held.mailing:
        raise LetterProblem("This letter is on its way by email already.")
    if not why.strip():
        raise LetterProblem("Enter why the letter is withdrawn", "why")
    held.state, held.withdrawn, held.withdrawn_by, held.why_withdrawn = Letter.State.WITHDRAWN, today, by, why.strip()
    held.save(update_fields=["state", "withdrawn", "withdrawn_by", "why_withdrawn"])
    audit.record("withdrew letter", by=by, subject=held)
    return held


def hidden_since(letters: Any) -> list[Letter]:
    """Of these letters, those that may still be sent to an address which has been hidden since they were written."""
    found = letters.filter(state__in=Letter.STANDING, parent__hidden_from__isnull=False).exclude(to_address="")
    return list(found.order_by("pk").distinct())


@transaction.atomic
def handed_out(*, now: dt.datetime, letter: Letter) -> None:
    """The file of one letter is taken to be printed. Raises `LetterProblem` where its address must not be printed any more."""
    if hidden_since(Letter.objects.filter(pk=letter.pk)):
        raise LetterProblem("This address has been hidden since the letter was written: withdraw it, and write one to be handed over.")
    printed([letter.pk], now=now)


@transaction.atomic
def printed(letters: Iterable[int], *, now: dt.datetime) -> None:
    """Their file was handed out to be printed."""
    Letter.objects.filter(pk__in=list(letters), state=Letter.State.UNPRINTED).update(state=Letter.State.PRINTED, printed_at=now)


def check_sent(day: dt.date | None, written: dt.date, today: dt.date, field: str = "day") -> dt.date:
    if day is None:
        raise LetterProblem("Enter the day", field)
    if day > today:
        raise LetterProblem("The day cannot be after today: confirm once it has been done", field)
    if day < written:
        raise LetterProblem(f"The letter is of {say_day(written)}: it cannot have gone before", field)
    if day < today - _BACK:
        raise LetterProblem("The day is more than four weeks ago: check it", field)
    return day


@transaction.atomic
def confirm_sent(*, by: User, today: dt.date, now: dt.datetime, letter: Letter, day: dt.date | None) -> Letter:
    """Say that a letter was posted, or handed over, on a day. An e-mail says so itself."""
    held = _hold(letter)
    if held.state == Letter.State.SENT:
        return held
    if held.state == Letter.State.WITHDRAWN:
        raise LetterProblem("This letter was withdrawn. Write another.")
    if held.method == Letter.Method.EMAIL:
        raise LetterProblem("This letter goes by email: send it from its page")
    if held.status != Letter.Status.MADE:
        raise LetterProblem("Its PDF is not made yet, so it cannot have been sent")
    told = sent([held], by=by, day=check_sent(day, held.day, today), now=now)
    audit.record("confirmed letter", by=by, subject=held, day=held.sent.isoformat(), cases=told)  # type: ignore[union-attr]
    return held


def sent(letters: Sequence[Letter], *, by: User | None, day: dt.date, now: dt.datetime) -> int:
    """Write the day on letters that were sent, and a contact in the open case of each child that has one. Returns how many cases
    were told. Few queries, whatever the number: the print room posts hundreds at once. Hold the letters."""
    cases = {case.pupil_id: case for case in Case.objects.open().filter(pupil__in={letter.pupil_id for letter in letters})}
    for letter in letters:
        letter.state, letter.sent, letter.sent_by, letter.mailing = Letter.State.SENT, day, by, False
        letter.case = cases.get(letter.pupil_id)
    Letter.objects.bulk_update(letters, ["state", "sent", "sent_by", "mailing", "case"], batch_size=500)
    telling = [(letter, cases[letter.pupil_id]) for letter in letters if letter.pupil_id in cases]
    lines = Entry.objects.bulk_create(
        [
            Entry(
                case=case,
                kind=Entry.Kind.CONTACT,
                day=day,
                at=now,
                by=by,
                by_name=by.name if by else audit.COMMAND,
                words=letter.sent_words,
            )
            for letter, case in telling
        ],
        batch_size=500,
    )
    Contact.objects.bulk_create(
        [
            Contact(
                case=case,
                entry=line,
                day=day,
                kind=_KINDS[letter.method],
                parent_id=letter.parent_id,
                result=Contact.Result.SENT,
            )
            for (letter, case), line in zip(telling, lines, strict=True)
        ],
        batch_size=500,
    )
    return len(telling)


_KINDS: dict[str, str] = {
    Letter.Method.POST: Contact.Kind.LETTER,
    Letter.Method.HAND: Contact.Kind.LETTER,
    Letter.Method.EMAIL: Contact.Kind.EMAIL,
}


@transaction.atomic
def send_by_email(*, by: User, letter: Letter) -> Letter:
    """Order the e-mail. Asked again here whether the parent still agrees."""
    held = _hold(letter)
    if held.method != Letter.Method.EMAIL:
        raise LetterProblem("This letter does not go by email")
    if held.state == Letter.State.SENT or held.mailing:
        return held
    if held.state == Letter.State.WITHDRAWN:
        raise LetterProblem("This letter was withdrawn. Write another.")
    if held.status != Letter.Status.MADE:
        raise LetterProblem("Its PDF is not made yet")
    if not held.parent.email_agreed.strip() or held.parent.email != held.to_email:
        raise LetterProblem(
            "The parent’s email address, or their agreement to letters by email, has changed. Withdraw this letter and write another."
        )
    held.mailing, held.error, held.sent_by = True, "", by
    held.save(update_fields=["mailing", "error", "sent_by"])
    orders.ring(MAIL, held.pk)
    audit.record("sent letter by email", by=by, subject=held)
    return held


def deliver(letter_id: int, *, today: dt.date, now: dt.datetime) -> Letter | None:
    """Send an e-mail that was ordered. The row is held while the mail server is asked: a worker killed in between sends again."""
    with transaction.atomic():
        rows = Letter.objects.select_for_update(skip_locked=True, of=("self",)).select_related("version__template", "sent_by")
        letter = rows.filter(pk=letter_id, mailing=True, state__in=Letter.STANDING).first()
        if letter is None:
            return None
        try:
            _mail(letter).send()
        except Exception as problem:  # whatever a mail server says: it is told on the page, and somebody sends it again
            letter.mailing, letter.error = False, f"The mail server did not take it: {type(problem).__name__}: {problem}"[:300]
            letter.save(update_fields=["mailing", "error"])
            return letter
        sent([letter], by=letter.sent_by, day=today, now=now)
    return letter


def _mail(letter: Letter) -> EmailMessage:
    """To one person alone, and without the child's name: mail is read over shoulders."""
    authority = Authority.objects.filter(pk=1).first()
    name = str(authority or "The local authority")
    body = f"Dear {letter.to_name}\n\nA letter from {name}, school attendance, is attached. Its reference is {letter.reference}.\n"
    reply = [authority.contact_email] if authority and authority.contact_email else None
    mail = EmailMessage(f"A letter from {name}, {letter.reference}", body, to=[letter.to_email], reply_to=reply)
    with default_storage.open(letter.stored) as file:
        mail.attach(f"{letter.reference}.pdf", file.read(), "application/pdf")
    return mail


def to_be_mailed() -> list[int]:
    return list(Letter.objects.filter(mailing=True).order_by("pk").values_list("pk", flat=True)[:200])


@transaction.atomic
def make_again(*, by: User, letter: Letter) -> None:
    """Try one again whose PDF could not be made."""
    if orders.again(letter, TASK):
        audit.record("asked for a letter again", by=by, subject=letter)


def said_of(letters: Sequence[Letter]) -> str:
    """For the person who has written them."""
    by_post = sum(letter.method == Letter.Method.POST for letter in letters)
    return f"{plural(len(letters), 'letter')} written" + (f", {by_post} to be posted." if by_post else ".")
