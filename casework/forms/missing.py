"""Forms about children missing education: referral, lead, checks, places, decisions, closing."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from casework.actions.missing import BY_HAND
from casework.actions.searching import MOST_PLACES
from casework.forms.fields import select
from casework.models import MissingCheck, MissingChild, MissingDecision, PlaceApplication
from schools.forms.fields import YEAR_GROUPS, DateBoxes, TokenField, VersionField, WordsField, radios
from schools.models import School

_AUTHORITY_ORIGINS = [
    (value, label) for value, label in MissingChild.Origin.choices if value not in (MissingChild.Origin.ROLL, MissingChild.Origin.SCHOOL)
]


class ReferMissingForm(forms.Form):
    """About a child who is known already. A school refers as itself."""

    origin = select("Who says so", _AUTHORITY_ORIGINS, "Choose who says that the child is missing education")
    referrer = forms.CharField(label="Name and service (optional)", max_length=160, required=False)
    since = DateBoxes(label="First day without a place", needed="Enter the first day without a place at a school")
    words = WordsField(
        label="What is known, and what has been tried",
        needed="Say in a few lines what is known and what has been tried",
        help_text="The child’s last school reads this too.",
    )
    form_token = TokenField()

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        if not user.as_role.in_authority:
            del self.fields["origin"], self.fields["referrer"]


class ReferUnknownForm(ReferMissingForm):
    """About a child whom no school has told us of."""

    forename = forms.CharField(label="Forename", max_length=100, error_messages={"required": "Enter a forename"})
    surname = forms.CharField(label="Surname", max_length=100, error_messages={"required": "Enter a surname"})
    dob = DateBoxes(label="Date of birth", help_text="Leave it empty if nobody knows it.")
    address = forms.CharField(label="Address, as far as it is known", max_length=300, required=False)
    field_order = ["forename", "surname", "dob", "address"]


class LeadForm(forms.Form):
    officer = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Lead officer",
        empty_label="Choose an officer",
        error_messages={"required": "Choose an officer", "invalid_choice": "Choose somebody who works cases and can sign in"},
    )
    version = VersionField()

    def __init__(self, *args: Any, officers: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]


class FoundForm(forms.Form):
    day = DateBoxes(label="Found on", needed="Enter the day on which the child was found")
    where = forms.CharField(
        label="Where the child is, and who has seen them",
        max_length=200,
        error_messages={"required": "Say where the child is, and who has seen them"},
    )
    version = VersionField()


class MissingNoteForm(forms.Form):
    words = WordsField(label="Note", needed="Enter the note")
    shared = forms.BooleanField(label="Share this note with the child’s last school", required=False)
    form_token = TokenField()


class CheckForm(forms.Form):
    kind = select("Check", MissingCheck.Kind.choices, "Choose the check")
    asked_of = forms.CharField(
        label="Who was asked (optional)", max_length=160, required=False, help_text="A school, a service, an authority."
    )
    day = DateBoxes(label="When", needed="Enter the day of the check")
    result = radios("What came of it", MissingCheck.Result.choices, "Choose what came of it", initial=MissingCheck.Result.WAITING)
    words = WordsField(label="What was learnt (optional)", help_text="Never shown to a school.")
    form_token = TokenField()


class AnswerCheckForm(forms.Form):
    result = radios(
        "What came back",
        [choice for choice in MissingCheck.Result.choices if choice[0] != MissingCheck.Result.WAITING],
        "Choose what came back",
    )
    words = WordsField(label="What was learnt (optional)", help_text="Never shown to a school.")


class ApplicationForm(forms.Form):
    school = forms.ModelChoiceField(
        queryset=School.objects.none(), label="School", required=False, empty_label="Another school, named below"
    )
    elsewhere = forms.CharField(label="Another school (optional)", max_length=160, required=False, help_text="Outside the authority.")
    year_group = forms.ChoiceField(label="Year group", choices=YEAR_GROUPS, required=False)
    route = select("How", PlaceApplication.Route.choices, "Choose how the place is asked for")
    day = DateBoxes(label="Asked for on", needed="Enter the day on which the place was asked for")
    form_token = TokenField()

    def __init__(self, *args: Any, schools: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    decision = radios(
        "What was decided",
        [choice for choice in PlaceApplication.Decision.choices if choice[0] != PlaceApplication.Decision.WAITING],
        "Choose what was decided",
    )
    decided = DateBoxes(label="Decided on", needed="Enter the day of the decision")
    starts = DateBoxes(label="First day at the school (of an offer)")
    words = WordsField(label="Reasons", help_text="Needed where a place was refused: the school’s or the panel’s own reason.")


class MeetingDecisionForm(forms.Form):
    decision = radios("What the meeting decided", MissingDecision.Decision.choices, "Choose what the meeting decided")
    words = WordsField(label="Notes (optional)", help_text="Never shown to a school.")
    agency = forms.CharField(label="Who does it (optional)", max_length=120, required=False)
    due = DateBoxes(label="By when (optional)")


class CloseMissingForm(forms.Form):
    outcome = radios("Why the record ends", BY_HAND, "Choose why the record ends")
    evidence = WordsField(
        label="What shows this",
        needed="Enter what shows this: who said so, when, and what was seen",
        help_text="Who said so, when, and what was seen. A place at a school closes the record by itself, with the first present mark.",
    )
    version = VersionField()


class VacanciesForm(forms.Form):
    """A box for each year group. An empty one says nothing."""

    def __init__(self, *args: Any, groups: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        wrong = f"Enter a number from 0 to {MOST_PLACES}"
        for group, name in groups:
            self.fields[f"places_{group}"] = forms.IntegerField(
                label=name, required=False, min_value=0, max_value=MOST_PLACES,
                widget=forms.TextInput({"class": "govuk-input--width-3", "inputmode": "numeric"}),
                error_messages={"invalid": wrong, "min_value": wrong, "max_value": wrong},
            )  # fmt: skip

    def places(self) -> dict[str, int]:
        return {name.removeprefix("places_"): value for name, value in self.cleaned_data.items() if value is not None}
