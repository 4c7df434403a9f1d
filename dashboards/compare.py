"""The authority beside others: its own figure of today from registers, and what is published, each labelled as what it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict

from accounts.models import User
from attendance.benchmarks.figures import ENGLAND, MEASURES, PHASES, Area
from attendance.matrix import academic_year
from attendance.rates import apart
from attendance.reports import standing as standings
from attendance.reports.schools import SchoolFigures, school_figures
from attendance.reports.similar import Similar
from attendance.reports.standing import Beside, Standing
from dashboards.charts import Chart, Dots, dot_chart
from schools.models import Authority, School

MOST = 20  # authorities at once
# of which of our schools a figure is that stands beside a published one of the phase; "all" in DfE's files is these together
_OURS = {
    "primary": [School.Phase.PRIMARY],
    "secondary": [School.Phase.SECONDARY],
    "special": [School.Phase.SPECIAL],
    "all": [School.Phase.PRIMARY, School.Phase.SECONDARY, School.Phase.ALL_THROUGH, School.Phase.SPECIAL],
}
_PART = {"attendance": "attended", "absence": "absent", "authorised": "authorised", "unauthorised": "unauthorised"}


class CompareForm(forms.Form):
    """Read from the address. A choice that is not offered is left out, with words beside it; the others stand."""

    measure = forms.ChoiceField(label="Measure", choices=list(MEASURES.items()), required=False)
    phase = forms.ChoiceField(label="Phase", choices=list(PHASES.items()), required=False)
    like = forms.ChoiceField(label="Neighbours of", required=False)
    la = forms.MultipleChoiceField(
        label="Authorities to compare with, in place of the neighbours",
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "dm-choices"}),
    )

    def __init__(self, data: QueryDict, *, authorities: list[Area]) -> None:
        super().__init__(data)
        named = [(area.code, area.name) for area in authorities]
        self.fields["like"].choices = [("", "This authority"), *named]  # type: ignore[attr-defined]
        self.fields["la"].choices = named  # type: ignore[attr-defined]
        for field in self.fields.values():
            said = f"{field.label}: this choice is not offered here, so it was left out. Choose one from the list."
            field.error_messages["invalid_choice"] = said
        self.offered = {area.code for area in authorities}

    def clean_la(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["la"]
        if len(chosen) > MOST:
            raise forms.ValidationError(f"Choose at most {MOST} authorities. {len(chosen)} were chosen, so none of them is shown.")
        return chosen

    def chosen(self) -> dict[str, Any]:
        """What is compared: the choices that stand, and attendance of all phases where none does."""
        self.full_clean()
        found = self.cleaned_data
        las = found.get("la")
        if las is None:  # some are not offered: those that are stand
            las = [code for code in dict.fromkeys(self.data.getlist("la")) if code in self.offered]  # type: ignore[attr-defined]
            las = las if len(las) <= MOST else []
        return {
            "measure": found.get("measure") or "attendance",
            "phase": found.get("phase") or "all",
            "like": found.get("like") or "",
            "chosen": las,
        }


@dataclass(frozen=True, slots=True)
class Ours:
    """The authority's own figure this year, from registers."""

    value: float | None
    part: int
    whole: int
    unit: str
    latest: dt.date | None
    schools: int
    with_registers: int


@dataclass(frozen=True, slots=True)
class Line:
    beside: Beside
    kind: str  # "own", "region", "england" or ""
    apart: str  # how our figure of today differs from this area's at the same point of last year, in words


def gather(data: QueryDict, *, today: dt.date) -> dict[str, Any]:
    """What the page shows. Six queries."""
    authority = Authority.objects.first()
    areas = standings.places()
    form = CompareForm(data, authorities=standings.authorities(areas))
    chosen = form.chosen()
    measure, phase = chosen["measure"], chosen["phase"]
    ours = _ours(measure, phase, today)
    la_code = authority.la_code if authority else ""
    found = standings.standing(la_code, day=ours.latest or today, among=areas, **chosen)
    lines = [_line(beside, found, ours) for beside in found.lines]
    return {
        "form": form,
        "today": today,
        "year": academic_year(today),
        "authority_name": authority.name if authority else "This authority",
        "la_code": la_code,
        "measure": MEASURES[measure],
        "phase": _phase_words(phase),
        "severe": measure == "severe",
        "of_enrolments": measure in {"persistent", "severe"},
        "like": areas.get(chosen["like"]),
        "chosen": bool(chosen["chosen"]),
        "ours": ours,
        "standing": found,
        "lines": lines,
        "newest": found.england.newest,
        "then": next((line.then for line in found.lines if line.then), None),
        "summed": any(figure is not None and figure.summed for line in found.lines for figure in (line.newest, line.then)),
        "range": _range(found.others),
        "chart": _chart(found, ours, authority.name if authority else "This authority", measure, phase),
    }


def _phase_words(phase: str) -> str:
    return "primary, secondary and special schools together" if phase == "all" else f"{phase} schools"


def _ours(measure: str, phase: str, today: dt.date) -> Ours:
    """State-funded schools only, as in what is published."""
    schools = School.objects.open_on(today).filter(Q(phase__in=_OURS[phase]), independent=False)
    by_school = school_figures(schools.values_list("pk", flat=True), today=today)
    total = sum(by_school.values(), SchoolFigures())
    sent = sum(found.latest is not None for found in by_school.values())
    latest = total.latest.date if total.latest else None
    if measure in _PART:
        f = total.figures
        return Ours(getattr(f, f"{measure}_pct"), getattr(f, _PART[measure]), f.possible, "session", latest, len(by_school), sent)
    value, part = (total.persistent_pct, total.persistent) if measure == "persistent" else (total.severe_pct, total.severe)
    return Ours(value, part, total.enrolments, "enrolment", latest, len(by_school), sent)


def _line(beside: Beside, found: Standing, ours: Ours) -> Line:
    kind = "own" if beside is found.own else "region" if beside is found.region else "england" if beside.area.code == ENGLAND else ""
    return Line(beside, kind, _apart(ours.value, beside.value_then))


def _apart(ours: float | None, theirs: float | None) -> str:
    points = apart(theirs, ours)
    if points is None:
        return ""
    return f"{abs(points):.1f} points {'higher' if points > 0 else 'lower'}" if points else "the same"


def _range(others: list[Beside]) -> tuple[Beside, Beside, int] | None:
    """The lowest and the highest of the others at the newest publication, and how many of them there are."""
    known = sorted((line for line in others if line.value is not None), key=lambda line: line.value or 0.0)
    return (known[0], known[-1], len(known)) if len(known) > 1 else None


def _chart(found: Standing, ours: Ours, name: str, measure: str, phase: str) -> Chart | None:
    """Everyone from the highest to the lowest by the figure that ends their line; those without any last."""
    others = [line for line in found.lines if line is not found.own]
    rows = [Dots(line.area.name, (line.value, line.value_then, None), strong=line.area.code == ENGLAND) for line in others]
    own = (found.own.value, found.own.value_then) if found.own else (None, None)
    rows.append(Dots(name, (*own, ours.value), strong=True))
    rows.sort(key=lambda row: -next((value for value in row.values if value is not None), -1.0))
    newest = found.england.newest
    period = f"{newest.year}/{(newest.year + 1) % 100:02d} {'whole year' if newest.whole else 'so far'}" if newest else "Published"
    series = (period, "Same point of last year", f"{name}, now")
    title = f"{MEASURES[measure]}, {_phase_words(phase)}"
    return dot_chart("compare", title, series, rows)


def alike_lines(found: Similar, user: User) -> list[dict[str, Any]]:
    """The schools like one, with the way to those that the user may open. One query."""
    keys = [alike.school.key for alike, _ in found.alike]
    urns = dict(School.objects.visible_to(user).filter(pk__in=keys).values_list("pk", "urn"))
    return [{"alike": alike, "urn": urns.get(alike.school.key), "year": figures} for alike, figures in found.alike]
