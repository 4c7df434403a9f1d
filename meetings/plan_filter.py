"""Which schools of a term's plan are asked for, read from the address."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.forms import HiddenInput

from attendance.models import Rating
from meetings import terms
from meetings.models import YearPlan
from meetings.term_plan import STATES, TermRow
from meetings.terms import Term
from schools import names
from schools.forms.fields import say_plainly
from schools.models import Posting, School

NOBODY = "nobody"


def plan_terms(today: dt.date) -> list[Term]:
    """This school year's terms and the next year's, and those of the year before, newest first."""
    year = terms.term_of(today).year
    return [Term(y, number) for y in (year + 1, year, year - 1) for number in (3, 2, 1)]


class PlanFilter(filters.FilterSet):
    """What is known only once the rows are read is asked of them apart: `kept`."""

    q = filters.CharFilter(label="School name or URN", method="named")
    term = filters.ChoiceFilter(label="Term", method="leave", empty_label="This term")
    phase = filters.ChoiceFilter(label="Phase", choices=School.Phase.choices, empty_label="All phases")
    officer = filters.ChoiceFilter(label="Officer", method="worked_by", empty_label="All officers")
    colour = filters.ChoiceFilter(label="Rating", choices=[*Rating.Colour.choices, ("none", "None yet")], method="leave", empty_label="Any")
    band = filters.ChoiceFilter(label="Beside England", choices=YearPlan.Band.choices, method="leave", empty_label="Any")
    state = filters.ChoiceFilter(choices=list(STATES.items()), method="leave", widget=HiddenInput)

    class Meta:
        model = School
        fields = ["q", "term", "phase", "officer", "colour", "band", "state"]

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.filters["term"].extra["choices"] = [(term.key, term.name) for term in plan_terms(today)]
        self._leads = Posting.objects.on(today).filter(part=Posting.Part.LEAD, user__is_active=True)
        leads = self._leads.filter(school__in=self.queryset).order_by("user__name").values_list("user", "user__name").distinct()
        self.filters["officer"].extra["choices"] = [*leads, (NOBODY, "Nobody")]
        say_plainly(self.form)

    @property
    def chosen(self) -> dict[str, Any]:
        self.form.is_valid()
        return self.form.cleaned_data

    @property
    def any_chosen(self) -> bool:
        return any(self.chosen.get(name) for name in self.filters if name not in ("term", "state"))

    @property
    def term_shown(self) -> Term:
        return terms.find(self.chosen.get("term") or "") or terms.term_of(self.today)

    def named(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        if value.strip().isdecimal():
            return rows.filter(urn=int(value)) if len(value.strip()) < 9 else rows.none()
        return rows.filter(search_text__contains=names.fold(value))

    def worked_by(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        if value == NOBODY:
            return rows.exclude(pk__in=self._leads.values("school"))
        return rows.filter(pk__in=self._leads.filter(user=int(value)).values("school"))

    def leave(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        return rows

    def kept(self, rows: list[TermRow]) -> list[TermRow]:
        """Of any state: the counts by state stand beside the list."""
        colour, band = self.chosen.get("colour"), self.chosen.get("band")
        return [
            row
            for row in rows
            if (not colour or (row.colour or "none") == colour) and (not band or (row.plan is not None and row.plan.band == band))
        ]

    def of_state(self, rows: list[TermRow]) -> list[TermRow]:
        state = self.chosen.get("state")
        return [row for row in rows if not state or row.state == state]
