"""Who covers, who is a specialist, and many cases moved at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from casework.forms.fields import select
from casework.models import Case, Specialist
from schools.forms.fields import DateBoxes


def _officer(label: str, needed: str, **options: Any) -> forms.ModelChoiceField:
    errors = {"required": needed, "invalid_choice": "Choose somebody from the list"}
    return forms.ModelChoiceField(
        queryset=User.objects.none(), label=label, empty_label="Choose an officer", error_messages=errors, **options
    )


class CoverForm(forms.Form):
    officer = _officer("Who is away", "Choose who is away")
    cover = _officer("Who stands in", "Choose who stands in", help_text="They are posted to the officer’s schools for these days.")
    start = DateBoxes(label="First day", needed="Enter the first day")
    end = DateBoxes(label="Last day", needed="Enter the last day")
    why = forms.CharField(label="Note (optional)", required=False, max_length=200, help_text="No health details.")

    def __init__(self, *args: Any, officers: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("officer", "cover"):
            self.fields[name].queryset = officers  # type: ignore[attr-defined]
        self.fields["why"].widget.attrs.pop("maxlength", None)


class SpecialistForm(forms.Form):
    user = _officer("Officer", "Choose an officer")
    cohort = select("For which children", Specialist.COHORTS, "Choose which children")
    start = DateBoxes(label="First day", needed="Enter the first day")
    end = DateBoxes(label="Last day (optional)")

    def __init__(self, *args: Any, officers: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["user"].queryset = officers  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Which cases, and to whom. A case is sent with the version that the page showed, as "12:3"."""

    SUGGESTED = "suggested"

    to = forms.ChoiceField(label="Give the ticked cases to", error_messages={"invalid_choice": "Choose somebody from the list"})

    def __init__(self, *args: Any, officers: Iterable[User], cases: Iterable[Case], **options: Any) -> None:
        super().__init__(*args, **options)
        everybody = [(str(user.pk), str(user)) for user in officers]
        self.fields["to"].choices = [(self.SUGGESTED, "Each to whom is suggested"), *everybody]  # type: ignore[attr-defined]
        self.cases = {case.pk: case for case in cases}
        self.ticked: list[tuple[Case, int]] = []
        self.gone = 0  # ticked, and not in the list any more: somebody was quicker

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for sent in self.data.getlist("case"):
            key, _, version = sent.partition(":")
            if not (key.isdecimal() and version.isdecimal()):
                continue
            if case := self.cases.get(int(key)):
                self.ticked.append((case, int(version)))
            else:
                self.gone += 1
        if not self.ticked and not self.gone:
            self.add_error(None, "Tick at least one case")
        return found
