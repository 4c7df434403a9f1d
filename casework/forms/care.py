"""Forms about children with a social worker, and about joint enquiries."""

from __future__ import annotations

from django import forms

from casework.forms.fields import select
from casework.models import FirstDayResponse
from schools.forms.fields import DateBoxes, TokenField, WordsField, radios
from schools.models import EnquiryStep


class ResponseForm(forms.Form):
    kind = select("What was done", FirstDayResponse.Kind.choices, "Choose what was done")
    result = radios("What came of it", FirstDayResponse.Result.choices, "Choose what came of it")
    words = WordsField(label="Notes (optional)", help_text="Who was spoken to, and what they said.")
    form_token = TokenField()


class TellWorkerForm(forms.Form):
    told_on = DateBoxes(label="When the social worker was told", needed="Enter the day on which the social worker was told")
    told_by = forms.CharField(label="Who told them", max_length=120, error_messages={"required": "Enter who told the social worker"})
    worker = forms.CharField(
        label="Who was told", max_length=120, help_text="The social worker’s name, or the duty team.",
        error_messages={"required": "Enter who was told"},
    )  # fmt: skip
    reply = WordsField(label="What they answered (optional)", help_text="Leave it empty if there is no reply yet.")


class StepForm(forms.Form):
    what = select("What was asked or done", EnquiryStep.What.choices, "Choose what was asked or done")
    day = DateBoxes(label="When", needed="Enter the day of the enquiry")
    found = WordsField(
        label="What you learnt",
        needed="Enter what you learnt, even if it is nothing",
        help_text="The school and the authority both read it.",
    )
    form_token = TokenField()


class ConcludeForm(forms.Form):
    cause = radios(
        "Is there a reasonable ground to believe in sickness or an unavoidable cause?",
        [("no", "No: nothing points to sickness or an unavoidable cause"), ("yes", "Yes, there is a reasonable ground")],
        "Say whether there is a reasonable ground",
    )
    words = WordsField(label="What you conclude this from", needed="Enter what you conclude this from")
