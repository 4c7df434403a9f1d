"""What came of a task, or why it is no longer needed."""

from __future__ import annotations

from django import forms

from schools.forms.fields import DateBoxes, WordsField


class CompleteTaskForm(forms.Form):
    day = DateBoxes(label="When it was done", needed="Enter the day on which it was done")
    words = WordsField(
        label="What was done, and what came of it",
        needed="Enter what was done and what came of it",
        help_text="Who was spoken to or informed, and what they replied.",
    )


class DropTaskForm(forms.Form):
    words = WordsField(label="Why it is no longer needed", needed="Enter why it is no longer needed")
