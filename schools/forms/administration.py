"""Users, postings, school contacts, the authority and its policy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from accounts.models import User
from accounts.roles import ROLES
from schools import policy
from schools.actions.authority import MOST_LOGO
from schools.forms.fields import DateBoxes, WordsField
from schools.models import Posting, School

ROLE_CHOICES = [(role.code, role.name) for role in ROLES.values()]
IS_COLOUR = RegexValidator(r"^#[0-9a-fA-F]{6}$", "Enter a colour like #1d70b8")


class UserFilter(forms.Form):
    q = forms.CharField(label="Name or email address", required=False, max_length=100)
    role = forms.ChoiceField(label="Role", required=False, choices=[("", "Any role"), *ROLE_CHOICES])
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Can sign in, or invited"), ("invited", "Invited, no password yet"), ("disabled", "Disabled"), ("all", "Everybody")],
    )


class UserForm(forms.Form):
    name = forms.CharField(label="Full name", max_length=120, error_messages={"required": "Enter the person's name"})
    role = forms.ChoiceField(label="Role", choices=ROLE_CHOICES, widget=forms.RadioSelect, error_messages={"required": "Choose a role"})


class InviteForm(UserForm):
    email = forms.EmailField(
        label="Email address",
        error_messages={"required": "Enter an email address", "invalid": "Enter an email address like name@example.org"},
    )
    schools = forms.ModelMultipleChoiceField(
        queryset=School.objects.order_by("sort_name"),
        label="Schools",
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "dm-choices"}),
        help_text="For attendance officers and school staff. Others see every school.",
    )
    field_order = ["name", "email", "role", "schools"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        role = ROLES.get(found.get("role", ""))
        if role and not role.in_authority and not found.get("schools"):
            self.add_error("schools", "Choose the school this person works at")
        return found


class PostingFilter(forms.Form):
    q = forms.CharField(label="School or person", required=False, max_length=100)
    part = forms.ChoiceField(label="Part", required=False, choices=[("", "Any part"), *Posting.Part.choices])
    state = forms.ChoiceField(label="When", required=False, choices=[("", "Now or later"), ("past", "Ended"), ("all", "Ever")])


class GivePostingForm(forms.Form):
    user = forms.ModelChoiceField(
        queryset=User.objects.none(), label="Who", empty_label="Choose a person", error_messages={"required": "Choose a person"}
    )
    schools = forms.ModelMultipleChoiceField(
        queryset=School.objects.order_by("sort_name"),
        label="Schools",
        widget=forms.CheckboxSelectMultiple({"class": "dm-choices"}),
        error_messages={"required": "Choose at least one school"},
    )
    part = forms.ChoiceField(label="As", choices=Posting.Part.choices, widget=forms.RadioSelect)
    start = DateBoxes(label="First day", needed="Enter the first day")
    end = DateBoxes(label="Last day", help_text="Leave empty if there is none yet.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        narrow = [role.code for role in ROLES.values() if not role.every_school]
        people = User.objects.filter(is_active=True, role__in=narrow).order_by("name")
        self.fields["user"].queryset = people  # type: ignore[attr-defined]


class EndPostingForm(forms.Form):
    end = DateBoxes(label="Last day", needed="Enter the last day")


class ContactsForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        help_text="Columns URN, name, email and, if you like, part (contact or staff).",
        widget=forms.FileInput({"accept": ".csv,text/csv"}),
        error_messages={"required": "Choose a file", "empty": "The file is empty"},
    )

    def clean_file(self) -> Any:
        if self.cleaned_data["file"].size > 1024 * 1024:
            raise forms.ValidationError("The file is larger than 1 MB: that is not a list of contacts")
        return self.cleaned_data["file"]


class AuthorityForm(forms.Form):
    name = forms.CharField(label="Name of the authority", max_length=120, help_text="As it should stand on every page and email.")
    la_code = forms.CharField(
        label="Authority number",
        max_length=3,
        help_text="Three digits, as in the national register of schools.",
        widget=forms.TextInput({"class": "govuk-input--width-3"}),
    )
    colour = forms.CharField(
        label="Colour",
        validators=[IS_COLOUR],
        help_text="For the header and headings, like #0f4c5c. It is checked for contrast against white.",
        widget=forms.TextInput({"class": "govuk-input--width-10"}),
    )
    accent = forms.CharField(
        label="Second colour",
        validators=[IS_COLOUR],
        help_text="For lines and bars, like #e36414.",
        widget=forms.TextInput({"class": "govuk-input--width-10"}),
    )
    contact_email = forms.EmailField(label="Email address for questions", required=False)
    contact_phone = forms.CharField(label="Telephone for questions", max_length=30, required=False)
    protection_email = forms.EmailField(
        label="Email address of the data-protection lead",
        required=False,
        help_text="Told when an entry was written on the wrong child. Who signs in with this address, as a manager, legal officer or "
        "administrator, reads what was moved; nobody else does.",
    )
    address = WordsField(label="Address at the head of letters", longest=400, help_text="A line each. Answers by post come here.")
    logo = forms.FileField(
        label="Logo at the head of letters",
        required=False,
        widget=forms.FileInput,
        help_text=f"PNG or JPEG, {MOST_LOGO // 1024} KB at most.",
    )
    no_logo = forms.BooleanField(label="Take the logo away", required=False)


class PolicyForm(forms.Form):
    value = forms.IntegerField(
        label="Value",
        error_messages={"required": "Enter a whole number", "invalid": "Enter a whole number"},
        widget=forms.TextInput({"inputmode": "numeric", "class": "govuk-input--width-5"}),
    )
    start = DateBoxes(label="From", needed="Enter the day from which it holds")
    reason = forms.CharField(
        label="Why the authority sets its own value",
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Enter why the authority sets its own value"},
    )

    def __init__(self, *args: Any, item: policy.Item, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["value"].label = item.name
        self.fields["value"].help_text = f"{item.unit.capitalize()}: a whole number from {item.low} to {item.high}."
