"""The filters of the lists of meetings and actions, read from the address."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django.db.models import F, Q, QuerySet
from django.forms import HiddenInput

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from meetings.models import Action, Meeting, MeetingSchool
from meetings.terms import Term, find, term_of
from schools.forms.fields import say_plainly
from schools.models import School

MINE = "mine"
HOLDING = [role.code for role in ROLES.values() if Permission.PLAN_MEETINGS in role.permissions]


def terms(today: dt.date) -> list[Term]:
    """The next term, this one and the five before, newest first."""
    found = [term_of(today).after()]
    for _ in range(6):
        found.append(found[-1].before())
    return found


def _officers(rows: QuerySet[Any], field: str, user: User) -> list[tuple[str, str]]:
    """Who held any of these meetings; those who see every school may ask for an officer who has held none, too."""
    theirs = Q(pk__in=rows.order_by().values(field))
    if user.as_role.every_school:
        theirs |= Q(is_active=True, role__in=HOLDING)
    known = User.objects.filter(theirs).order_by("name").values_list("pk", "name")
    mine = [(MINE, "Me")] if user.may(Permission.PLAN_MEETINGS) else []
    return [*mine, *((str(pk), name) for pk, name in known)]


class _OfMeetings(filters.FilterSet):
    """What both lists share: whose rows, and words for choices that are not offered."""

    officer_field = "officer"

    def __init__(self, data: Any, *, user: User, today: dt.date, queryset: QuerySet[Any]) -> None:
        super().__init__(data, queryset=queryset)
        self.user, self.today = user, today
        # also schools without a meeting: a link to a school's meetings must not show everybody's
        self.filters["school"].queryset = School.objects.visible_to(user).to_choose()
        self.filters["officer"].extra["choices"] = _officers(queryset, self.officer_field, user)
        self.filters["term"].extra["choices"] = [(term.key, term.name) for term in terms(today)]
        say_plainly(self.form)

    def worked_by(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(**{self.officer_field: self.user.pk if value == MINE else int(value)})

    def leave(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows  # asked apart from the others, whose counts it stands beside

    @property
    def chosen(self) -> dict[str, Any]:
        self.form.full_clean()
        return self.form.cleaned_data

    @property
    def narrowed(self) -> bool:
        return any(value for name, value in self.chosen.items() if name not in ("status", "state"))


class MeetingFilter(_OfMeetings):
    """Without a choice of status: the meetings planned."""

    school = filters.ModelChoiceFilter(label="School", queryset=School.objects.none(), to_field_name="urn", empty_label="All schools")
    officer = filters.ChoiceFilter(label="Officer", method="worked_by", empty_label="All officers")
    term = filters.ChoiceFilter(label="Term", method="in_term", empty_label="Any term")
    status = filters.ChoiceFilter(choices=Meeting.Status.choices, method="leave", widget=HiddenInput)

    class Meta:
        model = Meeting
        fields = ["school", "officer", "term", "status"]

    def in_term(self, rows: QuerySet[Meeting], name: str, value: str) -> QuerySet[Meeting]:
        term = find(value)
        return rows.filter(day__range=(term.first, term.last)) if term else rows

    @property
    def now_shown(self) -> str:
        return str(self.chosen.get("status") or Meeting.Status.PLANNED)

    def meetings(self) -> QuerySet[Meeting]:
        rows = self.qs.filter(status=self.now_shown)
        return rows.order_by("day", "time", "pk") if self.now_shown == Meeting.Status.PLANNED else rows.order_by("-day", "-time", "pk")


class OtherMeetingFilter(MeetingFilter):
    """Of meetings that are no support meetings; those of a school are all in which it takes part."""

    kind = filters.ChoiceFilter(label="Kind", choices=Meeting.OTHER_KINDS, empty_label="Any kind")
    school = filters.ModelChoiceFilter(
        label="School", queryset=School.objects.none(), to_field_name="urn", empty_label="All schools", method="takes_part"
    )

    class Meta:
        model = Meeting
        fields = ["kind", "school", "officer", "term", "status"]

    def takes_part(self, rows: QuerySet[Meeting], name: str, value: School) -> QuerySet[Meeting]:
        return rows.filter(pk__in=MeetingSchool.objects.filter(school=value).values("meeting"))


OPEN, OVERDUE, DONE, ON_TIME, DROPPED = "open", "overdue", "done", "on_time", "dropped"
STATES = [(OPEN, "Open"), (OVERDUE, "Overdue"), (DONE, "Done"), (ON_TIME, "Done on time"), (DROPPED, "Not needed any more")]


class ActionFilter(_OfMeetings):
    """Without a choice of state: the actions that are open, overdue ones among them."""

    officer_field = "meeting__officer"

    school = filters.ModelChoiceFilter(label="School", queryset=School.objects.none(), to_field_name="urn", empty_label="All schools")
    owner = filters.ChoiceFilter(label="Whose action", choices=Action.Owner.choices, empty_label="Anybody’s")
    officer = filters.ChoiceFilter(label="Officer", method="worked_by", empty_label="All officers")
    term = filters.ChoiceFilter(label="Closed in", method="in_term", empty_label="Any term")
    state = filters.ChoiceFilter(choices=STATES, method="leave", widget=HiddenInput)

    class Meta:
        model = Action
        fields = ["school", "owner", "officer", "term", "state"]

    def in_term(self, rows: QuerySet[Action], name: str, value: str) -> QuerySet[Action]:
        term = find(value)
        return rows.filter(closed__range=(term.first, term.last)) if term else rows

    @property
    def now_shown(self) -> str:
        return str(self.chosen.get("state") or OPEN)

    def in_state(self, state: str) -> QuerySet[Action]:
        rows = self.qs
        if state == OVERDUE:
            return rows.filter(status=Action.Status.OPEN, due__lt=self.today)
        if state == ON_TIME:
            return rows.filter(status=Action.Status.DONE, closed__lte=F("due"))
        return rows.filter(status=state)

    def actions(self) -> QuerySet[Action]:
        rows = self.in_state(self.now_shown)
        return rows.order_by("due", "pk") if self.now_shown in (OPEN, OVERDUE) else rows.order_by("-closed", "-pk")
