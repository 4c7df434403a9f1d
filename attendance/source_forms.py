"""What the pages of sources and own codes ask for, and what the upload page asks of a file's source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Count, QuerySet

from attendance import sources
from attendance.remembering import IN_FORCE
from schools import names
from schools.forms.fields import DateBoxes, WordsField, say_plainly
from schools.models import School

ANOTHER = "another"
CODES = [("", "Choose a code"), *((code.code, f"{code.code} – {code.meaning}") for code in IN_FORCE)]


def offered(seen: Iterable[str]) -> list[tuple[str, str]]:
    """Sources to choose from: those the school has used, then the others known by name."""
    first = list(dict.fromkeys(seen))
    return [(name, sources.label(name)) for name in [*first, *(name for name in sources.LABELS if name not in first)]]


class SourceFields(forms.Form):
    """A source: one of those known, or another one by its name. `seen`: the school's own, first."""

    source = forms.ChoiceField(label="Source", error_messages={"required": "Choose the source"})
    another = forms.CharField(
        label="Name of the other source",
        help_text="Only if it is not in the list. Use the same name each time.",
        required=False,
        max_length=sources.LONGEST,
        error_messages={"max_length": f"A source’s name has at most {sources.LONGEST} characters"},
    )

    def __init__(self, *args: Any, seen: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["source"].choices = [*offered(seen), (ANOTHER, "Another source, named below")]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("source") == ANOTHER:
            cleaned["source"] = cleaned.get("another", "").strip()
            if not cleaned["source"] and "another" not in self.errors:
                self.add_error("another", "Enter the name of the source")
        elif cleaned.get("another", "").strip():
            self.add_error("another", "Choose “Another source, named below” for this name to be used, or leave it empty")
        return cleaned


class ChooseSourceForm(SourceFields):
    start = DateBoxes(
        label="From which day", help_text="The first day whose marks are taken from it. Leave empty for all days, also those gone by."
    )
    reason = WordsField(
        label="Why",
        help_text="Such as: the school has moved to another system. It stays on record.",
        longest=2000,
        rows=3,
        needed="Enter why this source’s marks are to count",
    )

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["start"].widget.years = range(today.year - 6, today.year + 2)  # type: ignore[attr-defined]

    def cleaned(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("source", "start", "reason")}


class AliasForm(forms.Form):
    """What one own code means. `fixed`: of a code there is already, which only its meaning can change."""

    own = forms.CharField(
        label="Code as it stands in the school’s files",
        help_text="Such as ; in a string of marks, or Y1x.",
        max_length=20,
        strip=True,
        error_messages={"required": "Enter the code as it stands in the file", "max_length": "A code has at most 20 characters"},
    )
    source = forms.ChoiceField(label="In files from", error_messages={"required": "Choose the source of the files"})
    code = forms.ChoiceField(
        label="What it stands for", choices=CODES, error_messages={"required": "Choose the national code that it stands for"}
    )

    def __init__(self, *args: Any, seen: Sequence[str] = (), fixed: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["source"].choices = offered(seen)  # type: ignore[attr-defined]
        if fixed:
            del self.fields["own"], self.fields["source"]


class SourceFilter(filters.FilterSet):
    """Which schools of the manager's list."""

    q = filters.CharFilter(label="School name or URN", method="named")
    several = filters.ChoiceFilter(
        label="Sources", choices=[("several", "Marks from several sources")], method="with_several", empty_label="All schools"
    )
    phase = filters.ChoiceFilter(label="Phase", choices=School.Phase.choices, empty_label="All phases")

    class Meta:
        model = School
        fields = ["q", "several", "phase"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        say_plainly(self.form)

    def named(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        if value.strip().isdecimal():
            return rows.filter(urn=int(value)) if len(value.strip()) < 9 else rows.none()
        return rows.filter(search_text__contains=names.fold(value))

    def with_several(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        """Those of which a file was only compared, or that have had more than one authoritative source."""
        chosen = School.objects.annotate(n=Count("source_choices__source", distinct=True)).filter(n__gt=1)
        return rows.filter(pk__in=chosen.values("pk")) | rows.filter(pk__in=School.objects.filter(comparisons__isnull=False).values("pk"))
