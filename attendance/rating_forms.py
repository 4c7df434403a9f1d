"""What the rating pages ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet

from attendance.models import Moderation, Rating
from attendance.ratings import terms_begun
from schools import names, policy
from schools.forms.fields import DateBoxes, TokenField, VersionField, WordsField, say_plainly
from schools.models import Posting, School


def term_key(year: int, term: int) -> str:
    return f"{year}-{term}"


def term_choices(today: dt.date) -> list[tuple[str, str]]:
    """Terms that have begun, newest first."""
    return [(term_key(y, t), f"{Rating.Term(t).label} {y}/{(y + 1) % 100:02d}") for y, t in reversed(terms_begun(today))]


def read_term(key: str) -> tuple[int, int]:
    year, _, term = key.partition("-")
    return int(year), int(term)


class RatingFilter(filters.FilterSet):
    """Which schools, and of which term colours are counted. The colour is known once the ratings are read: the view keeps it."""

    q = filters.CharFilter(label="School name or URN", method="named")
    term = filters.ChoiceFilter(label="Term", method="leave", empty_label="This term")
    colour = filters.ChoiceFilter(label="Rating", choices=[*Rating.Colour.choices, ("none", "None yet")], method="leave", empty_label="Any")
    phase = filters.ChoiceFilter(label="Phase", choices=School.Phase.choices, empty_label="All phases")
    officer = filters.ChoiceFilter(label="Officer", method="worked_by", empty_label="All officers")

    class Meta:
        model = School
        fields = ["q", "term", "colour", "phase", "officer"]

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.filters["term"].extra["choices"] = term_choices(today)[1:]
        leads = Posting.objects.on(today).filter(school__in=self.queryset, part=Posting.Part.LEAD)
        self.filters["officer"].extra["choices"] = list(leads.order_by("user__name").values_list("user", "user__name").distinct())
        say_plainly(self.form)

    @property
    def chosen(self) -> dict[str, Any]:
        """The choices that were understood; the others are left out with words beside them."""
        self.form.is_valid()
        return self.form.cleaned_data

    @property
    def any_chosen(self) -> bool:
        return any(self.chosen.get(name) for name in self.filters if name != "term")

    def term_shown(self) -> tuple[int, int]:
        return read_term(self.chosen.get("term") or term_choices(self.today)[0][0])

    def named(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        if value.strip().isdecimal():
            return rows.filter(urn=int(value)) if len(value.strip()) < 9 else rows.none()
        return rows.filter(search_text__contains=names.fold(value))

    def worked_by(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        return rows.filter(pk__in=Posting.objects.on(self.today).filter(user=int(value), part=Posting.Part.LEAD).values("school"))

    def leave(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        return rows


class RunForm(forms.Form):
    term = forms.ChoiceField(label="Term", required=False)

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["term"].choices = term_choices(today)  # type: ignore[attr-defined]


class BandsForm(forms.Form):
    """Every value of the rating rule, from a day on. `seen` names what was looked at before they are set."""

    start = DateBoxes(label="From", needed="Enter the day from which these values hold")
    reason = forms.CharField(
        label="Why the authority sets its own values",
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Enter why the authority sets its own values"},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, values: Mapping[str, int], **options: Any) -> None:
        super().__init__(*args, **options)
        for key in policy.RATING:
            item = policy.BY_KEY[key]
            bounds = f"Enter a whole number from {item.low} to {item.high}"
            self.fields[key] = forms.IntegerField(
                label=item.name,
                help_text=f"{item.explanation} In {item.unit}; as shipped {item.value}.",
                min_value=item.low,
                max_value=item.high,
                initial=values[key],
                error_messages={"required": bounds, "invalid": bounds, "min_value": bounds, "max_value": bounds},
                widget=forms.TextInput({"inputmode": "numeric", "class": "govuk-input--width-5"}),
            )
        self.order_fields([*policy.RATING, "start", "reason", "seen"])

    @property
    def values(self) -> dict[str, int]:
        return {key: self.cleaned_data[key] for key in policy.RATING}

    def saw(self, seen: str) -> None:
        """The next sending is made knowing what the page now shows."""
        data = self.data.copy()  # type: ignore[union-attr]
        data["seen"] = seen
        self.data = data


class PublishForm(forms.Form):
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    form_token = TokenField()


class TakeBackForm(forms.Form):
    reason = WordsField(label="Why they are taken back", longest=2000, needed="Say why the ratings are taken back")


class ModerateForm(forms.Form):
    colour = forms.ChoiceField(
        label="Rating", choices=Rating.Colour.choices, widget=forms.RadioSelect, error_messages={"required": "Choose a rating"}
    )
    reason = forms.ChoiceField(
        label="Why",
        choices=[("", "Choose a reason"), *Moderation.Reason.choices],
        error_messages={"required": "Choose why the rating is changed"},
    )
    words = forms.CharField(
        label="In your own words",
        help_text="What you know that the figures do not show. It stands beside the rating for ever, and the school reads it when "
        "the term’s ratings are published. Do not name a child.",
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "Say in your own words why the rating is changed"},
    )
    version = VersionField()
    form_token = TokenField()

    def renew_version(self, version: int) -> None:
        """After a refusal because the rating had moved on: the next sending is made knowing what the page now shows."""
        data = self.data.copy()  # type: ignore[union-attr]
        data["version"] = str(version)
        self.data = data
