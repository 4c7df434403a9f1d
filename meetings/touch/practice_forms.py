"""Forms about a school's practice, events and campaigns."""

from __future__ import annotations

from typing import Any

from django import forms

from meetings.forms import _TIMES, _WRONG_TIME
from meetings.models import Campaign, Event, SchoolPlan
from meetings.touch import checklist
from meetings.touch.forms import PhasesField
from schools.forms.fields import DateBoxes, TokenField, VersionField, WordsField, radios
from schools.models import School


class CheckForm(forms.Form):
    """Every question with its answer and a note. Nothing is needed until it is sent."""

    version = VersionField()

    def __init__(self, *args: Any, answers: dict[str, dict[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in checklist.QUESTIONS:
            said = answers.get(question.key, {})
            answer = radios(question.words, list(checklist.ANSWERS.items()), "Choose an answer", required=False, help_text=question.source)
            answer.initial = said.get("answer")
            self.fields[f"answer_{question.key}"] = answer
            note = forms.CharField(label="Note", max_length=500, required=False, initial=said.get("note", ""))
            note.widget.attrs["aria-label"] = f"Note: {question.words}"
            self.fields[f"note_{question.key}"] = note

    def answers(self) -> dict[str, dict[str, str]]:
        said = self.cleaned_data
        return {key: {"answer": said.get(f"answer_{key}", ""), "note": said.get(f"note_{key}", "").strip()} for key in checklist.BY_KEY}

    def parts(self) -> list[tuple[str, list[tuple[forms.BoundField, forms.BoundField]]]]:
        return [
            (part, [(self[f"answer_{question.key}"], self[f"note_{question.key}"]) for question in questions])
            for part, questions in checklist.parts()
        ]


class SeenForm(forms.Form):
    words = WordsField(longest=2000, rows=4, label="What you say of it", help_text="The school reads it. You may leave it empty.")
    version = VersionField()


def _number(label: str, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=2000,
        widget=forms.TextInput({"class": "govuk-input--width-3", "inputmode": "numeric"}),
        error_messages={
            "required": "Enter a number, 0 if there was none",
            "invalid": "Enter a whole number",
            "min_value": "Enter 0 or more",
            "max_value": "Enter at most %(limit_value)s",
        },
        **options,
    )


class ReviewForm(forms.Form):
    day = DateBoxes(label="Day of the visit", needed="Enter the day of the visit")
    pupils = _number("How many pupils were asked?", initial=0)
    said_pupils = WordsField(longest=5000, rows=3, label="What pupils said", help_text="Name nobody.")
    parents = _number("How many parents were asked?", initial=0)
    said_parents = WordsField(longest=5000, rows=3, label="What parents said", help_text="Name nobody.")
    staff = _number("How many of the staff were asked?", initial=0)
    said_staff = WordsField(longest=5000, rows=3, label="What staff said", help_text="Name nobody.")
    findings = WordsField(longest=10_000, rows=6, label="Findings", needed="Write what was found")
    recommendations = WordsField(longest=10_000, rows=6, label="Recommendations", needed="Write what is recommended")
    share = forms.BooleanField(
        label="The school may read it", required=False, help_text="Once shared it stays so; it can still be put right."
    )
    form_token = TokenField()
    version = VersionField(required=False)


class StepForm(forms.Form):
    aim = forms.CharField(
        label="Aim",
        max_length=300,
        error_messages={"required": "Enter the aim"},
        help_text="What is to be better, so that anybody can see it. Name no child.",
    )
    owner = forms.CharField(label="Who sees to it", max_length=160, error_messages={"required": "Say who sees to it"})
    due = DateBoxes(label="By when", needed="Enter the day by which it is to be done")
    form_token = TokenField()


class TellStepForm(forms.Form):
    done = forms.BooleanField(label="It is done", required=False)
    note = WordsField(
        longest=2000, rows=3, label="How it goes", help_text="What was done and what came of it; why, if the day is another one."
    )
    due = DateBoxes(label="By when", needed="Enter the day by which it is to be done")
    version = VersionField()


class SignForm(forms.Form):
    name = forms.CharField(
        label="Who signed it off", max_length=160, error_messages={"required": "Say who signed it off"}, help_text="Name and part."
    )
    signed_as = radios("For whom?", SchoolPlan.SignedAs.choices, "Choose for whom they signed")
    day = DateBoxes(label="On which day?", needed="Enter the day on which it was signed off")
    aims = VersionField(required=False)  # how many the plan had when the form was made


class EventForm(forms.Form):
    kind = radios("What is it?", Event.Kind.choices, "Choose what it is")
    title = forms.CharField(label="Title", max_length=150, error_messages={"required": "Enter a title"})
    words = WordsField(longest=5000, rows=5, label="What it is about")
    phases = PhasesField()
    day = DateBoxes(label="Day", needed="Enter the day")
    time = forms.TimeField(
        label="Time",
        input_formats=_TIMES,
        widget=forms.TextInput({"class": "govuk-input--width-5", "autocomplete": "off"}),
        help_text="For example, 14:30",
        error_messages={"required": "Enter the time", "invalid": _WRONG_TIME},
    )
    minutes = forms.IntegerField(
        label="Minutes",
        min_value=15,
        max_value=480,
        initial=60,
        widget=forms.TextInput({"class": "govuk-input--width-3", "inputmode": "numeric"}),
        error_messages={
            "required": "Enter how many minutes it takes",
            "invalid": "Enter a whole number",
            "min_value": "Enter 15 or more",
            "max_value": "Enter at most 480",
        },
    )
    where = forms.CharField(label="Where", max_length=200, error_messages={"required": "Say where it is"}, help_text="A room, or online.")
    places = forms.IntegerField(
        label="Places",
        min_value=1,
        max_value=5000,
        required=False,
        widget=forms.TextInput({"class": "govuk-input--width-3", "inputmode": "numeric"}),
        help_text="How many people there is room for. Empty: as many as come.",
        error_messages={
            "invalid": "Enter a whole number, or leave it empty",
            "min_value": "Enter 1 or more",
            "max_value": "Enter at most 5000",
        },
    )
    traded = forms.BooleanField(
        label="It is traded: schools pay for it",
        required=False,
        help_text="The four core functions (advice, support meetings, support for families, legal steps) are free to every school.",
    )
    form_token = TokenField()
    version = VersionField(required=False)


class CancelEventForm(forms.Form):
    why = forms.CharField(label="Why", max_length=300, error_messages={"required": "Say why it is cancelled: schools read it"})


class SignUpForm(forms.Form):
    school = forms.ModelChoiceField(
        queryset=School.objects.none(),
        label="School",
        error_messages={"required": "Choose the school", "invalid_choice": "Choose one of your schools"},
    )
    people = forms.IntegerField(
        label="How many come?",
        min_value=0,
        max_value=50,
        widget=forms.TextInput({"class": "govuk-input--width-2", "inputmode": "numeric"}),
        help_text="0 gives your places back.",
        error_messages={
            "required": "Enter how many come",
            "invalid": "Enter a whole number",
            "min_value": "Enter 0 or more",
            "max_value": "Enter at most 50",
        },
    )
    names = forms.CharField(
        label="Who", max_length=300, required=False, help_text="Names and parts, so that the team knows whom to expect."
    )

    def __init__(self, *args: Any, schools: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["school"]
        field.queryset = schools


class CameForm(SignUpForm):
    came = forms.IntegerField(
        label="How many came?",
        min_value=0,
        max_value=50,
        widget=forms.TextInput({"class": "govuk-input--width-2", "inputmode": "numeric"}),
        error_messages={
            "required": "Enter how many came",
            "invalid": "Enter a whole number",
            "min_value": "Enter 0 or more",
            "max_value": "Enter at most 50",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["people"], self.fields["names"]


class CampaignForm(forms.Form):
    title = forms.CharField(label="What", max_length=150, error_messages={"required": "Say what it is"})
    words = WordsField(longest=5000, rows=4, label="What parents are told")
    school = forms.ModelChoiceField(
        queryset=School.objects.none(),
        label="Which parents?",
        required=False,
        empty_label="All schools",
        error_messages={"invalid_choice": "Choose one of your schools, or all"},
    )
    channel = forms.ChoiceField(label="How", choices=Campaign.Channel.choices, error_messages={"invalid_choice": "Choose how"})
    start = DateBoxes(label="From", needed="Enter the first day")
    end = DateBoxes(label="To", help_text="Leave it empty for one day.")
    reach = forms.IntegerField(
        label="How many it reached",
        min_value=0,
        max_value=10_000_000,
        required=False,
        widget=forms.TextInput({"class": "govuk-input--width-5", "inputmode": "numeric"}),
        help_text="Leave it empty where it is not known.",
        error_messages={
            "invalid": "Enter a whole number, or leave it empty",
            "min_value": "Enter 0 or more",
            "max_value": "Enter a smaller number",
        },
    )
    reach_words = forms.CharField(
        label="Of what, and how it is known",
        max_length=200,
        required=False,
        help_text="For example, letters sent, or views counted by the website.",
    )
    form_token = TokenField()
    version = VersionField(required=False)

    def __init__(self, *args: Any, schools: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["school"]
        field.queryset = schools
