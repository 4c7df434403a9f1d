"""Referring a child, and what triage asks."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from casework import evidence
from casework.actions.referrals import Said
from casework.forms.fields import select
from casework.models import Case, Referral
from schools.forms.fields import DateBoxes, TokenField, VersionField, WordsField, radios
from schools.models import School

# what an officer writes down for others; a flag and a concern of one's own open a case straight away
LOGGED = (
    Case.Origin.REFERRAL, Case.Origin.CLUSTER, Case.Origin.MEETING, Case.Origin.FRONT_DOOR, Case.Origin.SERVICE, Case.Origin.PUBLIC,
    Case.Origin.AUTHORITY,
)  # fmt: skip
_PIECES = [(piece.code, piece.name) for piece in evidence.PIECES]


def _text(label: str, longest: int, **options: Any) -> forms.CharField:
    field = forms.CharField(
        label=label, max_length=longest, required=False, error_messages={"max_length": f"Keep this to {longest} characters"}, **options
    )
    field.widget.attrs.pop("maxlength", None)
    return field


class ReferralForm(forms.Form):
    """One form for schools and officers: a school is not asked who it is."""

    say_optional = True

    origin = radios("Where does it come from?", [(way.value, way.label) for way in LOGGED], "Choose where the referral comes from")
    received = DateBoxes(label="When did it reach us?", needed="Enter the day on which it reached us")
    from_name = _text("Name of who refers", 160, help_text="Leave it empty if they wish to give none. A school is never shown it.")
    from_body = _text("Service, authority or organisation", 160)
    from_phone = _text("Phone", 40)
    from_email = forms.EmailField(label="Email", required=False, error_messages={"invalid": "Enter a real email address"})
    reason = select("Main reason", Case.Reason.choices, "Choose the main reason")
    school = forms.ModelChoiceField(queryset=School.objects.none(), label="School", empty_label=None)
    worries = WordsField(
        label="What worries you?", needed="Enter what worries you", help_text="What you see, since when, and what you fear."
    )
    tried = WordsField(label="What was tried, and what came of it?")
    evidence = forms.MultipleChoiceField(
        label="What has been done", choices=_PIECES, required=False, widget=forms.CheckboxSelectMultiple({"legend": "s"}),
        help_text="Tick what you have on record. What is missing may be asked for.",
        error_messages={"invalid_choice": "Choose from the list"},
    )  # fmt: skip
    answer = WordsField(label="Your answer to the attendance team")
    version = VersionField(required=False)
    form_token = TokenField()

    def __init__(self, *args: Any, schools: list[School], for_school: bool, returned: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["school"].queryset = School.objects.filter(pk__in=[s.pk for s in schools])  # type: ignore[attr-defined]
        if len(schools) == 1:
            self.fields["school"].widget = forms.HiddenInput()
        if for_school:
            for name in ("origin", "received", "from_name", "from_body", "from_phone", "from_email"):
                del self.fields[name]
        if not returned:
            del self.fields["answer"]

    def said(self) -> Said:
        asked = self.cleaned_data
        of_whom = {name: asked.get(name, "") for name in ("from_name", "from_body", "from_phone", "from_email")}
        return Said(asked["reason"], asked["worries"], asked["tried"], tuple(asked["evidence"]), **of_whom)


def written(referral: Referral) -> dict[str, Any]:
    """What the form begins with, where a referral is written on."""
    names = (
        "origin",
        "received",
        "from_name",
        "from_body",
        "from_phone",
        "from_email",
        "reason",
        "worries",
        "tried",
        "evidence",
        "version",
    )
    return {name: getattr(referral, name) for name in names} | {"school": referral.school_id}


def _reason(label: str, hint: str) -> WordsField:
    return WordsField(label=label, help_text=hint, needed="Enter the reason: whoever referred the child reads it")


class AcceptForm(forms.Form):
    reason = select("Main reason of the case", Case.Reason.choices, "Choose the main reason")
    school = forms.ModelChoiceField(queryset=School.objects.none(), label="School", empty_label=None)
    officer = forms.ModelChoiceField(
        queryset=User.objects.none(), label="Officer", required=False, empty_label="Nobody yet: it goes to the waiting list",
        error_messages={"invalid_choice": "Choose an officer who works with the school"},
    )  # fmt: skip
    words = _reason("Why it is accepted", "Whoever referred the child reads this.")
    version = VersionField()

    def __init__(self, *args: Any, schools: list[School], officers: Any, joins: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["school"].queryset = School.objects.filter(pk__in=[s.pk for s in schools])  # type: ignore[attr-defined]
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]
        if joins:  # the open case has its reason, its school and its officer
            for name in ("reason", "school", "officer"):
                del self.fields[name]
        elif len(schools) == 1:
            self.fields["school"].widget = forms.HiddenInput()


class ReturnForm(forms.Form):
    wanted = forms.MultipleChoiceField(
        label="What is missing", choices=_PIECES, required=False, widget=forms.CheckboxSelectMultiple({"legend": "s"})
    )
    words = WordsField(label="What you ask for", help_text="Whoever referred the child reads this, and sends it again.")
    version = VersionField()


class SignpostForm(forms.Form):
    service = select("Who can help instead", Referral.Service.choices, "Choose who can help instead")
    words = _reason("Why, and how to ask them", "Whoever referred the child reads this.")
    version = VersionField()


class RefuseForm(forms.Form):
    words = _reason("Why it is refused", "Whoever referred the child reads this. Say what would change your mind.")
    version = VersionField()


class WithdrawForm(forms.Form):
    words = WordsField(label="Why you take it back (optional)")
    version = VersionField()


class TellForm(forms.Form):
    day = DateBoxes(label="When were they told?", needed="Enter the day on which they were told")
    words = WordsField(label="How, and what they said (optional)")
