"""What the pages of notices to improve ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from casework.forms.fields import line, whole_number
from legal.actions.improvements import Terms
from legal.forms.fields import ParentsField, VersionedForm, said_parent
from legal.forms.notices import ServeForm
from legal.models import Improvement, ImprovementDecision
from schools.forms.fields import DateBoxes, TokenField, WordsField, radios
from schools.models import Responsibility


class TermsForm(forms.Form):
    """What the notice says."""

    start = DateBoxes(
        label="First day of the period",
        needed="Enter the first day of the period",
        help_text="The parent should have the notice by then: first class post is taken to arrive on the second working day.",
    )
    weeks = whole_number(
        "How many school weeks", "Enter how many school weeks", help_text="Weeks without a school session are not counted."
    )
    most = whole_number(
        "Unauthorised sessions that may be missed, at most",
        "Enter how many sessions may be missed without authority",
        help_text="What sufficient improvement is for this child, in half days of the period. 0: none.",
    )
    early = whole_number(
        "Unauthorised sessions from which a penalty notice may come before the end (optional)",
        "Enter a whole number, or leave it empty",
        required=False,
    )
    early_words = WordsField(label="Other grounds for a penalty notice before the end (optional)", longest=1000, rows=3)
    support_given = WordsField(
        label="The support there has been, and what came of it", needed="Say what support there has been", longest=4000, rows=6
    )
    support_offered = WordsField(label="The support that is offered again", needed="Say what support is offered", longest=4000, rows=6)
    contact = line(
        "Whom the parent asks for it",
        longest=200,
        needed="Say whom the parent can ask, and how",
        help_text="Name, role, telephone or e-mail: it is printed.",
    )

    def terms(self) -> Terms:
        asked = self.cleaned_data
        return Terms(
            start=asked["start"],
            weeks=asked["weeks"],
            most=asked["most"],
            support_given=asked["support_given"].strip(),
            support_offered=asked["support_offered"].strip(),
            contact=asked["contact"].strip(),
            early=asked["early"],
            early_words=asked["early_words"].strip(),
        )


class NewImprovementForm(TermsForm):
    form_token = TokenField()
    field_order = ("parents", "school")

    def __init__(self, *args: Any, ties: Sequence[Responsibility], schools: Sequence[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["parents"] = ParentsField(ties, label="To whom", help_text="Each gets a notice of their own.")
        if len(schools) > 1:
            self.fields["school"] = forms.TypedChoiceField(label="For which school", choices=schools, coerce=int)
        self.order_fields(self.field_order)


class ChangeImprovementForm(TermsForm, VersionedForm):
    pass


class IssueForm(forms.Form):
    """Several parents at once: each draft with the version it was seen in."""

    improvements = forms.MultipleChoiceField(
        label="To whom it is issued",
        widget=forms.CheckboxSelectMultiple({"legend": "m"}),
        error_messages={"required": "Choose at least one parent"},
    )

    def __init__(self, *args: Any, drafts: Sequence[Improvement], ties: Sequence[Responsibility], **options: Any) -> None:
        super().__init__(*args, **options)
        said = {tie.parent_id: said_parent(tie) for tie in ties}
        self.drafts = {row.pk: row for row in drafts}
        field: Any = self.fields["improvements"]
        field.choices = [(f"{row.pk}.{row.version}", said.get(row.parent_id, str(row.parent))) for row in drafts]
        field.initial = [value for value, _ in field.choices]
        field.error_messages["invalid_choice"] = "One of these has been changed since this page was opened. Look at it again."

    def chosen(self) -> tuple[list[Improvement], dict[int, int]]:
        pairs = [value.split(".") for value in self.cleaned_data["improvements"]]
        versions = {int(pk): int(version) for pk, version in pairs}
        return [self.drafts[pk] for pk in versions], versions


class ServeImprovementForm(ServeForm):
    def __init__(self, *args: Any, by_email: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [choice for choice in Improvement.Service.choices if by_email or choice[0] != Improvement.Service.EMAIL]
        self.fields["service"].choices = choices  # type: ignore[attr-defined]


class EndImprovementForm(VersionedForm):
    kind = radios(
        "How it ended",
        [
            (kind.value, kind.label)
            for kind in (ImprovementDecision.Kind.IMPROVED, ImprovementDecision.Kind.NOT_IMPROVED, ImprovementDecision.Kind.ENDED_EARLY)
        ],
        "Choose how it ended",
    )
    words = WordsField(
        label="In words",
        longest=4000,
        help_text="Needed if you decide otherwise than the marks say, or before the end: which of the notice’s grounds is met.",
    )


class TakeBackForm(VersionedForm):
    words = WordsField(label="Why it is taken back", longest=4000, needed="Say why it is taken back")
