"""What a school's contact has to do: actions agreed, requests that came back, and the next meeting. Read with the schools."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, JSONObject

from accounts.models import User
from accounts.permissions import Permission
from attendance.models import PublishedRating, Rating
from casework.models import PlanAction, Referral, Task
from legal.models import Request
from meetings.models import Action, Guide, GuideRead, Meeting, MeetingSchool
from schools.models import School

_MOST = 20
_UNREAD = 5  # of the noticeboard


def with_work(schools: QuerySet[School], user: User, *, today: dt.date) -> QuerySet[School]:
    """Adds lists of rows to each school, so that its home asks the database nothing more for them."""
    agreed = Action.objects.visible_to(user).open().filter(owner=Action.Owner.SCHOOL, school=OuterRef("pk"))
    under_plans = PlanAction.objects.visible_to(user).open().filter(owner=PlanAction.Owner.SCHOOL, plan__case__school=OuterRef("pk"))
    given = Task.objects.visible_to(user).open().filter(school=OuterRef("pk"))
    returned = Request.objects.visible_to(user).filter(school=OuterRef("pk"), status=Request.Status.RETURNED)
    back = Referral.objects.visible_to(user).filter(school=OuterRef("pk"), status=Referral.Status.RETURNED)
    told = PublishedRating.objects.visible_to(user).with_colour().filter(rating__school=OuterRef("pk"))
    coming = Meeting.objects.visible_to(user).to_come(today).select_related("officer")
    takes_part = MeetingSchool.objects.filter(school=OuterRef(OuterRef("pk"))).values("meeting")
    coming = coming.filter(Q(school=OuterRef("pk")) | Q(pk__in=takes_part))
    unread = Guide.objects.standing(today).exclude(pk__in=GuideRead.objects.filter(user=user).values("guide"))
    unread = unread.filter(Q(phases=[]) | Q(phases__contains=[OuterRef("phase")]))
    return schools.annotate(
        unread=ArraySubquery(unread.order_by("-start", "-pk").values(row=_row(title="title", kind="kind", day="start"))[:_MOST]),
        agreed=ArraySubquery(agreed.order_by("due", "pk").values(row=_row(what="what", due="due", pupil=_name("pupil")))[:_MOST]),
        under_plans=ArraySubquery(
            under_plans.order_by("due", "pk").values(row=_row(what="what", due="due", pupil=_name("plan__case__pupil")))[:_MOST]
        ),
        given=ArraySubquery(given.order_by("due", "pk").values(row=_row(what="title", due="due", pupil=_name("pupil")))[:_MOST]),
        returned=ArraySubquery(returned.order_by("pk").values(row=_row(pupil=_name("pupil")))[:_MOST]),
        referrals_back=ArraySubquery(back.order_by("pk").values(row=_row(pupil=_name("pupil")))[:_MOST]),
        told=ArraySubquery(
            told.order_by("-rating__year", "-rating__term").values(
                row=_row(colour="shown", year="rating__year", term="rating__term", at="publication__at")
            )[:1]
        ),
        coming=ArraySubquery(
            coming.order_by("day", "time").values(row=_row(day="day", time="time", place="place", officer="officer__name", title="title"))[
                :3
            ]
        ),
    )


def _name(pupil: str) -> Concat:
    return Concat(F(f"{pupil}__forename"), Value(" "), F(f"{pupil}__surname"))


def _row(**fields: Any) -> JSONObject:
    return JSONObject(pk="pk", **fields)


def gather(schools: Sequence[School], user: User, *, today: dt.date) -> dict[str, Any]:
    """The lists of all of somebody's schools together, soonest first."""
    actions, returned, back, told = [], [], [], []
    coming: dict[int, dict[str, Any]] = {}  # once, though several of their schools take part
    places = dict(Meeting.Place.choices)
    for school in schools:
        for address, rows in (("action", school.agreed), ("plan_action_close", school.under_plans), ("task", school.given)):  # type: ignore[attr-defined]
            actions += [row | {"address": address, "school": school, "due": _day(row["due"])} for row in rows or []]
        returned += [row | {"school": school} for row in school.returned or []]  # type: ignore[attr-defined]
        back += [row | {"school": school} for row in school.referrals_back or []]  # type: ignore[attr-defined]
        for row in school.coming or []:  # type: ignore[attr-defined]
            coming.setdefault(
                row["pk"], row | {"school": school, "day": _day(row["day"]), "time": row["time"][:5], "place": places[row["place"]]}
            )
        told += [told_in_words(row) | {"school": school} for row in school.told or []]  # type: ignore[attr-defined]
    unread = {row["pk"]: row | {"day": _day(row["day"])} for school in schools for row in school.unread or []}  # type: ignore[attr-defined]
    for row in actions:
        row["late"] = row["due"] < today
    return {
        "actions": sorted(actions, key=lambda row: (row["due"], row["pk"])),
        "returned": returned,
        "referrals_back": back,
        "coming": sorted(coming.values(), key=lambda row: (row["day"], row["time"])),
        "told": told,
        "unread": sorted(unread.values(), key=lambda row: (row["day"], row["pk"]), reverse=True)[:_UNREAD],
        "unread_more": max(len(unread) - _UNREAD, 0),
        "may_log": user.may(Permission.LOG_PROGRESS),
    }


def told_in_words(row: dict[str, Any]) -> dict[str, Any]:
    """A published rating, as it was read: with its colour's word, its term's name and when it was published."""
    term = f"{Rating.Term(row['term']).label} {row['year']}/{(row['year'] + 1) % 100:02d}"
    return row | {"word": Rating.Colour(row["colour"]).label, "term": term, "at": dt.datetime.fromisoformat(row["at"])}


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
