"""Holiday batches: choosing pupils and parents, one checklist for all, and the day on which the notices were posted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from legal import checklist
from legal.forms.requests import ChecklistForm
from legal.holidays import Child, Family
from schools import files
from schools.forms.fields import DateBoxes, TokenField
from schools.models import Parent, Pupil, School


class ChooseSchoolForm(forms.Form):
    school = forms.ModelChoiceField(
        label="School",
        queryset=School.objects.none(),
        to_field_name="urn",
        empty_label="Choose a school",
        error_messages={"required": "Choose a school", "invalid_choice": "Choose a school from the list"},
    )

    def __init__(self, *args: Any, schools: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]
        if not self.is_bound:  # read once, for the list and for whoever has nothing to choose: a school's own contact
            offered = [(school.urn, school.name) for school in schools]
            self.fields["school"].choices = [("", "Choose a school"), *offered]  # type: ignore[attr-defined]
            self.fields["school"].initial = offered[0][0] if len(offered) == 1 else None


class BatchForm(forms.Form):
    """A box for each pupil, and for each of the pupil's parents: who took them."""

    form_token = TokenField()

    def __init__(self, *args: Any, families: Sequence[Family], **options: Any) -> None:
        super().__init__(*args, **options)
        self.families = families
        self.children = {child.pupil.pk: child for family in families for child in family.children}
        for pk, child in self.children.items():
            self.fields[f"pupil_{pk}"] = forms.BooleanField(label=str(child.pupil), required=False)
            choices = [(str(tie.parent_id), f"{tie.parent}, {tie.get_relationship_display().lower()}") for tie in child.ties]
            self.fields[f"parents_{pk}"] = forms.MultipleChoiceField(
                label=f"Who took {child.pupil}",
                choices=choices,
                required=False,
                widget=forms.CheckboxSelectMultiple({"legend": "s", "class": "govuk-checkboxes--small"}),
                initial=[str(tie.parent_id) for tie in child.ties if tie.lives_with],
            )

    def groups(self) -> list[list[tuple[Child, forms.BoundField, forms.BoundField]]]:
        return [
            [(child, self[f"pupil_{child.pupil.pk}"], self[f"parents_{child.pupil.pk}"]) for child in family.children]
            for family in self.families
        ]

    def asked(self) -> dict[Pupil, list[Parent]]:
        found = {}
        for pk, child in self.children.items():
            if self.cleaned_data.get(f"pupil_{pk}"):
                named = set(self.cleaned_data.get(f"parents_{pk}", ()))
                found[child.pupil] = [tie.parent for tie in child.ties if str(tie.parent_id) in named]
        return found

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        asked = self.asked()
        if not asked and not self.errors:
            self.add_error(None, "Tick the pupils to ask for")
        for pupil, parents in asked.items():
            if not parents:
                self.add_error(f"parents_{pupil.pk}", f"Tick which parents took {pupil}")
        return found


class BatchChecklistForm(ChecklistForm):
    """The holiday checklist, once for all pupils."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, route=checklist.HOLIDAY, **options)


class AttachForm(forms.Form):
    item = forms.ChoiceField(label="It belongs to", error_messages={"required": "Choose the item it belongs to"})
    file = forms.FileField(
        label="File",
        help_text=f"{', '.join(files.KINDS)}; at most {files.MOST // files.MEGABYTE} MB; without macros.",
        error_messages={"required": "Choose a file", "empty": "The file is empty", "max_length": "Give the file a shorter name"},
    )

    def __init__(self, *args: Any, route: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["item"].choices = [  # type: ignore[attr-defined]
            (one.key, f"{one.number}. {one.words}") for one in checklist.items(route)
        ]


class PostedForm(forms.Form):
    posted = DateBoxes(label="Day on which they were posted, first class", needed="Enter the day on which they were posted")
