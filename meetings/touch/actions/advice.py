"""Questions of schools and their answers."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from accounts import audit
from accounts.models import User
from meetings.actions.problems import token_of
from meetings.models import Advice, Guide
from meetings.touch.actions.library import write_guide
from meetings.touch.actions.problems import TouchProblem, same_version
from schools.models import School


@transaction.atomic
def ask(
    *, by: User, now: dt.datetime, school: School, topic: str, subject: str, words: str, asked_for: str = "", how: str = Advice.How.LOGIN,
    answer: str = "", form_token: uuid.UUID | None = None,
) -> Advice:  # fmt: skip
    """A question, asked in a school's login or written down for it; with its answer where that was given at once."""
    token = token_of(form_token, by, school.pk, subject, words)
    if token and (known := Advice.objects.filter(form_token=token).first()):
        return known
    said = {"how": how, "asked_for": asked_for.strip() or by.name, "asked_by": by, "asked_at": now, "topic": topic}
    made = Advice.objects.create(school=school, subject=subject.strip(), words=words.strip(), form_token=token, **said)
    audit.record("Advice asked for", by=by, subject=made, school=school.urn)
    return reply(by=by, now=now, advice=made, version=None, answer=answer) if answer.strip() else made


@transaction.atomic
def reply(*, by: User, now: dt.datetime, advice: Advice, version: int | None, answer: str) -> Advice:
    """Answer, or put an answer right: the former one stays in the history."""
    advice = Advice.objects.select_for_update(of=("self",)).select_related("answered_by").get(pk=advice.pk)
    same_version(advice.version, version, advice.answered_by, advice.answered_at, now=now)
    if not answer.strip():
        raise TouchProblem("Write an answer", "answer")
    advice.answer, advice.answered_by, advice.answered_at = answer.strip(), by, now
    advice.status = Advice.Status.ANSWERED
    advice.version += 1
    advice.save()
    audit.record("Advice given", by=by, subject=advice)
    return advice


@transaction.atomic
def publish(
    *,
    by: User,
    now: dt.datetime,
    advice: Advice,
    title: str,
    words: str,
    topic: str,
    phases: list[str],
    start: dt.date,
    until: dt.date | None,
) -> Guide:  # fmt: skip
    """Make guidance of an answer, in words that name nobody: the person who publishes has looked. Published twice, it stands once."""
    advice = Advice.objects.select_for_update(of=("self",)).select_related("guide", "school").get(pk=advice.pk)
    if advice.guide:
        return advice.guide
    if advice.status != Advice.Status.ANSWERED:
        raise TouchProblem("Answer the question first: guidance is made of the answer.")
    for named in (advice.school.name, advice.asked_for):
        if named.casefold() in f"{title} {words}".casefold():
            raise TouchProblem(f"“{named}” is named in it. Guidance is read by other schools: say it without names.", "words")
    advice.guide = write_guide(
        by=by, now=now, kind=Guide.Kind.GUIDE, topic=topic, title=title, words=words, phases=phases, start=start, until=until
    )
    advice.save(update_fields=["guide"])
    return advice.guide
