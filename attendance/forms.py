"""What the upload pages ask for."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import QueryDict

from attendance.imports.parsed import FIELD_NAMES, LAYOUTS, NEEDED, Mapping, Sniffed, optional, wanting
from attendance.imports.receive import NO_ROOM, words_for_too_large
from attendance.imports.summaries import first_of_year
from attendance.imports.translate import ACCEPT
from attendance.imports.values import WEEKDAYS, long_day
from attendance.remembering import IN_FORCE
from attendance.source_forms import SourceFields
from schools.dfe_terms import CensusPart, census_covers, census_day
from schools.forms.fields import DateBoxes, WordsField

NOT_IN_FILE = ("", "Not in this file")
_COVERS = ("covers_first", "covers_last", "covers_census")
_ONLY_IN_CENSUS = ("census_part", "census_day")
_NOT_IN_CENSUS = ("late", "persistent", "severe", "period_first", "period_last", "totals_as_at", "exported_at")


def _censuses(today: dt.date) -> list[tuple[str, str]]:
    """Those of the last three years, newest first, each with the days it counts."""
    found = []
    for year in range(today.year, today.year - 3, -1):
        for season in ("autumn", "summer", "spring"):
            census = f"{year}-{season}"
            if census_day(census) <= today:
                first, last = census_covers(census, CensusPart.TERM)
                found.append((census, f"{season.capitalize()} {year}, about {long_day(first)} to {long_day(last)}"))
    return found


class EnglishTime(forms.DateTimeField):
    """A day and a time by the clock on the wall."""

    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **options: Any) -> None:
        formats = [f"{day}{between}%H:%M{rest}" for day, between in (("%Y-%m-%d", "T"), ("%d/%m/%Y", " ")) for rest in ("", ":%S")]
        super().__init__(
            input_formats=formats, error_messages={"invalid": "Enter a real date and time, such as 20/11/2026 08:45"}, **options
        )

    def to_python(self, value: Any) -> dt.datetime | None:
        try:
            return super().to_python(value)
        except forms.ValidationError as problem:
            if problem.code != "ambiguous_timezone":
                raise
            raise forms.ValidationError("The clocks changed at this time: enter one an hour earlier or later") from problem


class UploadForm(SourceFields):
    file = forms.FileField(
        label="Register extract",
        help_text="Exported from your management information system: a CSV file, a workbook (.xlsx, .ods, .xls), XML or JSON, with UPNs.",
        error_messages={
            "required": "Choose the file to send",
            "empty": "This file is empty. Export the register again and send the new file.",
        },
        widget=forms.FileInput({"accept": ACCEPT}),
    )
    exported_at = EnglishTime(
        label="When it was exported",
        help_text="English time. Leave empty if you have just exported it, or if the file says so itself.",
        required=False,
    )
    ask = forms.BooleanField(label="Show me the columns before this file is loaded, even if they are known", required=False)
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, latest: dt.datetime, too_large: bool = False, no_room: bool = False, **options: Any) -> None:
        """`latest`: no file was exported after this moment."""
        options["initial"] = {"form_token": uuid.uuid4()} | options.get("initial", {})
        super().__init__(*args, **options)
        self.latest = latest
        self.fields["source"].required = False
        self.fields["source"].label = "Where it comes from"
        self.order_fields(["file"])
        if too_large:  # it was left at the door
            self.fields["file"].error_messages["required"] = words_for_too_large(settings.MAX_EXTRACT_BYTES)
        elif no_room:
            self.fields["file"].error_messages["required"] = NO_ROOM

    def clean_exported_at(self) -> dt.datetime | None:
        moment = self.cleaned_data["exported_at"]
        if moment is not None and moment > self.latest:
            raise forms.ValidationError("Enter a time that has come: no file was exported in the future")
        return moment

    def renew_token(self) -> None:
        """After a refusal: the next file sent from this page is another one."""
        sent = cast(QueryDict, self.data).copy()
        sent["form_token"] = str(uuid.uuid4())
        self.data = sent


class ColumnsForm(forms.Form):
    """Which column means what. The fields are those of the layout; choices are the file's own headings."""

    layout = forms.ChoiceField(
        label="How the file is laid out", choices=[(key, text[0].upper() + text[1:]) for key, text in LAYOUTS.items()]
    )

    def __init__(
        self, *args: Any, sniffed: Sniffed, draft: Mapping, may_create: bool, asks: str = "", today: dt.date | None = None, **options: Any
    ) -> None:
        """`asks`: what a summary's sender must say because the file does not: "period" or "census"."""
        self.draft, self.sniffed, self.today = draft, sniffed, today
        initial = {field: str(column) for field, column in draft.columns.items()}
        options["initial"] = initial | {"layout": draft.layout, "first_day": draft.first_day}
        super().__init__(*args, **options)
        layout = self.data.get("layout", draft.layout) if self.is_bound else draft.layout
        self.layout_of_fields = layout if layout in LAYOUTS else draft.layout
        for field in self._fields():
            self.fields[field] = self._column(field, needed=field != "upn" and field in NEEDED[self.layout_of_fields])
        if self.layout_of_fields == "weeks":
            self.fields["first_day"] = forms.TypedChoiceField(
                label="First mark of a week is for", choices=list(enumerate(WEEKDAYS)), coerce=int
            )
        if self.layout_of_fields == "summary" and today is not None:
            self._ask(asks, today)
        if may_create and self.layout_of_fields != "summary":  # totals put nobody on roll
            self.fields["create_pupils"] = forms.BooleanField(
                label="Add pupils who are not yet known",
                required=False,
                help_text="Those who are not on roll here are put on roll from their earliest mark. Otherwise their rows come back to you, "
                "or wait until somebody says who they are.",
            )

    def of_columns(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in {"layout", "create_pupils", *_COVERS}]

    def of_period(self) -> list[forms.BoundField]:
        """What is asked about the days a summary is of."""
        return [field for field in self if field.name in _COVERS]

    def _fields(self) -> list[str]:
        """A census is asked for what a census says, another summary for what those say."""
        left_out: tuple[str, ...] = ()
        if self.layout_of_fields == "summary":
            left_out = _NOT_IN_CENSUS if "census_part" in self.draft.columns else _ONLY_IN_CENSUS
        return [field for field in (*NEEDED[self.layout_of_fields], *optional(self.layout_of_fields)) if field not in left_out]

    def _ask(self, asks: str, today: dt.date) -> None:
        said = self.draft.period
        if asks == "census":
            self.fields["covers_census"] = forms.ChoiceField(
                label="Which school census is this?",
                help_text="The file has no reference date. A census counts the sessions of the term before it.",
                choices=[("", "Choose a census"), *_censuses(today)],
                initial=said.get("census", ""),
                error_messages={"required": "Choose which school census this is"},
            )
        elif asks == "period":
            self.fields["covers_first"] = DateBoxes(
                label="First day the totals count",
                help_text="For a year to date usually the first day of the school year.",
                needed="Enter the first day that the totals count",
                initial=said.get("first") or first_of_year(today),
            )
            self.fields["covers_last"] = DateBoxes(
                label="Last day the totals count",
                help_text="The day up to which the school’s system had marks when the file was made.",
                needed="Enter the last day that the totals count",
                initial=said.get("last"),
            )

    def _column(self, field: str, *, needed: bool) -> forms.ChoiceField:
        choices = [(str(number), self._column_name(number)) for number in self._offered()]
        return forms.ChoiceField(
            label=FIELD_NAMES[field],
            choices=[("", "Choose a column") if needed else NOT_IN_FILE, *choices],
            required=needed,
            error_messages={"required": f"Choose the column that holds: {FIELD_NAMES[field]}"},
        )

    def _offered(self) -> list[int]:
        """Every column, but of a long row of dates only the few before it: those are read by their headings."""
        headers = self.sniffed.headers
        return [n for n in range(len(headers)) if n < 60 or n in self.draft.columns.values()]

    def _column_name(self, number: int) -> str:
        heading = self.sniffed.headers[number].strip() or f"Column {number + 1}, without a heading"
        values = [row[number].strip() for row in self.sniffed.sample_rows if number < len(row) and row[number].strip()]
        return f"{heading[:60]} (such as {values[0][:30]})" if values else heading[:60]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        used: dict[str, str] = {}
        for field in self._fields():
            column = cleaned.get(field)
            if column and column in used:
                self.add_error(field, f"This column is already used for: {FIELD_NAMES[used[column]]}")
            elif column:
                used[column] = field
        if "upn" in wanting(self.layout_of_fields, used.values()) and "upn" not in self.errors:
            self.add_error("upn", "Choose the column that holds: UPN, or those that hold a name and the date of birth")
        first, last = cleaned.get("covers_first"), cleaned.get("covers_last")
        if first and last and last < first:
            self.add_error("covers_last", "The last day must not be before the first")
        elif last and self.today and last > self.today:
            self.add_error("covers_last", "The last day must not be in the future")
        return cleaned

    def mapping(self) -> Mapping:
        """The mapping chosen, the school's own codes aside."""
        columns = {field: int(self.cleaned_data[field]) for field in self._fields() if self.cleaned_data.get(field)}
        told = {name: self.cleaned_data.get(f"covers_{name}") for name in ("first", "last", "census")}
        return replace(
            self.draft,
            layout=self.layout_of_fields,
            columns=columns,
            first_day=self.cleaned_data.get("first_day", 0),
            aliases={},
            period={name: str(value) for name, value in told.items() if value},
        )


class OwnCodesForm(forms.Form):
    """What the codes in a file mean that are not national ones: a school's own, or one character for a code of two.

    `aliases`: what is known of them, in capitals.
    """

    def __init__(self, *args: Any, unknown: dict[str, int], aliases: dict[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        national = [(code.code, f"{code.code} – {code.meaning}") for code in IN_FORCE]
        self.marks: dict[str, str] = {}
        for mark in sorted(unknown)[:50]:
            name = f"own_code_{mark.encode().hex()}"
            self.marks[name] = mark
            times = unknown.get(mark, 0)
            self.fields[name] = forms.ChoiceField(
                label=f"“{mark}”" + (f", {times:,} time{'' if times == 1 else 's'}" if times else ""),
                choices=[("", "Not a mark: send its rows back to me"), *national],
                required=False,
                initial=aliases.get(mark.upper(), ""),
            )

    def meant(self) -> dict[str, str]:
        """What each stands for; "" for what is no mark."""
        return {mark: self.cleaned_data.get(name, "") for name, mark in self.marks.items()}


class SetAsideForm(forms.Form):
    """Why a snapshot is to be asked about no more."""

    why = WordsField(
        label="Why is it set aside?",
        help_text="For example: sent with the wrong dates, or made for another school.",
        needed="Say why this snapshot is set aside",
        longest=1000,
    )
