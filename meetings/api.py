"""The API's meetings and actions."""

from __future__ import annotations

import django_filters as filters
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts import clock
from accounts.access import user_of
from accounts.api import Reading
from accounts.api_filters import ChoiceFilter, DayFilter, NumberFilter, YesNoFilter
from accounts.models import User
from accounts.permissions import Permission
from meetings.models import Action, ActionQuerySet, Meeting, MeetingSchool, Progress
from meetings.serializers import ActionRow, MeetingRow
from schools.models import Pupil


class MeetingParameters(filters.FilterSet):
    school = NumberFilter(method="of_school", help_text="URN of a school with which it is, or which takes part.")
    kind = ChoiceFilter(choices=Meeting.Kind.choices, help_text="Support meetings, or another kind.")
    status = ChoiceFilter(choices=Meeting.Status.choices, help_text="Planned, held or cancelled.")
    day_from = DayFilter(field_name="day", lookup_expr="gte", help_text="On this day or later.")
    day_to = DayFilter(field_name="day", lookup_expr="lte", help_text="On this day or earlier.")

    class Meta:
        model = Meeting
        fields = ["school", "kind", "status", "day_from", "day_to"]

    def of_school(self, rows: QuerySet[Meeting], name: str, value: int) -> QuerySet[Meeting]:
        takes_part = MeetingSchool.objects.filter(school__urn=value).values("meeting")
        return rows.filter(Q(school__urn=value) | Q(pk__in=takes_part))


class Meetings(Reading, ReadOnlyModelViewSet[Meeting]):
    """Targeting support meetings with the schools you work with, and meetings of other kinds in which they take part."""

    needs = Permission.SEE_MEETINGS
    queryset = Meeting.objects.none()
    serializer_class = MeetingRow
    filterset_class = MeetingParameters

    def get_queryset(self) -> QuerySet[Meeting]:
        user = user_of(self.request)
        mine = Meeting.objects.visible_to(user).select_related("school", "officer")
        theirs = Q(actions__in=Action.objects.visible_to(user))
        counts = {"agenda_items": Count("items", distinct=True), "actions_agreed": Count("actions", distinct=True, filter=theirs)}
        return mine.annotate(**counts).order_by("pk")


class ActionParameters(filters.FilterSet):
    school = NumberFilter(field_name="school__urn", help_text="URN of a school.")
    meeting = NumberFilter(help_text="Id of a meeting.")
    status = ChoiceFilter(choices=Action.Status.choices, help_text="Open, done or dropped.")
    owner = ChoiceFilter(choices=Action.Owner.choices, help_text="Who does it.")
    overdue = YesNoFilter(method="past_due", help_text="true: open, and due before today.")
    due_to = DayFilter(field_name="due", lookup_expr="lte", help_text="Due on this day or earlier.")

    class Meta:
        model = Action
        fields = ["school", "meeting", "status", "owner", "overdue", "due_to"]

    def past_due(self, rows: ActionQuerySet, name: str, value: bool) -> QuerySet[Action]:
        late = Action.objects.overdue(clock.today()).values("pk")
        return rows.filter(pk__in=late) if value else rows.exclude(pk__in=late)


class Actions(Reading, ReadOnlyModelViewSet[Action]):
    """What was agreed at meetings: who does it, by when, and what was last said of it."""

    needs = Permission.SEE_MEETINGS
    rows_about_pupils = "agreed actions"
    queryset = Action.objects.none()
    serializer_class = ActionRow
    filterset_class = ActionParameters

    def get_queryset(self) -> QuerySet[Action]:
        user = user_of(self.request)
        latest = Progress.objects.filter(action=OuterRef("pk")).order_by("-pk")
        said = {"latest_state": Subquery(latest.values("state")[:1]), "latest_day": Subquery(latest.values("day")[:1])}
        mine = Action.objects.visible_to(user).select_related("school")
        return mine.annotate(**said, shown_pupil=_shown_pupil(user)).order_by("pk")


def _shown_pupil(user: User) -> F | Subquery:
    """For many actions at once what `meetings.reports.withhold_leavers` says on pages."""
    if user.as_role.in_authority:
        return F("pupil")
    return Subquery(Pupil.objects.visible_to(user).filter(pk=OuterRef("pupil")).values("pk"))
