"""The nine points before a notice: one question each, with words where an answer needs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from legal import considered
from legal.considered import Said
from legal.forms.fields import VersionedForm


class ConsiderForm(VersionedForm):
    def __init__(self, *args: Any, route: str, known: Mapping[str, Said] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.route, known = route, known or {}
        for point in considered.POINTS:
            said = known.get(point.key)
            self.fields[point.key] = forms.ChoiceField(
                label=f"{point.number}. {point.question}",
                choices=[(one.key, one.words) for one in point.offered(route)],
                widget=forms.RadioSelect({"class": "govuk-radios--small"}),
                help_text=point.hint,
                initial=said.choice if said else None,
                error_messages={"required": f"Answer point {point.number}: {point.question[0].lower()}{point.question[1:]}"},
            )
            self.fields[words_of(point.key)] = forms.CharField(
                label=f"In words, for point {point.number}",
                widget=forms.Textarea({"rows": 2}),
                required=False,
                max_length=2000,
                initial=said.words if said else "",
            )

    def lines(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[point.key], self[words_of(point.key)]) for point in considered.POINTS]

    def said(self) -> dict[str, Said]:
        given = self.cleaned_data
        return {point.key: Said(given.get(point.key, ""), given.get(words_of(point.key), "")) for point in considered.POINTS}

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not any(point.key in self.errors for point in considered.POINTS):
            for key, words in considered.unanswered(self.route, self.said()).items():
                self.add_error(words_of(key) if found.get(key) else key, words)
        return found


def words_of(key: str) -> str:
    return f"{key}_words"
