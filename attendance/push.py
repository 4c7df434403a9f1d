"""A school's system pushes registers: tokens made and revoked, bodies taken."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import uuid
from dataclasses import asdict
from hmac import compare_digest

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from attendance import actions
from attendance.imports import pushed
from attendance.imports.parsed import Unreadable
from attendance.imports.pushed import BadRecord, Body
from attendance.imports.receive import PUSH
from attendance.imports.sniff import sniff
from attendance.models import PushReceipt, PushToken
from schools.models import School

PREFIX = "dmpush_"  # so that a token that leaks into code or a log is known for what it is
MOST_TOKENS = 10  # standing, of one school
_TOKEN = re.compile(PREFIX + r"([0-9a-f]{12})[0-9a-f]{52}")


class TokenProblem(ValueError):
    """Why a token is not made, in words."""


class NotTaken(ValueError):
    """Why a body is refused whole, and which of its records are the reason."""

    def __init__(self, message: str, problems: list[BadRecord] | None = None, *, malformed: bool = False) -> None:
        super().__init__(message)
        self.problems = problems or []
        self.malformed = malformed


class KeyUsed(ValueError):
    """The Idempotency-Key came with another body before."""


@transaction.atomic
def make_push_token(
    *, by: User, now: dt.datetime, school: School, name: str, days: int, form_token: uuid.UUID | None = None
) -> tuple[PushToken, str]:
    """A token for the school's system. The second of the pair is the token itself, shown once and known from here on to nobody else."""
    School.objects.select_for_update().get(pk=school.pk)
    if form_token is not None and PushToken.objects.filter(form_token=form_token).exists():
        raise TokenProblem("This token was made already and is shown only once. If you did not copy it, revoke it and make another.")
    if PushToken.objects.filter(school=school).standing(now).count() >= MOST_TOKENS:
        raise TokenProblem(f"This school has {MOST_TOKENS} tokens already. Revoke one that is not used any more.")
    public = secrets.token_hex(6)
    text = f"{PREFIX}{public}{secrets.token_hex(26)}"
    token = PushToken.objects.create(
        school=school,
        name=name.strip(),
        public=public,
        digest=_digest(text),
        made_by=by,
        made_at=now,
        expires_at=now + dt.timedelta(days=days),
        form_token=form_token,
    )
    audit.record("made push token", by=by, subject=school, kind="access", name=token.name, days=days)
    return token, text


@transaction.atomic
def revoke_push_token(*, by: User, now: dt.datetime, token: PushToken) -> None:
    """The next push with it is refused. Revoked twice is revoked once."""
    if PushToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now, revoked_by=by):
        audit.record("revoked push token", by=by, subject=token.school, kind="access", name=token.name)


def token_of(text: str, *, now: dt.datetime) -> PushToken | None:
    """The standing token that `text` is."""
    found = _TOKEN.fullmatch(text)
    token = PushToken.objects.select_related("school").filter(public=found[1]).standing(now).first() if found else None
    return token if token is not None and compare_digest(token.digest, _digest(text)) else None


def token_used(*, token: PushToken, now: dt.datetime) -> None:
    """To the minute, and one write a minute."""
    stale = Q(last_used=None) | Q(last_used__lt=now - dt.timedelta(minutes=1))
    PushToken.objects.filter(stale, pk=token.pk).update(last_used=now)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def push(*, token: PushToken, today: dt.date, now: dt.datetime, body: bytes, key: str | None) -> PushReceipt:
    """Keep a body as an extract of the token's school and have it loaded. The same key and body again is the same receipt.

    Raises `NotTaken`, having kept nothing, or `KeyUsed`.
    """
    if (before := _before(token, key)) is not None:
        return _same(before, body)
    content = _read(token, body)
    try:
        with transaction.atomic():
            return _keep(token, today, now, body, content, key)
    except IntegrityError:  # the same key at the same moment
        before = _before(token, key)
        if before is None:
            raise
        return _same(before, body)


def _before(token: PushToken, key: str | None) -> PushReceipt | None:
    return None if key is None else PushReceipt.objects.select_related("extract", "school").filter(school=token.school_id, key=key).first()


def _same(before: PushReceipt, body: bytes) -> PushReceipt:
    if before.extract.sha256 != hashlib.sha256(body).hexdigest():
        raise KeyUsed("This Idempotency-Key came with another body before. Send each body with a key of its own.")
    return before


def _read(token: PushToken, body: bytes) -> Body:
    try:
        content = pushed.read(body)
    except Unreadable as problem:
        raise NotTaken(str(problem), malformed=True) from None
    ours = f"This token is for {token.school}, URN {token.school.urn}."
    others = [
        BadRecord(number, content.pointer(number, "urn"), "urn", str(record["urn"]), ours)
        for number, record in content.records
        if record.get("urn") is not None and str(record["urn"]).strip() != str(token.school.urn)
    ]
    if others:
        raise NotTaken("Nothing was taken: the body holds marks of another school than the token’s.", others)
    if not content.records:
        raise NotTaken("Nothing was taken: no record of the body is a mark.", content.problems)
    return content


def _keep(token: PushToken, today: dt.date, now: dt.datetime, body: bytes, content: Body, key: str | None) -> PushReceipt:
    try:
        mapping = sniff(body).mapping
    except Unreadable as problem:
        raise NotTaken(str(problem), malformed=True) from None
    if mapping is None:
        raise NotTaken("The body could not be read as marks. Its first record needs upn, date, session and code.", malformed=True)
    suffix = "ndjson" if content.lines else "json"
    extract = actions.receive_extract(
        by=None,
        today=today,
        now=now,
        content=[body],
        filename=f"push-{now:%Y%m%d-%H%M%S}.{suffix}",
        school=token.school,
        source=PUSH,
    )
    receipt = PushReceipt.objects.create(
        token=token,
        school=token.school,
        extract=extract,
        key=key,
        prefix=content.prefix,
        records=len(content.records) + content.bad,
        unreadable=[asdict(problem) for problem in content.problems],
        unreadable_records=content.bad,
    )
    receipt.extract = actions.queue_extract(by=None, today=today, extract=extract, mapping=mapping.to_json(), create_pupils=False)
    audit.record("register pushed", by=None, subject=extract, token=token.name, urn=token.school.urn)
    return receipt


def problems_of(receipt: PushReceipt) -> list[dict[str, object]]:
    """Each bad record of a push, those that were no marks and those that came back: number, pointer, field, value, message."""
    extract = receipt.extract
    came_back = [
        {
            "number": one["line"],
            "pointer": _pointer(receipt, int(one["line"]), str(one["field"])),
            "field": _FIELDS.get(str(one["field"]), str(one["field"])),
            "value": one["value"],
            "message": one["message"],
        }
        for one in extract.rejected
    ]
    return sorted([*receipt.unreadable, *came_back], key=lambda one: int(one["number"]))


_FIELDS = {"URN": "urn", "UPN": "upn", "Date": "date", "Session": "session", "Mark": "code"}


def _pointer(receipt: PushReceipt, number: int, heading: str) -> str:
    if receipt.extract.filename.endswith(".ndjson"):
        return ""
    name = _FIELDS.get(heading, "")
    return f"{receipt.prefix}/{number - 1}" + (f"/{name}" if name else "")
