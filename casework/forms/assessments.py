"""What is understood of a child: the barriers one by one with who says so, and everybody's own words."""

from __future__ import annotations

from typing import Any

from django import forms

from casework.actions import Found, Understood
from casework.assessing import Version
from casework.forms.fields import barrier_select
from casework.models import Said
from schools.forms.fields import TokenField, VersionField, WordsField

ROWS = 8  # the primary barrier and seven more
_NOT_SHARED = "Not shown to the school."
_SHARED = "The school reads this."


WORDS = {
    "child_voice": "What the child says",
    "parent_views": "What the parents say",
    "strengths": "Strengths: what goes well, who and what the child likes",
    "tried": "What the school has tried, and whether it helped",
}


class AssessmentForm(forms.Form):
    child_voice = WordsField(label=WORDS["child_voice"], help_text=f"In the child’s own words where you can. {_NOT_SHARED}")
    parent_views = WordsField(label=WORDS["parent_views"], help_text=f"Say who said it. {_NOT_SHARED}")
    strengths = WordsField(label=WORDS["strengths"], help_text=_SHARED)
    tried = WordsField(label=WORDS["tried"], help_text=_SHARED)
    version = VersionField()
    form_token = TokenField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for n in range(1, ROWS + 1):
            main = "What mainly keeps the child from school" if n == 1 else "What else keeps the child from school"
            needed = "Choose what mainly keeps the child from school, or “Not known yet”" if n == 1 else "Choose from the list"
            self.fields[f"barrier_{n}"] = barrier_select(main, needed, required=n == 1)
            self.fields[f"said_{n}"] = forms.MultipleChoiceField(
                label="Who says so", choices=Said.choices, required=False, widget=forms.CheckboxSelectMultiple
            )

    @staticmethod
    def start(standing: Version | None) -> dict[str, Any]:
        """The form as the standing version fills it."""
        if standing is None:
            return {"version": 0}
        found: dict[str, Any] = {name: getattr(standing, name) for name in Understood.words}
        for n, one in enumerate(standing.barriers, 1):
            found |= {f"barrier_{n}": one.barrier, f"said_{n}": one.said_by}
        return found | {"version": standing.number}

    @property
    def rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        return [(n, [self[f"barrier_{n}"], self[f"said_{n}"]]) for n in range(1, ROWS + 1)]

    @property
    def more(self) -> bool:
        """Is a row in use that is folded away at first?"""
        return self.is_bound or any(self[f"barrier_{n}"].value() for n in range(4, ROWS + 1))

    @property
    def words(self) -> list[forms.BoundField]:
        return [self[name] for name in Understood.words]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for n in range(2, ROWS + 1):
            if found.get(f"said_{n}") and not found.get(f"barrier_{n}") and f"barrier_{n}" not in self.errors:
                self.add_error(f"barrier_{n}", "Choose what it is that they say, or take the ticks away")
        return found

    def understood(self) -> Understood:
        asked = self.cleaned_data
        barriers = [Found(asked[f"barrier_{n}"], asked[f"said_{n}"], row=n) for n in range(1, ROWS + 1) if asked.get(f"barrier_{n}")]
        return Understood(barriers, **{name: asked[name] for name in Understood.words})
