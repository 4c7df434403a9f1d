"""Asking for a notice and deciding on it: what the pages ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from legal import checklist, on_record
from legal.forms.fields import WORDS, ParentsField, VersionedForm
from legal.models import Answer, Decision, Request
from legal.on_record import Fact, Facts
from legal.proof import Proof, wrong_route
from schools.forms.fields import DateBoxes, TokenField
from schools.models import Responsibility


class NewRequestForm(forms.Form):
    route = forms.ChoiceField(
        label="Why the pupil was absent",
        choices=Request.Route.choices,
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose why the pupil was absent"},
        help_text="A holiday needs no support first. For ongoing absence, support must have been offered.",
    )
    form_token = TokenField()

    def __init__(self, *args: Any, ties: Iterable[Responsibility], schools: list[tuple[int, str]], proof: Proof, **options: Any) -> None:
        super().__init__(*args, **options)
        self.proof = proof
        self.fields["parents"] = ParentsField(ties, label="Which parents are said to be liable")
        self.fields["parents"].help_text = "A notice goes to each parent separately: usually to whoever allowed the absence."
        if len(schools) > 1:
            self.fields["school"] = forms.TypedChoiceField(
                label="Which school’s absence", choices=schools, coerce=int, error_messages={"required": "Choose a school"}
            )

    def clean_route(self) -> str:
        """Said here already, before a checklist is answered that the register does not bear out. The submission asks once more."""
        route = str(self.cleaned_data["route"])
        if wrong := wrong_route(route, self.proof.window, self.proof.number):
            raise forms.ValidationError(wrong)
        return route


@dataclass(frozen=True, slots=True)
class Line:
    """One item as it is asked: its answer, its day, what is on record, and whether that is offered as the answer."""

    item: checklist.Item
    given: forms.BoundField
    day: forms.BoundField | None
    facts: list[Fact]
    offered: bool


class ChecklistForm(VersionedForm):
    """Every item of the route on one page: what was answered, and the day of what the answer rests on."""

    def __init__(self, *args: Any, route: str, answers: Mapping[str, Answer], facts: Facts | None = None, **options: Any) -> None:
        """`facts`: what is on record; where it bears out an item that nobody has answered, yes is offered with its day."""
        super().__init__(*args, **options)
        self.items, self.facts = checklist.items(route), facts or {}
        self.offered = {key: said for key, said in on_record.offers(self.facts).items() if key not in answers}
        for item in self.items:
            known = answers.get(item.key)
            given, day = (known.given, known.day) if known else self.offered.get(item.key, (None, None))
            self.fields[item.key] = forms.ChoiceField(
                label=f"{item.number}. {item.words}",
                choices=[(key, name) for key, name in Answer.Given.choices if item.may_not_apply or key != checklist.NOT_APPLICABLE],
                widget=forms.RadioSelect({"class": "govuk-radios--inline"}),
                required=False,
                initial=given,
            )
            if item.day:
                self.fields[self._on(item)] = DateBoxes(label=item.day, initial=day)

    @staticmethod
    def _on(item: checklist.Item) -> str:
        return f"{item.key}_on"

    def lines(self) -> list[Line]:
        return [
            Line(
                item,
                self[item.key],
                self[self._on(item)] if item.day else None,
                self.facts.get(item.key, []),
                item.key in self.offered and not self.is_bound,
            )
            for item in self.items
        ]

    def answers(self) -> dict[str, str]:
        return {item.key: self.cleaned_data.get(item.key, "") for item in self.items}

    def days(self) -> dict[str, dt.date | None]:
        return {key: self.cleaned_data.get(f"{key}_on") for key in self.answers()}


class OverrideForm(VersionedForm):
    words = forms.CharField(
        label="Why the request may go on without the missing items",
        widget=WORDS,
        max_length=2000,
        error_messages={"required": "Say why the request may go on"},
    )


class PlainForm(VersionedForm):
    """A button that is pressed on what the page showed."""


class DecideForm(VersionedForm):
    outcome = forms.ChoiceField(
        label="Decision",
        choices=Decision.Outcome.choices,
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose what you decide"},
    )
    reason = forms.ChoiceField(
        label="Main reason",
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose the main reason"},
        choices=[
            ("To issue", [(key, name) for key, name in Decision.Reason.choices if key in Decision.TO_ISSUE]),
            ("To refuse or return", [(key, name) for key, name in Decision.Reason.choices if key not in Decision.TO_ISSUE]),
        ],
    )
    words = forms.CharField(
        label="Reasons in words",
        widget=WORDS,
        required=False,
        max_length=4000,
        help_text="Needed to refuse or return. Whoever asked reads them.",
    )

    def __init__(self, *args: Any, ties: Iterable[Responsibility], route: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.items = checklist.items(route)
        self.fields["parents"] = ParentsField(ties, label="Parents to receive a notice", required=False)
        self.fields["parents"].help_text = "To issue only. All the notices are made, or none."
        for item in self.items:
            self.fields[f"want_{item.key}"] = forms.CharField(label=f"{item.number}. {item.words}", required=False, max_length=500)
        self.order_fields(["outcome", "parents", "reason", "words"])

    def plain(self) -> list[forms.BoundField]:
        return [self[name] for name in ("outcome", "parents", "reason", "words")]

    def wants(self) -> list[forms.BoundField]:
        return [self[f"want_{item.key}"] for item in self.items]

    def wanted(self) -> dict[str, str]:
        """What a return asks for, by item; nothing else of the form is said of any other decision."""
        return {item.key: said for item in self.items if (said := self.cleaned_data.get(f"want_{item.key}", "").strip())}

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        outcome, reason = found.get("outcome"), found.get("reason")
        issue = outcome == Decision.Outcome.ISSUE
        if outcome and reason and issue is not (reason in Decision.TO_ISSUE):
            self.add_error("reason", f"Choose a reason {'to issue a notice' if issue else 'to refuse or return'}")
        if issue and "parents" not in self.errors and not found.get("parents"):
            self.add_error("parents", "Choose at least one parent to receive a notice")
        asked = outcome == Decision.Outcome.RETURN and self.wanted()
        if outcome and not issue and not found.get("words", "").strip() and not asked:
            self.add_error("words", "Say in words what is missing or why it is refused")
        return found
