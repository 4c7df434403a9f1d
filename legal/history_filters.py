"""The filters of the lists of loaded records and of questions between authorities, read from the address."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from legal.models import HistoricRecord, HistoryEnquiry, Kind
from schools import names
from schools.forms.fields import say_plainly

KNOWN, UNKNOWN, WAITING, ASIDE = "known", "unknown", "waiting", "aside"


class _Plain(filters.FilterSet):
    @property
    def form(self) -> Any:
        built = super().form
        say_plainly(built)
        return built

    @property
    def chosen(self) -> bool:
        self.form.full_clean()
        return any(self.form.cleaned_data.get(name) for name in self.filters)


class HistoryFilter(_Plain):
    q = filters.CharFilter(label="Child’s or parent’s name, or UPN", method="named")
    kind = filters.ChoiceFilter(label="What", choices=Kind.choices, empty_label="Anything")
    issuer = filters.ChoiceFilter(label="From", choices=HistoricRecord.Issuer.choices, empty_label="Anybody")
    whose = filters.ChoiceFilter(
        label="Whose",
        method="of_whom",
        empty_label="Any",
        choices=[
            (KNOWN, "A child we know"),
            (UNKNOWN, "A child we do not know"),
            (WAITING, "Notices of a child we know, parent not found"),
            (ASIDE, "Set aside"),
        ],
    )

    class Meta:
        model = HistoricRecord
        fields = ["q", "kind", "issuer", "whose"]

    def named(self, rows: QuerySet[HistoricRecord], name: str, value: str) -> QuerySet[HistoricRecord]:
        for word in names.fold(value).split():
            said = Q(child_key__contains=word) | Q(parent_surname__icontains=word) | Q(parent_forename__icontains=word)
            rows = rows.filter(said | Q(upn__contains=word.upper()) | Q(pupil__search_text__contains=word))
        return rows

    def of_whom(self, rows: QuerySet[HistoricRecord], name: str, value: str) -> QuerySet[HistoricRecord]:
        if value == ASIDE:
            return rows.exclude(set_aside="")
        if value == WAITING:
            return rows & HistoricRecord.objects.waiting()
        return rows.filter(pupil__isnull=value == UNKNOWN)


class EnquiryFilter(_Plain):
    q = filters.CharFilter(label="Authority or child", method="named")
    direction = filters.ChoiceFilter(label="Who asked", choices=HistoryEnquiry.Direction.choices, empty_label="Either")
    open = filters.ChoiceFilter(
        label="Reply", method="replied_or_not", empty_label="Any", choices=[("yes", "Waiting for a reply"), ("no", "Replied")]
    )

    class Meta:
        model = HistoryEnquiry
        fields = ["q", "direction", "open"]

    def named(self, rows: QuerySet[HistoryEnquiry], name: str, value: str) -> QuerySet[HistoryEnquiry]:
        words = Q(authority__icontains=value.strip()) | Q(about__icontains=value.strip())
        return rows.filter(words | Q(pupil__search_text__contains=names.fold(value)))

    def replied_or_not(self, rows: QuerySet[HistoryEnquiry], name: str, value: str) -> QuerySet[HistoryEnquiry]:
        return rows.filter(replied__isnull=value == "yes")
