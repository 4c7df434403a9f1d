"""What the pages about penalty notices ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from legal import checklist
from legal.models import Answer, Decision, Notice, Request, Withdrawal
from legal.proof import Proof, wrong_route
from schools.forms.fields import DateBoxes, TokenField, VersionField, show
from schools.models import Parent, Responsibility

_INCOMPLETE = "This form did not come whole. Open the page again and send it from there."
WORDS = forms.Textarea({"rows": 4})


def said_parent(tie: Responsibility) -> str:
    """A parent as one is chosen: who, how related, whether responsible, and whether a notice could reach them at all."""
    responsible = {True: "has parental responsibility", False: "no parental responsibility", None: "parental responsibility not known"}
    said = f"{tie.parent}, {tie.get_relationship_display().lower()}, {responsible[tie.parental_responsibility]}"
    return said if tie.parent.address.strip() else f"{said}. No address: add it on the pupil’s page before a notice is issued"


class ParentsField(forms.ModelMultipleChoiceField):
    """Some of the pupil's parents, by tick boxes."""

    def __init__(self, ties: Iterable[Responsibility], **options: Any) -> None:
        self.words = {tie.parent_id: said_parent(tie) for tie in ties}
        options.setdefault("error_messages", {"required": "Choose at least one parent"})
        super().__init__(
            queryset=Parent.objects.filter(pk__in=self.words),
            widget=forms.CheckboxSelectMultiple({"legend": "s"}),
            **options,
        )
        # said from what is known already, not asked of the database anew for every box
        self.choices = list(self.words.items())


class VersionedForm(forms.Form):
    """A form made from one version of a thing. When the thing has moved on, what was typed stays and the next try is from the new one."""

    version = VersionField(error_messages={"required": _INCOMPLETE, "invalid": _INCOMPLETE})

    def refused(self, problem: Exception, version: int) -> None:
        """Show why an action refused; the page now shows the thing as it is, so a further try starts from there."""
        show(self, problem)
        sent = self.data.copy()
        sent[self.add_prefix("version")] = str(version)
        self.data = sent


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


class ChecklistForm(VersionedForm):
    """Every item of the route on one page: what was answered, and the day of what the answer rests on."""

    def __init__(self, *args: Any, route: str, answers: Mapping[str, Answer], **options: Any) -> None:
        super().__init__(*args, **options)
        self.items = checklist.items(route)
        for item in self.items:
            known = answers.get(item.key)
            self.fields[item.key] = forms.ChoiceField(
                label=f"{item.number}. {item.words}",
                choices=[(key, name) for key, name in Answer.Given.choices if item.may_not_apply or key != checklist.NOT_APPLICABLE],
                widget=forms.RadioSelect({"class": "govuk-radios--inline"}),
                required=False,
                initial=known.given if known else None,
            )
            if item.day:
                self.fields[self._on(item)] = DateBoxes(label=item.day, initial=known.day if known else None)

    @staticmethod
    def _on(item: checklist.Item) -> str:
        return f"{item.key}_on"

    def lines(self) -> list[tuple[forms.BoundField, forms.BoundField | None]]:
        return [(self[item.key], self[self._on(item)] if item.day else None) for item in self.items]

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

    def __init__(self, *args: Any, ties: Iterable[Responsibility], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["parents"] = ParentsField(ties, label="Parents to receive a notice", required=False)
        self.fields["parents"].help_text = "To issue only. All the notices are made, or none."
        self.order_fields(["outcome", "parents", "reason", "words"])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        outcome, reason = found.get("outcome"), found.get("reason")
        issue = outcome == Decision.Outcome.ISSUE
        if outcome and reason and issue is not (reason in Decision.TO_ISSUE):
            self.add_error("reason", f"Choose a reason {'to issue a notice' if issue else 'to refuse or return'}")
        if issue and "parents" not in self.errors and not found.get("parents"):
            self.add_error("parents", "Choose at least one parent to receive a notice")
        if outcome and not issue and not found.get("words", "").strip():
            self.add_error("words", "Say in words what is missing or why it is refused")
        return found


class ServeForm(VersionedForm):
    service = forms.ChoiceField(
        label="How it was served",
        choices=Notice.Service.choices,
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose how it was served"},
    )
    served = DateBoxes(label="Day it was posted or handed over", needed="Enter the day it was posted or handed over")
    receipt = DateBoxes(
        label="Day it was received, if known",
        help_text="Leave empty to go by the presumption: by hand, the same day; first class post, the second working day after posting.",
    )
    evidence = forms.CharField(
        label="How that day is known",
        required=False,
        max_length=200,
        help_text="Needed if you enter a day: for example, signed for, or the parent said so by telephone.",
    )


class PoundsField(forms.DecimalField):
    """Whole pounds, however they are typed: 160, £160, 160.00."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(str(value).strip().removeprefix("£").replace(",", "") if value not in self.empty_values else value)

    def clean(self, value: Any) -> Any:
        pounds = super().clean(value)
        if pounds is not None and (pounds != int(pounds) or not 0 < pounds < 10_000):
            raise forms.ValidationError("Enter whole pounds, like 80 or 160")
        return None if pounds is None else int(pounds)


class PaymentForm(forms.Form):
    amount = PoundsField(
        label="Amount received, in pounds",
        widget=forms.TextInput({"class": "govuk-input--width-4", "inputmode": "numeric"}),
        error_messages={"required": "Enter the amount received", "invalid": "Enter whole pounds, like 80 or 160"},
    )
    day = DateBoxes(label="Day it was received", needed="Enter the day the money was received")
    form_token = TokenField()


class WithdrawForm(VersionedForm):
    ground = forms.ChoiceField(
        label="Ground",
        choices=Withdrawal.Ground.choices,
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose the ground"},
    )
    words = forms.CharField(
        label="What happened, in words",
        widget=WORDS,
        max_length=4000,
        error_messages={"required": "Say in words why the notice is withdrawn"},
    )
    sessions_free = forms.BooleanField(
        label="The sessions may be relied on again",
        required=False,
        help_text="Your decision as legal officer. Leave it unticked and they can found no other notice to this parent.",
    )


class StandForm(VersionedForm):
    words = forms.CharField(
        label="Why it stands, in words",
        widget=WORDS,
        max_length=4000,
        error_messages={"required": "Say in words why the notice stands"},
    )


class ProsecuteForm(VersionedForm):
    day = DateBoxes(label="Day the proceedings were begun", needed="Enter the day the proceedings were begun")
