"""Forms about offers of meetings, what schools answer, and who is invited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from meetings.forms import PlanForm
from meetings.models import Attendee, Escalation, Offer
from schools.forms.fields import DateBoxes, TokenField, VersionField, WordsField, radios
from schools.models import School

ACCEPT, DECLINE, REARRANGE = "accept", "decline", "rearrange"


class OfferForm(PlanForm):
    """The day, time, length, place and officer of what is offered."""

    def __init__(
        self, *args: Any, schools: Iterable[School], user: User, today: dt.date, ask_about_closed: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, schools=schools, user=user, today=today, ask_about_closed=ask_about_closed, **kwargs)
        self.fields["minutes"].help_text = ""


class AnswerForm(forms.Form):
    """What every answer asks: an officer who writes it down names whoever gave it."""

    told_by = forms.CharField(
        label="Who at the school gave the answer?",
        max_length=160,
        help_text="Name and role, for example Sam Example, deputy head.",
        error_messages={"required": "Say who at the school gave the answer"},
    )
    version = VersionField()

    def __init__(self, *args: Any, user: User, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, initial={"version": offer.version}, **kwargs)
        if not user.as_role.in_authority:
            del self.fields["told_by"]


class AcceptForm(AnswerForm):
    """Nothing more: the offer says the rest."""


class DeclineForm(AnswerForm):
    reason = radios("Why does the school decline?", Offer.Reason.choices, "Choose why the school declines")
    words = WordsField(longest=500, rows=2, label="In a few words", help_text="Needed for another reason.")
    evidence = WordsField(
        longest=5000,
        rows=6,
        label="Evidence of improvement",
        help_text="What shows that attendance is better: figures with their dates, and what was done. Name no pupil.",
    )
    field_order = ["reason", "words", "evidence", "told_by"]


class RearrangeForm(AnswerForm):
    words = WordsField(longest=500, rows=3, label="Which days and times would do?", needed="Say which days and times would do")
    field_order = ["words", "told_by"]


ANSWERS: dict[str, type[AnswerForm]] = {ACCEPT: AcceptForm, DECLINE: DeclineForm, REARRANGE: RearrangeForm}


class JudgeForm(forms.Form):
    verdict = radios("Is what the school says accepted?", Offer.Verdict.choices, "Choose whether the evidence is accepted")
    words = WordsField(longest=500, rows=3, label="Why", needed="Say why: the school reads it", help_text="The school reads this.")
    follow_up = DateBoxes(label="When does somebody look at it again?", needed="Enter the day on which somebody looks at it again")
    version = VersionField()


class FollowUpForm(forms.Form):
    words = WordsField(longest=500, rows=3, label="What you found, and what comes next", needed="Say what you found and what comes next")
    version = VersionField()


class EscalateForm(forms.Form):
    to = radios("Who was turned to?", Escalation.To.choices, "Choose who was turned to")
    day = DateBoxes(label="On which day?", needed="Enter the day on which it was done")
    words = WordsField(longest=500, rows=3, label="What was asked for", needed="Say in a sentence what was asked for")
    form_token = TokenField()


class AttendeeForm(forms.Form):
    name = forms.CharField(label="Name", max_length=160, error_messages={"required": "Enter a name"})
    role = forms.CharField(label="Role", max_length=120, required=False, help_text="For example, special educational needs coordinator.")
    side = radios("For whom do they come?", Attendee.Side.choices, "Choose for whom they come")
    email = forms.EmailField(
        label="E-mail",
        required=False,
        help_text="Without one no invitation can be sent: they have to be told some other way.",
        error_messages={"invalid": "Enter an e-mail address like name@example.org, or leave it empty"},
    )
