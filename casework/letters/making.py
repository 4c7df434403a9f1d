"""Making letters and print runs, in a worker: whoever makes one holds it by its database session (schools/orders.py).

Of a run, letters are written some at a time and made one by one, each in its own transaction: what a killed worker had written or made
is not written or made again.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

from django.db import transaction

from casework.actions import letters as writing
from casework.letters import addressees, facts, paper
from casework.letters.addressees import Addressee
from casework.letters.facts import Facts
from casework.letters.fields import LetterProblem
from casework.letters.paper import Head
from casework.models import Letter, PrintRun
from schools import kept, orders
from schools.models import PolicyValue, Pupil

LOCK_LETTER, LOCK_RUN = 7311, 7312  # first keys of the advisory locks
_AT_ONCE = 100  # pupils whose letters are written in one transaction


def make_letter(letter_id: int, *, now: dt.datetime) -> Letter | None:
    """Make the PDF of one letter that is in no run; None where it is made, or in other hands."""
    rows = Letter.objects.filter(run=None).select_related("version__template")
    return orders.carry_out(rows, letter_id, lock=LOCK_LETTER, make=lambda letter: _keep(letter, paper.head(), now))


def forgotten_letters() -> list[int]:
    return orders.forgotten(Letter.objects.filter(run=None), LOCK_LETTER, most=200)


def _keep(letter: Letter, head: Head, now: dt.datetime) -> None:
    made = paper.pdf(letter, head)
    found = kept.keep("letters", io.BytesIO(made), ".pdf")
    letter.stored, letter.sha256, letter.size, letter.sheets = found.name, found.sha256, found.size, paper.sheets(made)
    letter.status, letter.made_at, letter.error = Letter.Status.MADE, now, ""
    letter.save(update_fields=["stored", "sha256", "size", "sheets", "status", "made_at", "error"])


def make_run(run_id: int, *, now: dt.datetime) -> PrintRun | None:
    """Write, make and put together the letters of a run; None where it is done, or in other hands."""
    rows = PrintRun.objects.filter(cancelled=None).select_related("version__template", "by")
    return orders.carry_out(rows, run_id, lock=LOCK_RUN, make=lambda run: _make(run, now))


def forgotten_runs() -> list[int]:
    return orders.forgotten(PrintRun.objects.filter(cancelled=None), LOCK_RUN)


def _make(run: PrintRun, now: dt.datetime) -> None:
    if not run.composed:
        _compose(run, now)
    ours = Letter.objects.filter(run=run).exclude(state=Letter.State.WITHDRAWN)
    head = paper.head()
    for letter in ours.filter(status__in=orders.BUSY).select_related("version__template").order_by("pk").iterator(chunk_size=200):
        try:
            _keep(letter, head, now)
        except orders.CannotBeMade as problem:  # the others go: this one is listed
            Letter.objects.filter(pk=letter.pk).update(status=Letter.Status.FAILED, error=str(problem))
        PrintRun.objects.filter(pk=run.pk).update(attempts=0)  # it gets on: however often it is stopped, it ends
    whole = ours.filter(status=Letter.Status.MADE)
    if not whole.exists():
        raise orders.CannotBeMade("There is no letter in this run that can be posted. See below why.")
    made, sheets = paper.together(list(whole.order_by("pk").values_list("stored", flat=True)), str(run))
    found = kept.keep("letters", io.BytesIO(made), ".pdf")
    run.stored, run.sha256, run.size, run.sheets = found.name, found.sha256, found.size, sheets
    run.status, run.made_at, run.error = PrintRun.Status.MADE, now, ""
    run.save(update_fields=["stored", "sha256", "size", "sheets", "status", "made_at", "error"])


def _compose(run: PrintRun, now: dt.datetime) -> None:
    """Write the letters. `run.left_out` has whoever gets none, and why."""
    looked = {pupil for pupil, _, _ in run.left_out} | set(run.letters.values_list("pupil", flat=True))
    rest = [pk for pk in run.pupils if pk not in looked]
    for start in range(0, len(rest), _AT_ONCE):
        with transaction.atomic():
            _write_some(run, rest[start : start + _AT_ONCE], now)
            run.save(update_fields=["left_out"])
            PrintRun.objects.filter(pk=run.pk).update(attempts=0)
    run.composed = True
    run.save(update_fields=["composed"])


def _write_some(run: PrintRun, pks: Sequence[int], now: dt.datetime) -> None:
    if not PrintRun.objects.select_for_update().filter(pk=run.pk, cancelled=None).exists():
        raise orders.CannotBeMade("The run was called off while its letters were being written.")
    people = {pupil.pk: pupil for pupil in Pupil.objects.filter(pk__in=pks).select_for_update().order_by("pk")}
    told, parents = facts.of_pupils(pks, today=run.day), addressees.of_pupils(pks)
    lately = had_lately(run, pks)
    rows: list[Letter] = []
    for pk in pks:
        rows += _of_pupil(run, people[pk], told.get(pk, Facts()), parents.get(pk, []), lately, now)
    Letter.objects.bulk_create(rows)


def had_lately(run: PrintRun, pupils: Sequence[int]) -> dict[tuple[int, int], dt.date]:
    """(pupil, parent) who were written the same letter a short time ago, or are in another run of it that still stands; the day."""
    since = run.day - dt.timedelta(days=PolicyValue.objects.in_force(run.day)["letter_again_days"])
    others = Letter.objects.filter(version__template=run.version.template_id, pupil__in=pupils, day__gt=since)
    others = others.exclude(state=Letter.State.WITHDRAWN).exclude(run=run)
    return {(pupil, parent): day for pupil, parent, day in others.order_by("day").values_list("pupil", "parent", "day")}


def _of_pupil(
    run: PrintRun, pupil: Pupil, told: Facts, those: list[Addressee], lately: dict[tuple[int, int], dt.date], now: dt.datetime
) -> list[Letter]:
    version = run.version
    try:
        writing.check_true(version.template.purpose, told)
    except LetterProblem as problem:
        run.left_out.append([pupil.pk, None, str(problem)])
        return []
    values = writing.values_of(pupil, told, by=run.by, by_name=run.by_name, day=run.day, asked={})
    places, found = addressees.kept_places(those), []
    for one in those:
        if why := _why_not(one, lately.get((pupil.pk, one.parent.pk))):
            run.left_out.append([pupil.pk, one.parent.pk, why])
            continue
        try:
            subject, blocks = writing.composed(version, version.blocks, one, values, places)
        except LetterProblem as problem:
            run.left_out.append([pupil.pk, one.parent.pk, str(problem)])
            continue
        found.append(
            writing.row_of(
                version,
                pupil,
                told,
                one,
                Letter.Method.POST,
                subject,
                blocks,
                run=run,
                day=run.day,
                by=run.by,
                by_name=run.by_name,
                written_at=now,
            )
        )
    if not those:
        run.left_out.append([pupil.pk, None, "No parent is recorded. Add one on the pupil’s page."])
    return found


def _why_not(one: Addressee, before: dt.date | None) -> str:
    if one.responsible is None:
        return "Whether they have parental responsibility is not known. Say so on the parent’s page, or write to them alone."
    if not one.responsible:
        return "They have no parental responsibility."
    if before:
        return f"They were written the same letter on {before:%-d %B %Y}."
    return one.not_by_post
