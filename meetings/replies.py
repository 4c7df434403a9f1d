"""What schools have said lately about what was agreed at meetings, and to offers they accepted: read in one query."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import JSONObject, TruncDate

from accounts import clock
from accounts.clock import LONDON
from accounts.models import User
from accounts.permissions import Permission
from attendance.words import say_day
from casework.replies import SCHOOL_ROLES, Reply
from meetings.models import Action, Offer, Progress

OF_PROGRESS, OF_OFFER = "progress", "offer accepted"


def told(user: User, *, since: dt.date) -> list[QuerySet[Any]]:
    """To this officer, after `since`, each as what it is of and what it says; read together with other such rows.

    What is stuck, declined or to be moved is told among what waits, so it is not told here.
    """
    if not user.may(Permission.PLAN_MEETINGS):
        return []
    logged = Progress.objects.filter(
        action__in=Action.objects.visible_to(user).filter(meeting__officer=user), day__gt=since, by__role__in=SCHOOL_ROLES
    ).exclude(state=Progress.State.STUCK)
    of_actions = logged.order_by().annotate(
        of=Value(OF_PROGRESS, CharField()),
        said=JSONObject(
            pk="pk", to="action", day="day", what="action__what", came="state", words="words", school="action__school__name", by="by_name"
        ),
    )
    begin = clock.start_of(since + dt.timedelta(days=1))
    accepted = Offer.objects.visible_to(user).filter(
        officer=user, status=Offer.Status.ACCEPTED, answered_at__gte=begin, answered_by__role__in=SCHOOL_ROLES
    )
    of_offers = accepted.order_by().annotate(
        of=Value(OF_OFFER, CharField()),
        said=JSONObject(
            pk="pk", to="pk", day=TruncDate("answered_at", tzinfo=LONDON), what="day", came="status", words="words",
            school="school__name", by="answered_by__name",
        ),
    )  # fmt: skip
    return [of_actions.values_list("of", "said"), of_offers.values_list("of", "said")]


def reply_of(kind: str, said: dict[str, str]) -> Reply:
    return _of_offer(said) if kind == OF_OFFER else _of_action(said)


def _of_action(said: dict[str, str]) -> Reply:
    words = f": “{said['words'].rstrip('.')}”" if said["words"] else ""
    why = f"{said['by']} of {said['school']} said on {say_day(_day(said))}: {Progress.State(said['came']).label.lower()}{words}."
    return Reply(f"reply:progress:{said['pk']}", said["what"], why, _day(said), "action", int(said["to"]))


def _of_offer(said: dict[str, str]) -> Reply:
    meeting = say_day(dt.date.fromisoformat(said["what"]))
    why = f"{said['by']} accepted on {say_day(_day(said))}. The meeting is planned."
    return Reply(f"reply:offer:{said['pk']}", f"{said['school']} will meet on {meeting}", why, _day(said), "offer", int(said["to"]))


def _day(said: dict[str, str]) -> dt.date:
    return dt.date.fromisoformat(said["day"])
