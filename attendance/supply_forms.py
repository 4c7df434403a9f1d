"""What is asked of whoever says that a school supplies no registers, or does so again."""

from __future__ import annotations

from django import forms

from schools.forms.fields import DateBoxes, WordsField


class SupplyForm(forms.Form):
    start = DateBoxes(label="First day without registers", needed="Enter the first day")
    until = DateBoxes(
        label="Last day",
        needed="Enter the last day",
        help_text="The day on which it is looked at again: from the next day on, missing registers raise the alarm. At most a year.",
    )
    reason = WordsField(
        label="Why the school supplies none",
        longest=500,
        rows=3,
        needed="Say why the school supplies no registers",
        help_text="Shown wherever the school is missing from a total, to the school too. Name no child.",
    )


class EndForm(forms.Form):
    why = WordsField(label="Why it ends", longest=500, rows=3, needed="Say why it ends", help_text="For example: the feed works again.")
