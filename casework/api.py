"""The API's cases."""

from __future__ import annotations

import django_filters as filters
from django.db.models import QuerySet
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.access import user_of
from accounts.api import Reading
from accounts.api_filters import ChoiceFilter, DayFilter, NumberFilter, UpnFilter, YesNoFilter
from accounts.permissions import Permission
from casework import stages
from casework.models import Case
from casework.serializers import CaseRow


class CaseParameters(filters.FilterSet):
    open = YesNoFilter(field_name="closed", lookup_expr="isnull", help_text="true: open cases; false: closed ones.")
    stage = ChoiceFilter(choices=[(stage.code, stage.name) for stage in stages.STAGES], help_text="Where the case stands.")
    reason = ChoiceFilter(choices=Case.Reason.choices, help_text="Why it was opened.")
    school = NumberFilter(field_name="school__urn", help_text="URN of the school it is held with.")
    pupil = UpnFilter(field_name="pupil__upn", help_text="UPN of a pupil.")
    opened_from = DayFilter(field_name="opened", lookup_expr="gte", help_text="Opened on this day or later.")
    opened_to = DayFilter(field_name="opened", lookup_expr="lte", help_text="Opened on this day or earlier.")

    class Meta:
        model = Case
        fields = ["open", "stage", "reason", "school", "pupil", "opened_from", "opened_to"]


class Cases(Reading, ReadOnlyModelViewSet[Case]):
    """Cases of the pupils you may see, in summary: no notes, no contacts, no plans."""

    needs = Permission.SEE_CASES
    rows_about_pupils = "cases"
    queryset = Case.objects.none()
    serializer_class = CaseRow
    filterset_class = CaseParameters

    def get_queryset(self) -> QuerySet[Case]:
        return Case.objects.visible_to(user_of(self.request)).select_related("pupil", "school", "officer").order_by("pk")
