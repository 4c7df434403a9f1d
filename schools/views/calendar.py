"""When a school is open: its terms and closures; and its roll as a file."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.access import needs
from accounts.permissions import Permission
from schools.actions import calendar as actions
from schools.actions import roll as roll_actions
from schools.actions.calendar import CalendarProblem
from schools.forms.calendar import DaysForm, FileForm
from schools.forms.fields import show
from schools.importers import calendar as calendar_file
from schools.importers import roll as roll_file
from schools.importers.table import UnreadableTable
from schools.models import Closure, School, Term

MEGABYTE = 1024 * 1024
CALENDAR_HINT = "Columns kind (term or closed), start, end and name. A row that starts on the same day is corrected; others stay."
ROLL_HINT = "A row for each pupil: UPN, surname, forename, date of birth, year group, start. Parents and characteristics if you have them."


def _school(request: HttpRequest, urn: int) -> School:
    return get_object_or_404(School.objects.visible_to(request.user), urn=urn)  # type: ignore[arg-type]


@needs(Permission.EDIT_CALENDAR)
def calendar(request: HttpRequest, urn: int) -> HttpResponse:
    school = _school(request, urn)
    form = FileForm(request.POST or None, request.FILES or None, most_bytes=MEGABYTE, hint=CALENDAR_HINT)
    problems = []
    if request.method == "POST" and form.is_valid():
        try:
            found = calendar_file.read(form.cleaned_data["file"].read())
            problems = found.problems
            if not problems:
                receipt = actions.load_calendar(by=request.user, today=clock.today(), school=school, rows=found.rows)  # type: ignore[arg-type]
                messages.success(request, f"{receipt.added} added, {receipt.changed} changed, {receipt.unchanged} unchanged.")
                return redirect("calendar", urn=urn)
            form.add_error("file", f"Nothing was loaded: {len(problems)} thing{'' if len(problems) == 1 else 's'} to correct in the file")
        except (UnreadableTable, CalendarProblem) as problem:
            form.add_error("file", str(problem))
    days: list[Term | Closure] = [*school.terms.all(), *school.closures.all()]
    rows = sorted(days, key=lambda row: (row.start, isinstance(row, Closure)))
    lines = [("closed" if isinstance(row, Closure) else "term", row) for row in rows]
    return render(request, "schools/calendar.html", {"school": school, "lines": lines, "form": form, "problems": problems})


@needs(Permission.EDIT_CALENDAR)
def calendar_add(request: HttpRequest, urn: int) -> HttpResponse:
    school = _school(request, urn)
    form = DaysForm(request.POST or None, initial={"kind": request.GET.get("kind", "term")})
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.add_days(by=request.user, today=clock.today(), school=school, **form.cleaned_data)  # type: ignore[arg-type]
        except CalendarProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{row.name} is added.")
            return redirect("calendar", urn=urn)
    return render(request, "schools/calendar_days.html", {"school": school, "form": form})


def _days(school: School, kind: str, pk: int) -> Term | Closure:
    if kind == "term":
        return get_object_or_404(school.terms, pk=pk)
    if kind == "closed":
        return get_object_or_404(school.closures, pk=pk)
    raise Http404


@needs(Permission.EDIT_CALENDAR)
def calendar_edit(request: HttpRequest, urn: int, kind: str, pk: int) -> HttpResponse:
    school = _school(request, urn)
    row = _days(school, kind, pk)
    form = DaysForm(request.POST or None, fixed_kind=True, initial={"name": row.name, "start": row.start, "end": row.end})
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct_days(by=request.user, today=clock.today(), row=row, **form.cleaned_data)  # type: ignore[arg-type]
        except CalendarProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{row.name} is saved.")
            return redirect("calendar", urn=urn)
    return render(request, "schools/calendar_days.html", {"school": school, "form": form, "row": row, "kind": kind})


@needs(Permission.EDIT_CALENDAR)
@require_POST
def calendar_remove(request: HttpRequest, urn: int, kind: str, pk: int) -> HttpResponse:
    school = _school(request, urn)
    row = _days(school, kind, pk)
    actions.remove_days(by=request.user, today=clock.today(), row=row)  # type: ignore[arg-type]
    messages.success(request, f"{row.name} is removed.")
    return redirect("calendar", urn=urn)


@needs(Permission.EDIT_PEOPLE)
def roll(request: HttpRequest, urn: int) -> HttpResponse:
    """A school's roll as a file: good rows load, the others come back with what to correct."""
    school = _school(request, urn)
    form = FileForm(request.POST or None, request.FILES or None, most_bytes=20 * MEGABYTE, hint=ROLL_HINT)
    context: dict[str, object] = {"school": school, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            found = roll_file.read(form.cleaned_data["file"].read(), today=clock.today())
        except UnreadableTable as problem:
            form.add_error("file", str(problem))
        else:
            receipt = roll_actions.load_roll(by=request.user, today=clock.today(), rows=found.rows, school=school)  # type: ignore[arg-type]
            wrong = sorted(found.problems + receipt.problems, key=lambda problem: problem.line)
            context |= {"found": found, "receipt": receipt, "problems": wrong, "rejected": len({problem.line for problem in wrong})}
    return render(request, "schools/roll.html", context)
