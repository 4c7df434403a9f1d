"""The people around a school."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.roles import ROLES
from schools.actions.team import Details, may_keep
from schools.forms.fields import DateBoxes, TokenField, VersionField, WordsField
from schools.models import Posting, School, TeamMember

# digits with the usual signs, and an extension in letters
IS_PHONE = RegexValidator(r"^(?=(?:\D*\d){6})[\d\s+()./-]+(?:\s*(?:x|ext\.?|extension)\s*\d+)?$", "Enter a phone number like 01632 960001")
NOT_AN_EMAIL = "Enter an email address like name@example.org"


def accounts_at(school: School, user: User, today: dt.date) -> QuerySet[User]:
    """Whose accounts may be named: users of the school, and for the authority its own."""
    posted = Q(pk__in=Posting.objects.standing(today).filter(school=school).values("user"))
    if user.as_role.in_authority:
        posted |= Q(role__in=[role.code for role in ROLES.values() if role.in_authority])
    return User.objects.filter(posted, is_active=True).order_by("name", "pk")


class _UserField(forms.ModelChoiceField):
    def label_from_instance(self, user: User) -> str:
        return f"{user.name}, {user.email}"


class MemberForm(forms.Form):
    """Somebody in the team; `member` where an entry is corrected: its role stays."""

    role = forms.ChoiceField(
        label="Role",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a role", "invalid_choice": "Choose a role of the list"},
    )
    role_words = forms.CharField(
        label="What this person is to the school",
        required=False,
        max_length=80,
        help_text="In a few words, for example: Police schools officer.",
    )
    name = forms.CharField(label="Full name", max_length=120, error_messages={"required": "Enter the person’s name"})
    job = forms.CharField(label="Job title and organisation", required=False, max_length=160)
    email = forms.EmailField(
        label="Email address", required=False, help_text="Invitations to meetings go here.", error_messages={"invalid": NOT_AN_EMAIL}
    )
    phone = forms.CharField(label="Phone number", required=False, max_length=40, validators=[IS_PHONE])
    user = _UserField(
        label="Their account in Daymark",
        queryset=User.objects.none(),
        required=False,
        empty_label="None, or not known",
        error_messages={"invalid_choice": "Choose an account of the list"},
    )
    start = DateBoxes(label="First day", needed="Enter the first day")
    end = DateBoxes(label="Last day", help_text="Leave empty if there is none yet.")
    note = WordsField(longest=2000, rows=3)
    form_token = TokenField()
    version = VersionField(required=False)

    def __init__(self, *args: Any, school: School, user: User, today: dt.date, member: TeamMember | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["user"].queryset = accounts_at(school, user, today)  # type: ignore[attr-defined]
        self.fields["note"].label = "Note"
        if member is not None:
            for name in ("role", "form_token", *(() if member.role == TeamMember.Role.OTHER else ("role_words",))):
                del self.fields[name]
            if member.user:  # stays a choice though the account is closed or gone from the school
                kept = self.fields["user"].queryset | User.objects.filter(pk=member.user_id)  # type: ignore[attr-defined]
                self.fields["user"].queryset = kept  # type: ignore[attr-defined]
            return
        del self.fields["version"]
        roles = [(role.value, role.label) for role in TeamMember.Role if may_keep(user, role)]
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        if TeamMember.Role.OTHER not in dict(roles):
            del self.fields["role_words"]
        else:
            self.fields["role_words"].help_text = "Only for somebody else. In a few words, for example: Police schools officer."

    def details(self) -> Details:
        found = self.cleaned_data
        names = ("name", "start", "end", "job", "email", "phone", "user", "note")
        return Details(role_words=found.get("role_words", ""), **{name: found[name] for name in names})


class EndMemberForm(forms.Form):
    end = DateBoxes(label="Last day", needed="Enter the last day")
    version = VersionField(required=False)


class WithdrawMemberForm(forms.Form):
    why = WordsField(longest=500, rows=3, needed="Say why the entry is wrong")
    version = VersionField(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["why"].label = "What is wrong with it"
