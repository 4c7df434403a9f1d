"""Writing letters, keeping their templates, choosing the pupils of a print run, and reports on a pupil."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from attendance.models import Flag
from casework.letters import fields
from casework.letters.addressees import Addressee
from casework.letters.fields import Block, LetterProblem
from casework.models import Letter, LetterTemplate, PupilReport, TemplateVersion
from schools.forms.fields import DateBoxes, TokenField, WordsField, radios
from schools.models import School

NO_LETTER = ""
_MORE = 2  # empty parts under those that are there
_ASKED = {
    "meeting_day": ("Day of the meeting", "For example, Tuesday 1 December 2026."),
    "meeting_time": ("Time of the meeting", "For example, 10am."),
    "meeting_place": ("Place of the meeting", "For example, the school’s front office."),
    "visit_day": ("Day of the visit", "For example, Monday 16 November 2026."),
}


class WriteForm(forms.Form):
    """The open parts of a template as boxes, what only the writer knows, and how the letter goes to each parent."""

    form_token = TokenField()

    def __init__(self, *args: Any, version: TemplateVersion, those: Sequence[Addressee], **options: Any) -> None:
        super().__init__(*args, **options)
        self.version, self.those = version, those
        wanted = fields.wants(version.subject, version.blocks)
        self.asked = [name for name in fields.ASKED if name in wanted]
        for name in self.asked:
            label, example = _ASKED[name]
            self.fields[name] = forms.CharField(
                label=label, help_text=example, max_length=120, error_messages={"required": f"Enter the {label[0].lower()}{label[1:]}"}
            )
        for number, block in enumerate(version.blocks, start=1):
            if not block.locked:
                self.fields[f"text_{number}"] = WordsField(
                    label=f"Part {number} of the letter", longest=fields.LONGEST, rows=_rows(block.text), initial=block.text
                )
        for one in those:
            self.fields[f"to_{one.parent.pk}"] = forms.ChoiceField(
                label=str(one.parent),
                required=False,
                choices=_ways(one),
                widget=forms.RadioSelect,
                initial=_first_way(one),
                help_text=_about(one),
            )

    @property
    def parts(self) -> list[tuple[Block, forms.BoundField | None]]:
        """The letter in its order: a locked part has no box."""
        return [(block, None if block.locked else self[f"text_{number}"]) for number, block in enumerate(self.version.blocks, start=1)]

    @property
    def parents(self) -> list[forms.BoundField]:
        return [self[f"to_{one.parent.pk}"] for one in self.those]

    @property
    def extra(self) -> list[forms.BoundField]:
        return [self[name] for name in self.asked]

    def written(self) -> list[str]:
        return [self.cleaned_data[f"text_{n}"] for n, block in enumerate(self.version.blocks, start=1) if not block.locked]

    def chosen(self) -> Mapping[int, str]:
        ways = {one.parent.pk: self.cleaned_data.get(f"to_{one.parent.pk}", NO_LETTER) for one in self.those}
        return {pk: way for pk, way in ways.items() if way != NO_LETTER}

    def answers(self) -> dict[str, str]:
        return {name: self.cleaned_data[name].strip() for name in self.asked}

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for number, block in enumerate(self.version.blocks, start=1):
            name = f"text_{number}"
            if not block.locked and found.get(name):
                try:
                    fields.check_words(found[name])
                except LetterProblem as problem:
                    self.add_error(name, str(problem))
        return found


def _rows(text: str) -> int:
    return min(4 + len(text) // 90 + text.count("\n"), 16)


def _ways(one: Addressee) -> list[tuple[str, str]]:
    ways = [] if one.not_by_post else [(Letter.Method.POST.value, f"By post to {one.address}")]
    ways.append((Letter.Method.HAND.value, "By hand: printed without an address, to give them at school or at a meeting"))
    if not one.not_by_email:
        ways.append((Letter.Method.EMAIL.value, f"By email to {one.parent.email}"))
    return [*ways, (NO_LETTER, "No letter")]


def _first_way(one: Addressee) -> str:
    """Whoever has parental responsibility gets a letter unless somebody says otherwise."""
    if not one.responsible:
        return NO_LETTER
    return Letter.Method.HAND if one.not_by_post else Letter.Method.POST


_RESPONSIBLE = {
    True: "parental responsibility",
    False: "no parental responsibility",
    None: "whether they have parental responsibility is not known",
}
_INTERPRETER = {True: "needs an interpreter", False: "needs no interpreter", None: "whether they need an interpreter is not known"}


def _about(one: Addressee) -> str:
    """What the writer should know of this parent before choosing words."""
    language = one.parent.language.strip()
    said = [one.tie.get_relationship_display(), _RESPONSIBLE[one.responsible]]
    said += [f"Language: {language or 'none recorded, so English'}", _INTERPRETER[one.parent.interpreter]]
    words = ". ".join((", ".join(said[:2]), ", ".join(said[2:]))) + "."
    return f"{words} {one.not_by_post}".strip()


class TemplateForm(forms.Form):
    """A template part by part. `versions`: the one it begins from, None for a new template."""

    name = forms.CharField(label="Name", max_length=80, error_messages={"required": "Enter a name for the template"})
    purpose = radios("What it is for", LetterTemplate.Purpose.choices, "Choose what the letter is for")
    subject = forms.CharField(label="Heading", max_length=200, error_messages={"required": "Enter the heading of the letter"})
    start = DateBoxes(
        label="Used from",
        needed="Enter the day from which it is used",
        help_text="Today or later. Letters written before keep their words.",
    )
    reason = forms.CharField(label="Why it is changed", max_length=300, error_messages={"required": "Enter why the words are changed"})
    number = forms.IntegerField(widget=forms.HiddenInput, required=False)
    form_token = TokenField()

    def __init__(self, *args: Any, blocks: Sequence[Block] = (), new: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if new:
            del self.fields["reason"], self.fields["number"]
        else:
            del self.fields["name"], self.fields["purpose"]
        sent = [name for name in self.data if name.startswith("text_")]
        self.many = min(max(len(blocks) + _MORE, 4, len(sent)), 20)
        for n in range(1, self.many + 1):
            block = blocks[n - 1] if n <= len(blocks) else Block("")
            self.fields[f"text_{n}"] = WordsField(label="Words", longest=fields.LONGEST, rows=_rows(block.text), initial=block.text)
            self.fields[f"locked_{n}"] = forms.BooleanField(
                label="Locked: cannot be changed in a letter", required=False, initial=block.locked
            )
            self.fields[f"source_{n}"] = forms.CharField(
                label="Where locked words come from", max_length=200, required=False, initial=block.source,
                help_text="The Act or the guidance, with its section.",
            )  # fmt: skip

    @property
    def before(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "purpose", "subject") if name in self.fields]

    @property
    def after(self) -> list[forms.BoundField]:
        return [self[name] for name in ("start", "reason") if name in self.fields]

    @property
    def rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        return [(n, [self[f"{part}_{n}"] for part in ("text", "locked", "source")]) for n in range(1, self.many + 1)]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        written = False
        for n in range(1, self.many + 1):
            text = found.get(f"text_{n}") or ""
            written = written or bool(text.strip())
            if found.get(f"locked_{n}") and text.strip() and not (found.get(f"source_{n}") or "").strip():
                self.add_error(f"source_{n}", "Say where the words of this locked part come from: the Act or guidance, and its section")
            self._checked(f"text_{n}", text)
        self._checked("subject", found.get("subject") or "")
        if not written and "text_1" not in self.errors:
            self.add_error("text_1", "Enter the text of the letter")
        return found

    def _checked(self, name: str, text: str) -> None:
        try:
            fields.check_words(text)
        except LetterProblem as problem:
            self.add_error(name, str(problem))

    def blocks(self) -> list[Block]:
        asked = self.cleaned_data
        rows = range(1, self.many + 1)
        found = [Block(asked[f"text_{n}"], asked[f"locked_{n}"], asked[f"source_{n}"]) for n in rows if asked[f"text_{n}"].strip()]
        return [block if block.locked else Block(block.text) for block in found]


class SentForm(forms.Form):
    day = DateBoxes(label="Day", needed="Enter the day")


class WithdrawForm(forms.Form):
    why = forms.CharField(label="Why", max_length=300, error_messages={"required": "Enter why it is not sent"})


class RunFilter(forms.Form):
    """Whom to write to: read from the address, so that a choice can be kept."""

    of = forms.ChoiceField(label="Which pupils", choices=[("flag", "With an open flag"), ("case", "With an open case")], required=False)
    flag = forms.ChoiceField(label="Flag", choices=[("", "Any flag"), *Flag.Code.choices], required=False)
    school = forms.ModelChoiceField(
        queryset=School.objects.none(), label="School", to_field_name="urn", empty_label="All schools", required=False,
        error_messages={"invalid_choice": "This school is not offered here, so it was left out. Choose one from the list."},
    )  # fmt: skip
    template = forms.ModelChoiceField(
        queryset=TemplateVersion.objects.none(), label="Letter", empty_label="Choose a letter", required=False,
        error_messages={"invalid_choice": "This letter is not offered here. Choose one from the list."},
    )  # fmt: skip

    def __init__(self, *args: Any, schools: Any, versions: Sequence[TemplateVersion], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]
        field = self.fields["template"]
        field.queryset = TemplateVersion.objects.filter(pk__in=[one.pk for one in versions]).select_related("template")  # type: ignore[attr-defined]
        field.label_from_instance = lambda one: str(one.template)  # type: ignore[attr-defined]


class ReportForm(forms.Form):
    purpose = radios("What it is for", PupilReport.Purpose.choices, "Choose what the report is for")
    comment = WordsField(
        label="Your comment (optional)", longest=4000, rows=6,
        help_text="What the figures do not say. Families read it: name no parent, brother or sister.",
    )  # fmt: skip
    form_token = TokenField()


class MeetingForm(forms.Form):
    """Who went to the meeting a report was for."""

    met = DateBoxes(label="Day of the meeting", needed="Enter the day of the meeting")
    went = radios("Who went", PupilReport.Went.choices, "Choose who went")
    who = forms.CharField(label="Name of whoever else went (optional)", max_length=160, required=False)
    outcome = WordsField(label="What came of it (optional)", longest=4000, rows=4)
