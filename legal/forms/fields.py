"""What the forms of legal have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from schools.forms.fields import VersionField, show
from schools.models import Parent, Responsibility

INCOMPLETE = "This form did not come whole. Open the page again and send it from there."
WORDS = forms.Textarea({"rows": 4})


def said_parent(tie: Responsibility) -> str:
    """A parent as one is chosen: who, how related, whether responsible, and whether a notice could reach them at all."""
    responsible = {True: "has parental responsibility", False: "no parental responsibility", None: "parental responsibility not known"}
    said = f"{tie.parent}, {tie.get_relationship_display().lower()}, {responsible[tie.parental_responsibility]}"
    return said if tie.parent.address.strip() else f"{said}. No address: add it on the pupil’s page before a notice is issued"


class ParentsField(forms.ModelMultipleChoiceField):
    """Some of the pupil's parents, by tick boxes."""

    def __init__(self, ties: Iterable[Responsibility], **options: Any) -> None:
        self.words = {tie.parent_id: said_parent(tie) for tie in ties}
        options.setdefault("error_messages", {"required": "Choose at least one parent"})
        super().__init__(
            queryset=Parent.objects.filter(pk__in=self.words),
            widget=forms.CheckboxSelectMultiple({"legend": "s"}),
            **options,
        )
        # said from what is known already, not asked of the database anew for every box
        self.choices = list(self.words.items())


class VersionedForm(forms.Form):
    """A form made from one version of a thing. When the thing has moved on, what was typed stays and the next try is from the new one."""

    version = VersionField(error_messages={"required": INCOMPLETE, "invalid": INCOMPLETE})

    def refused(self, problem: Exception, version: int) -> None:
        """Show why an action refused; the page now shows the thing as it is, so a further try starts from there."""
        show(self, problem)
        sent = self.data.copy()
        sent[self.add_prefix("version")] = str(version)
        self.data = sent
