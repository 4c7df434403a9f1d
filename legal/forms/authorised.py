"""Who may sign what, and when it ends."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from accounts.roles import ROLES
from legal.forms.fields import WORDS, VersionedForm
from legal.models import Authorised
from schools import files
from schools.forms.fields import DateBoxes, TokenField
from schools.models import School


class AuthoriseForm(forms.Form):
    user = forms.ModelChoiceField(
        User.objects.none(),
        label="User of Daymark",
        required=False,
        empty_label="Somebody who does not sign in",
        error_messages={"invalid_choice": "Choose a user from the list"},
    )
    name = forms.CharField(label="Name, if not a user", required=False, max_length=160)
    standing = forms.ChoiceField(
        label="In which capacity",
        choices=Authorised.Standing.choices,
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose in which capacity this person signs"},
    )
    role = forms.CharField(
        label="Post, as documents print it", max_length=120, error_messages={"required": "Enter the post, as documents print it"}
    )
    school = forms.ModelChoiceField(
        School.objects.none(),
        to_field_name="urn",
        label="School, of a head or deputy",
        required=False,
        empty_label="None",
        error_messages={"invalid_choice": "Choose a school from the list"},
    )
    powers = forms.MultipleChoiceField(
        label="May",
        choices=Authorised.Power.choices,
        widget=forms.CheckboxSelectMultiple({"legend": "s"}),
        error_messages={"required": "Choose what this person may sign"},
    )
    instrument = forms.CharField(
        label="Instrument",
        max_length=200,
        help_text="The delegation or appointment, as it is called: for example, scheme of delegation, part 3.",
        error_messages={"required": "Enter the delegation or appointment"},
    )
    reference = forms.CharField(label="Its reference (optional)", required=False, max_length=80)
    start = DateBoxes(label="First day", needed="Enter the first day")
    end = DateBoxes(label="Last day (leave empty while it has none)")
    file = forms.FileField(
        label="The instrument as a file (optional)",
        required=False,
        help_text=f"{', '.join(files.KINDS)}; at most {files.MOST // files.MEGABYTE} MB; without macros.",
        error_messages={"empty": "The file is empty", "max_length": "Give the file a shorter name"},
    )
    form_token = TokenField()

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        signs = [code for code, role in ROLES.items() if role.in_authority and code != "administrator"]
        self.fields["user"].queryset = User.objects.filter(is_active=True, role__in=signs).order_by("name", "pk")  # type: ignore[attr-defined]
        self.fields["school"].queryset = School.objects.visible_to(user).to_choose()  # type: ignore[attr-defined]


class EndAuthorisationForm(VersionedForm):
    end = DateBoxes(label="Last day on which it holds", needed="Enter the last day")
    words = forms.CharField(label="Why it ends", widget=WORDS, max_length=2000, error_messages={"required": "Say why it ends"})
