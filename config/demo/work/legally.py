"""Who may sign for the invented authority, what courts have ordered, and what legal advised. Nothing of it is drawn by chance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from accounts import audit
from casework import stages
from casework.models import Case, MissingChild
from config.demo.dates import ONE, WEEK
from config.demo.work.cast import Cast
from legal.actions.advice import write_advice
from legal.actions.orders import end_order, record_order
from legal.models import Authorised, Notice, Order, Request
from schools.models import Pupil, Responsibility

_POWER, _STANDING, _KIND = Authorised.Power, Authorised.Standing, Order.Kind
_BEGAN = dt.date(2024, 8, 19)
_COURT, _FAMILY = "Merebrook Magistrates’ Court", "Merebrook Family Court"


def may_sign(cast: Cast) -> int:
    """Legal everything; officers and the manager what is not the court's; two heads their certificates; one whose time is over."""
    rows = [
        _row(cast, cast.legal.name, power, "Solicitor, education", "Scheme of delegation, part 3", "CS 12", user=cast.legal)
        for power in _POWER
    ]
    for user in (cast.manager, *cast.officers):
        role = "Attendance manager" if user == cast.manager else "Attendance officer"
        rows += [
            _row(cast, user.name, power, role, "Scheme of delegation, part 3", "CS 14", user=user)
            for power in (_POWER.IMPROVE, _POWER.CONTRACTS)
        ]
    rows += [
        _row(cast, "Ottoline Marchbank", power, "Solicitor, education", "Scheme of delegation, part 3", "CS 9")
        for power in (_POWER.NOTICES, _POWER.INFORMATIONS)
    ]
    for row in rows[-2:]:
        row.end, row.end_words = dt.date(cast.today.year - 1, 3, 31), "Left the authority."
    heads = ("Rosalind Thackeray", "Emeka Okonjo-Vale")
    for name, school in zip(heads, sorted(cast.schools.values(), key=lambda school: school.urn)[:2], strict=False):
        row = _row(cast, name, _POWER.CERTIFICATES, "Head teacher", "Education Act 1996 s.566", "")
        row.standing, row.school = _STANDING.HEAD, school
        rows.append(row)
    constable = _row(cast, "PC Imogen Farrow", _POWER.NOTICES, "Constable, safer schools team", "Education Act 1996 s.444B", "")
    constable.standing = _STANDING.CONSTABLE
    Authorised.objects.bulk_create([*rows, constable])
    audit.record("authorised signatories of the demo", by=cast.manager, count=len(rows) + 1)
    return len(rows) + 1


def _row(cast: Cast, name: str, power: str, role: str, instrument: str, reference: str, *, user: object = None) -> Authorised:
    return Authorised(
        user=user, name=name, standing=_STANDING.OFFICER, role=role, power=power, instrument=instrument, reference=reference,
        start=_BEGAN, by=cast.manager, at=cast.moment(_BEGAN, 9),
    )  # fmt: skip


def orders(cast: Cast) -> int:
    """Of each kind one or two, on children for whom they make sense; then notes of advice. Written down today, after all that was done."""
    asked = set(Request.objects.values_list("pupil", flat=True))
    formal = [
        case.pupil
        for case in Case.objects.open().filter(stage=stages.FORMAL).select_related("pupil").order_by("pk")
        if case.pupil_id not in asked
    ]
    kinds = iter(formal)
    _record(
        cast, kinds, _KIND.SUPERVISION, 20, court=_FAMILY, words="Supervisor: the authority. Directions: weekly meetings, a morning escort."
    )
    _record(cast, kinds, _KIND.DIRECTION, 6, court=_COURT, words="Directed on the adjournment of a prosecution.")
    _record(
        cast, kinds, _KIND.CONSIDERED, 3, words="The family works with early help since October; an order would add nothing to that yet."
    )
    over = _record(cast, kinds, _KIND.SUPERVISION, 30, court=_FAMILY)
    if over is not None:
        day = cast.today - 4 * WEEK
        end_order(by=cast.legal, today=cast.today, now=cast.now, order=over, day=day, words="Discharged: the child attends.")
    prosecuted = Notice.objects.filter(state=Notice.State.PROSECUTED).select_related("pupil", "parent").order_by("number")
    for number, notice in enumerate(prosecuted[:3]):
        since = min((cast.today - (notice.prosecuted or notice.issued)).days // 7, 2)
        for kind in ((_KIND.CONSIDERED,), (_KIND.CONSIDERED, _KIND.CONVICTION, _KIND.PARENTING), (_KIND.CONSIDERED, _KIND.SINGLE_JUSTICE))[
            number
        ]:
            words = "A penalty was tried and not paid; an order would not change the holiday." if kind == _KIND.CONSIDERED else ""
            _record(cast, iter([notice.pupil]), kind, since, parent=notice, court="" if kind == _KIND.CONSIDERED else _COURT, words=words)
    missing = MissingChild.objects.filter(closed=None).select_related("pupil").order_by("pk")
    _record(cast, (child.pupil for child in missing), _KIND.BEFORE_ATTENDANCE, 1, words="First notice, s.437(1).")
    return Order.objects.count() + _advice(cast)


def _record(
    cast: Cast, pupils: Iterable[Pupil], kind: str, weeks: int, *, parent: Notice | None = None, court: str = "", words: str = ""
) -> Order | None:
    pupil = next(iter(pupils), None)
    if pupil is None:
        return None
    day = cast.at_work(cast.today - weeks * WEEK)
    day = min(day, cast.today)
    tied = parent is not None and Responsibility.objects.filter(pupil=pupil, parent=parent.parent_id).exists()
    if kind in Order.OF_A_PARENT and not tied:
        return None
    about = parent.parent if parent is not None and tied and kind in Order.OF_A_PARENT else None
    return record_order(
        by=cast.legal, today=cast.today, now=cast.now, pupil=pupil, kind=kind, start=day, parent=about, court=court,
        reference=f"MB{day.year}/{pupil.pk % 900 + 100}" if court else "", words=words,
    )  # fmt: skip


def _advice(cast: Cast) -> int:
    """On what waits for a decision and on a notice that is looked at again."""
    day = cast.at_work(cast.today - 3 * ONE)
    day = min(day, cast.today)
    now = cast.moment(day, 16)
    count = 0
    for request in Request.objects.filter(status=Request.Status.SUBMITTED).select_related("pupil").order_by("-pk")[:2]:
        words = "Liability of the second parent rests on one telephone note. Ask for the school’s contact log before deciding."
        write_advice(by=cast.legal, today=day, now=now, pupil=request.pupil, request=request, words=words)
        count += 1
    for notice in Notice.objects.exclude(review="").select_related("pupil").order_by("number")[:1]:
        words = "The corrected session does not go to the root of the notice: nine of ten would not found it, ten of eleven do."
        write_advice(by=cast.legal, today=day, now=now, pupil=notice.pupil, notice=notice, words=words)
        count += 1
    return count
