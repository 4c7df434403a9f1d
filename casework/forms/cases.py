"""Opening, assigning, moving and closing a case. Reasons and results are chosen from lists."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from casework.forms.fields import select
from casework.models import Case
from schools.forms.fields import VersionField, WordsField, radios
from schools.models import School


class OpenForm(forms.Form):
    reason = select("Main reason", Case.Reason.choices, "Choose the main reason")
    school = forms.ModelChoiceField(queryset=School.objects.none(), label="School", empty_label=None)
    officer = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Officer",
        required=False,
        empty_label="Nobody yet",
        error_messages={"invalid_choice": "Choose an officer who works with the school"},
    )

    def __init__(self, *args: Any, schools: list[School], officers: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["school"].queryset = School.objects.filter(pk__in=[s.pk for s in schools])  # type: ignore[attr-defined]
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]
        if len(schools) == 1:
            self.fields["school"].widget = forms.HiddenInput()


class AssignForm(forms.Form):
    officer = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Officer",
        empty_label="Choose an officer",
        error_messages={
            "required": "Choose an officer",
            "invalid_choice": "This person cannot take the case: they do not work with the school, or cannot sign in any more",
        },
    )
    school = forms.ModelChoiceField(
        queryset=School.objects.none(),
        label="School",
        empty_label=None,
        help_text="The child is on another roll than the case’s own: say with which school the work goes on.",
    )
    version = VersionField()

    def __init__(self, *args: Any, officers: Any, schools: list[School], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]
        if len(schools) > 1:
            self.fields["school"].queryset = School.objects.filter(pk__in=[s.pk for s in schools])  # type: ignore[attr-defined]
        else:
            del self.fields["school"]


class StageForm(forms.Form):
    stage = radios("Move the case to", [], "Choose a stage")
    version = VersionField()

    def __init__(self, *args: Any, moves: list[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["stage"].choices = [(one.code, one.name) for one in moves]  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    outcome = select("What came of the case", Case.Outcome.choices, "Choose what came of the case")
    deadlines = WordsField(
        label="Why the case is closed though deadlines of law are open", help_text="Kept with the case. Not shown to the school."
    )
    version = VersionField()

    def __init__(self, *args: Any, running: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if not running:
            del self.fields["deadlines"]
