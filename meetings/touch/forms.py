"""Forms of keeping in touch."""

from __future__ import annotations

from typing import Any

from django import forms

from meetings.models import Advice, Guide
from schools import files
from schools.forms.fields import DateBoxes, TokenField, VersionField, WordsField, radios
from schools.models import School

_REPORT_BYTES = 1024 * 1024


class BriefingForm(forms.Form):
    subject = forms.CharField(
        label="Subject", max_length=150, error_messages={"required": "Enter a subject"}, help_text="The school’s name is put behind it."
    )
    day = DateBoxes(label="The day it is to go", needed="Enter the day on which it is to go")
    news = WordsField(
        longest=20_000,
        rows=12,
        label="News from the team",
        help_text="Plain text; an empty line begins a paragraph. Name no child: it goes to every school by e-mail. Each school’s own "
        "figures are put above it.",
    )

    @staticmethod
    def initial_of(briefing: Any) -> dict[str, Any]:
        return {name: getattr(briefing, name) for name in ("subject", "day", "news", "version")}


class NewBriefingForm(BriefingForm):
    form_token = TokenField()


class ChangeBriefingForm(BriefingForm):
    version = VersionField()


class ReportForm(forms.Form):
    file = forms.FileField(
        label="The message that came back",
        widget=forms.FileInput({"accept": ".eml,message/rfc822,text/plain"}),
        help_text="Saved from your mail program as a file (.eml), whole. At most 1 MB.",
        error_messages={"required": "Choose a file", "empty": "The file is empty"},
    )

    def clean_file(self) -> Any:
        if self.cleaned_data["file"].size > _REPORT_BYTES:
            raise forms.ValidationError("The file is larger than 1 MB")
        return self.cleaned_data["file"]


class BouncedForm(forms.Form):
    words = forms.CharField(
        label="What the message that came back says", max_length=300, required=False, help_text="For example, no such mailbox."
    )


class PhasesField(forms.MultipleChoiceField):
    """For which schools; none chosen: for every school."""

    def __init__(self, **options: Any) -> None:
        chosen = [(value, label) for value, label in School.Phase.choices if value != School.Phase.UNKNOWN]
        super().__init__(
            label="For which schools?",
            choices=chosen,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="None chosen: every school.",
            error_messages={"invalid_choice": "Choose phases from the list"},
            **options,
        )


class _GuidanceForm(forms.Form):
    topic = forms.ChoiceField(label="About", choices=Guide.Topic.choices, error_messages={"invalid_choice": "Choose what it is about"})
    title = forms.CharField(label="Title", max_length=150, error_messages={"required": "Enter a title"})
    words = WordsField(
        longest=50_000, rows=12, label="What it says", needed="Write what it says", help_text="Plain text. Name no child, family or school."
    )
    phases = PhasesField()
    start = DateBoxes(label="Schools see it from", needed="Enter the first day")
    until = DateBoxes(label="Until", help_text="Leave it empty for guidance that stays.")


class GuideForm(_GuidanceForm):
    kind = radios("Where does it stand?", [("notice", "On the noticeboard"), ("guide", "In the library")], "Choose where it stands")
    form_token = TokenField()
    field_order = ["kind", "topic", "title", "words", "phases", "start", "until"]


class ChangeGuideForm(_GuidanceForm):
    kind = radios("Where does it stand?", [("notice", "On the noticeboard"), ("guide", "In the library")], "Choose where it stands")
    version = VersionField()
    field_order = ["kind", "topic", "title", "words", "phases", "start", "until"]

    @staticmethod
    def initial_of(guide: Guide) -> dict[str, Any]:
        names = ("kind", "topic", "title", "words", "phases", "start", "until", "version")
        return {name: getattr(guide, name) for name in names}


class PublishForm(_GuidanceForm):
    """Guidance made of an answer."""


class GuideFileForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text=f"{', '.join(files.KINDS)}; at most {files.MOST // files.MEGABYTE} MB; without macros.",
        error_messages={"required": "Choose a file", "empty": "The file is empty"},
    )


class AskForm(forms.Form):
    school = forms.ModelChoiceField(queryset=School.objects.none(), label="School", error_messages={"required": "Choose the school"})
    topic = forms.ChoiceField(label="About", choices=Guide.Topic.choices, error_messages={"invalid_choice": "Choose what it is about"})
    subject = forms.CharField(label="The question in a line", max_length=150, error_messages={"required": "Say in a line what it is about"})
    words = WordsField(
        longest=10_000, rows=6, label="The question", needed="Write the question", help_text="Name no child: say what the matter is."
    )
    form_token = TokenField()

    def __init__(self, *args: Any, schools: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["school"]
        field.queryset = schools
        field.error_messages["invalid_choice"] = "Choose one of your schools"


class LogForm(AskForm):
    """A question that was asked some other way, with its answer if it was given."""

    how = radios("How was it asked?", [choice for choice in Advice.How.choices if choice[0] != "login"], "Choose how it was asked")
    asked_for = forms.CharField(
        label="Who at the school asked?",
        max_length=160,
        error_messages={"required": "Say who at the school asked"},
        help_text="Name and role.",
    )
    answer = WordsField(longest=10_000, rows=6, label="The answer", help_text="Leave it empty if it is still to be answered.")
    field_order = ["school", "how", "asked_for", "topic", "subject", "words", "answer"]


class ReplyForm(forms.Form):
    answer = WordsField(longest=10_000, rows=8, label="Answer", needed="Write an answer", help_text="The school reads it in its own login.")
    version = VersionField()
