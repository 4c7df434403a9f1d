"""Loaded history, who is who, and other authorities: what the pages ask for."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from django import forms

from legal.forms.fields import VersionedForm
from legal.forms.notices import PoundsField
from legal.models import HistoricRecord, HistoryEnquiry, Kind, PersonAnswer
from schools.forms.calendar import FileForm
from schools.forms.fields import DateBoxes, TokenField, WordsField, radios
from schools.models import Parent

MEGABYTE = 1024 * 1024


_FILES = [(kind.value, kind.several) for kind in Kind]


class HistoryFileForm(FileForm):
    kind = radios("What the file holds", _FILES, "Choose what the file holds")

    def __init__(self, *args: Any, **options: Any) -> None:
        hint = "One record on each row. Nothing is changed before you have seen what would be loaded."
        super().__init__(*args, most_bytes=MEGABYTE, hint=hint, **options)
        self.order_fields(["kind", "file"])


class ConfirmLoadForm(forms.Form):
    """What was looked at, sent back by the confirmation: byte for byte."""

    kind = forms.ChoiceField(choices=Kind.choices, widget=forms.HiddenInput)
    name = forms.CharField(max_length=200, widget=forms.HiddenInput)
    content = forms.CharField(widget=forms.HiddenInput)
    form_token = TokenField()

    def clean_content(self) -> bytes:
        try:
            found = base64.b64decode(self.cleaned_data["content"], validate=True)
        except (binascii.Error, ValueError):
            raise forms.ValidationError("The file did not come whole. Send it again.") from None
        if len(found) > MEGABYTE:
            raise forms.ValidationError("The file is larger than 1 MB. Send it in parts.")
        return found


class SignOffForm(forms.Form):
    words = WordsField(
        label="What was loaded, and where it came from",
        needed="Say what was loaded and where it came from",
        longest=4000,
        help_text="For example: every notice since 19 August 2024 from the system before, the heads’ and the police’s lists, and what "
        "other authorities told about children who came from there.",
    )


class WhyForm(forms.Form):
    """Taking something back."""

    why = WordsField(label="Why", needed="Say why", longest=4000)

    def __init__(self, *args: Any, label: str = "Why", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["why"].label = label


class WhoseForm(VersionedForm):
    """To which of the child's parents a loaded record was."""

    NOBODY, OTHER_CHILD = "nobody", "other_child"

    whose = radios("To whom it was", (), "Choose to whom it was")
    why = WordsField(label="How you know", needed="Say how you know", longest=4000)

    def __init__(self, *args: Any, parents: Iterable[Parent], child: str, certain: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.parents = {str(parent.pk): parent for parent in parents}
        choices = [(key, str(parent)) for key, parent in self.parents.items()]
        choices.append((self.NOBODY, f"None of those recorded as parents of {child}"))
        if not certain:
            choices.append((self.OTHER_CHILD, f"It is of another child than {child}"))
        self.fields["whose"].choices = choices
        self.order_fields(["whose", "why"])


class OutcomeForm(VersionedForm):
    outcome = radios("What became of the notice", HistoricRecord.Outcome.choices, "Choose what became of the notice")
    offence_from = DateBoxes(label="Period of the offence: first day, if known")
    offence_to = DateBoxes(label="Period of the offence: last day")
    words = WordsField(label="How you know", needed="Say how you know", longest=4000)

    def __init__(self, *args: Any, of_notice: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not of_notice:
            del self.fields["outcome"]


class SetAsideForm(VersionedForm):
    why = WordsField(label="Why the record is not right", longest=4000)


class PersonForm(forms.Form):
    verdict = radios("Are the two records of one person?", PersonAnswer.Verdict.choices, "Choose whether the two records are of one person")
    why = WordsField(label="How you know", needed="Say how you know", longest=4000)


class EnquiryForm(forms.Form):
    direction = radios("Who asked", HistoryEnquiry.Direction.choices, "Choose who asked")
    authority = forms.CharField(label="The other authority", max_length=120, error_messages={"required": "Enter the other authority"})
    mailbox = forms.CharField(
        label="Its mailbox", max_length=254, required=False, help_text="The address that the question went to, or came from."
    )
    upn = forms.CharField(
        label="UPN of the child",
        max_length=20,
        required=False,
        help_text="Needed when we ask. When they ask, if the child is known here.",
        widget=forms.TextInput({"class": "govuk-input--width-20"}),
    )
    about = forms.CharField(
        label="The child as they wrote it", max_length=300, required=False, help_text="Name, date of birth, former school: when they ask."
    )
    asked = DateBoxes(label="Day of the question", needed="Enter the day of the question")
    words = WordsField(label="Anything else", longest=4000)
    form_token = TokenField()


class ReplyForm(VersionedForm):
    replied = DateBoxes(label="Day of the reply", needed="Enter the day of the reply")
    told = forms.IntegerField(
        label="How many notices the reply names",
        min_value=0,
        max_value=99,
        error_messages={"required": "Enter how many notices the reply names, 0 for none"},
        widget=forms.TextInput({"class": "govuk-input--width-2", "inputmode": "numeric"}),
    )
    reply = WordsField(label="What the reply says", needed="Write what the reply says", longest=4000)


class ToldNoticeForm(forms.Form):
    """One notice that another authority's reply names."""

    parent_surname = forms.CharField(label="Parent’s surname", max_length=100, error_messages={"required": "Enter the parent’s surname"})
    parent_forename = forms.CharField(label="Parent’s first name", max_length=100, required=False)
    parent_dob = DateBoxes(label="Parent’s date of birth, if told")
    address = forms.CharField(label="Address it was sent to, if told", max_length=300, required=False)
    postcode = forms.CharField(label="Postcode", max_length=10, required=False, widget=forms.TextInput({"class": "govuk-input--width-10"}))
    day = DateBoxes(label="Day of issue", needed="Enter the day of issue")
    outcome = radios("What became of it", HistoricRecord.Outcome.choices, "Choose what became of it")
    reference = forms.CharField(label="Its number there", max_length=60, required=False)
    amount = PoundsField(
        label="Amount, in pounds", required=False, widget=forms.TextInput({"class": "govuk-input--width-4", "inputmode": "numeric"})
    )
    offence_from = DateBoxes(label="Period of the offence: first day, if told")
    offence_to = DateBoxes(label="Period of the offence: last day")
    words = WordsField(label="Anything else", longest=4000)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("offence_from"), found.get("offence_to")
        if bool(first) != bool(last) and not {"offence_from", "offence_to"} & set(self.errors):
            self.add_error("offence_to" if first else "offence_from", "The period needs its first and its last day")
        elif first and last and last < first:
            self.add_error("offence_to", "The last day is before the first")
        return found
