"""Letters that follow a notice: asked for in the transaction of what they tell, made by a worker, kept byte for byte."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from legal import letters, penalty
from legal.actions.problem import NoticeProblem
from legal.models import EmailService, LegalLetter, Notice, PublicPlaceNotice, Refund, Withdrawal
from legal.penalty import written
from schools.models import Authority, Parent


def _common(notice: Notice | PublicPlaceNotice) -> dict[str, Any]:
    """What every letter prints, as it stands now. An address that is hidden from anybody is printed on none: it is handed over."""
    authority = Authority.objects.filter(pk=1).first()
    hidden = notice.parent.hidden_from.exists()
    return {
        "notice": notice.reference,
        "issued": penalty.written(notice.issued),
        "to_name": notice.to_name,
        "to_address": "" if hidden else notice.to_address,
        "child": notice.child_name or str(notice.pupil),
        "school": notice.school.name,
        "authority": authority.name if authority else "The local authority",
        "colour": authority.colour if authority else "#0b0c0c",
        "contact": [line for line in (authority.contact_email, authority.contact_phone) if line] if authority else [],
    }


def _write(by: User | None, day: dt.date, kind: str, reference: str, facts: dict[str, Any], **about: Any) -> LegalLetter:
    made = LegalLetter.objects.create(
        kind=kind, reference=reference, template=letters.TEMPLATES[kind], facts=facts | {"reference": reference, "day": written(day)},
        day=day, by=by, **about,
    )  # fmt: skip
    letters.ring(made.pk)
    return made


def write_withdrawal_letter(*, by: User | None, today: dt.date, withdrawal: Withdrawal) -> LegalLetter:
    notice = withdrawal.notice
    facts = _common(notice) | {"ground": withdrawal.get_ground_display(), "withdrawn": written(withdrawal.day), "refund": withdrawal.refund}
    return _write(by, today, LegalLetter.Kind.WITHDRAWAL, f"{notice.reference}/W", facts, notice=notice)


def write_public_withdrawal_letter(*, by: User | None, today: dt.date, notice: PublicPlaceNotice) -> LegalLetter:
    facts = _common(notice) | {"ground": notice.get_ground_display(), "withdrawn": written(today), "refund": notice.paid or 0}
    return _write(by, today, LegalLetter.Kind.WITHDRAWAL, f"{notice.reference}/W", facts, public=notice)


def write_refund_letter(*, by: User | None, today: dt.date, refund: Refund) -> LegalLetter | None:
    """None where the money was for no notice: nobody is known to write to."""
    notice = refund.notice or refund.public
    if notice is None:
        return None
    count = Refund.objects.filter(notice=refund.notice, public=refund.public, pk__lte=refund.pk).count()
    facts = _common(notice) | {
        "amount": f"{refund.pence / 100:.2f}",
        "why": refund.get_why_display(),
        "given_back": written(refund.day),
        "ledger": refund.reference,
    }
    about = {"notice": refund.notice, "public": refund.public, "refund": refund}
    return _write(by, today, LegalLetter.Kind.REFUND, f"{notice.reference}/R{count}", facts, **about)


def write_public_notice(*, by: User, today: dt.date, notice: PublicPlaceNotice, role: str, facts: dict[str, Any]) -> LegalLetter:
    return _write(by, today, LegalLetter.Kind.PUBLIC, notice.reference, _common(notice) | facts | {"role": role}, public=notice)


@transaction.atomic
def agree_to_email(*, by: User, today: dt.date, now: dt.datetime, parent: Parent, email: str, agreed: dt.date, how: str) -> EmailService:
    """A parent agreed that notices are served by e-mail. A further agreement ends the one before."""
    if agreed > today:
        raise NoticeProblem("Enter today or an earlier day: the day on which the parent agreed.", "agreed")
    if not how.strip():
        raise NoticeProblem("Say how the parent agreed, and where that is kept.", "how")
    Parent.objects.select_for_update().get(pk=parent.pk)
    if last := EmailService.objects.filter(parent=parent, withdrawn=None).first():
        if agreed < last.agreed:
            raise NoticeProblem(f"A later agreement is recorded, of {written(last.agreed)}.", "agreed")
        last.withdrawn = agreed
        last.save(update_fields=["withdrawn"])
    made = EmailService.objects.create(parent=parent, email=email.strip(), agreed=agreed, how=how.strip(), by=by, at=now)
    audit.record("recorded agreement to e-mail service", by=by, subject=made, parent=parent.pk, agreed=str(agreed))
    return made


@transaction.atomic
def withdraw_email(*, by: User, today: dt.date, now: dt.datetime, parent: Parent, day: dt.date) -> EmailService:
    """The parent agrees no more, from a day on."""
    held = EmailService.objects.select_for_update().filter(parent=parent, withdrawn=None).first()
    if held is None:
        raise NoticeProblem(f"{parent} has no agreement that stands.")
    if not held.agreed <= day <= today:
        raise NoticeProblem(f"Enter a day from {written(held.agreed)} to today.", "day")
    held.withdrawn = day
    held.save(update_fields=["withdrawn"])
    audit.record("ended agreement to e-mail service", by=by, subject=held, parent=parent.pk, day=str(day))
    return held
