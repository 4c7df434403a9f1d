"""What is done with one school: its rating, meetings, cases and notices, read in the same query as the school."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

from accounts.models import User
from accounts.permissions import Permission
from attendance.models import PublishedRating, Rating
from casework.models import Case
from dashboards import severe
from dashboards.numbers import Number, list_of
from dashboards.school_home import told_in_words
from legal.models import Notice, Request
from meetings.models import Action, Meeting
from schools.models import Enrolment, School


def with_work(schools: QuerySet[School], user: User, *, today: dt.date) -> QuerySet[School]:
    """Adds the latest rating, the next and the last meeting, and how much is open, as far as `user` may see it."""
    ours = {"school": OuterRef("pk")}
    ratings = Rating.objects.visible_to(user).filter(**ours).order_by("-year", "-term")
    met = Meeting.objects.visible_to(user).support().filter(**ours)
    meeting = JSONObject(pk="pk", day="day", time="time")
    here = Enrolment.objects.visible_to(user).on_roll(today).filter(**ours)
    children = {name: here.filter(pupil__in=listed.rows.values("pk")) for name, listed in severe.lists(user).items()}
    return schools.annotate(
        severe_number=_number(children[severe.SEVERE], "school"),
        unplanned_number=_number(children[severe.UNPLANNED], "school"),
        rating_rows=ArraySubquery(ratings.values(row=JSONObject(pk="pk", colour="colour_now", year="year", term="term"))[:1]),
        told_rows=ArraySubquery(
            PublishedRating.objects.visible_to(user)
            .with_colour()
            .filter(rating__school=OuterRef("pk"))
            .order_by("-rating__year", "-rating__term")
            .values(row=JSONObject(pk="pk", colour="shown", year="rating__year", term="rating__term", at="publication__at"))[:1]
        ),
        next_rows=ArraySubquery(met.to_come(today).order_by("day", "time").values(row=meeting)[:1]),
        last_rows=ArraySubquery(met.filter(status=Meeting.Status.HELD).order_by("-day", "-time").values(row=meeting)[:1]),
        cases_open=_number(Case.objects.visible_to(user).open().filter(**ours), "school"),
        actions_open=_number(Action.objects.visible_to(user).open().filter(**ours), "school"),
        requests_waiting=_number(Request.objects.visible_to(user).filter(**ours, status=Request.Status.SUBMITTED), "school"),
        notices_made=_number(Notice.objects.visible_to(user).filter(**ours), "school"),
    )


def _number(rows: QuerySet[Any], school: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(school).annotate(n=Count("pk", distinct=True)).values("n")), 0)


def gather(school: School, user: User, *, today: dt.date) -> dict[str, Any]:
    """What the page says of it, and what `user` may do next. No query: the school was read `with_work`."""
    rating = next(iter(school.rating_rows or []), None)  # type: ignore[attr-defined]
    if rating:
        term = f"{Rating.Term(rating['term']).label} {rating['year']}/{(rating['year'] + 1) % 100:02d}"
        rating |= {"word": Rating.Colour(rating["colour"]).label, "term": term}
    here = {"school": school.urn}
    may = user.may
    return {
        "first": severe.of_school(school, user),
        "rating": rating,
        "told": next((told_in_words(row) for row in school.told_rows or []), None),  # type: ignore[attr-defined]
        "next_meeting": _meeting(school.next_rows),  # type: ignore[attr-defined]
        "last_meeting": _meeting(school.last_rows),  # type: ignore[attr-defined]
        "cases_open": Number(school.cases_open, "open case", list_of("cases", officer="", **here)),  # type: ignore[attr-defined]
        "actions_open": Number(school.actions_open, "open action", list_of("actions", **here)),  # type: ignore[attr-defined]
        "requests_waiting": Number(
            school.requests_waiting,  # type: ignore[attr-defined]
            "request waiting,requests waiting",
            list_of("requests", status=Request.Status.SUBMITTED.value, **here),
        ),
        "notices_made": Number(school.notices_made, "notice", list_of("notices", **here)),  # type: ignore[attr-defined]
        "may_see_ratings": may(Permission.SEE_RATINGS),
        "may_see_told": may(Permission.SEE_PUBLISHED_RATINGS),
        "may_see_meetings": may(Permission.SEE_MEETINGS),
        "may_see_contacts": may(Permission.SEE_CONTACTS),
        "may_see_cases": may(Permission.SEE_CASES),
        "may_see_notices": may(Permission.SEE_NOTICES),
        "may_plan": may(Permission.PLAN_MEETINGS) and (school.closed is None or school.closed >= today),
    }


def _meeting(rows: list[dict[str, Any]] | None) -> dict[str, Any] | None:
    if not rows:
        return None
    return rows[0] | {"day": dt.date.fromisoformat(rows[0]["day"]), "time": rows[0]["time"][:5]}
