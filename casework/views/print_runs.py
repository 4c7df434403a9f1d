"""Print runs: choosing the pupils, one run's page with its file, and the day on which it was posted."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from attendance.matrix import academic_year
from attendance.models import EnrolmentFigures, Flag
from attendance.words import plural
from casework.actions import print_runs as actions
from casework.forms.letters import RunFilter, SentForm, WithdrawForm
from casework.letters import fields
from casework.letters.fields import LetterProblem
from casework.models import Case, Letter, PrintRun
from casework.views.letters import in_force, must_be_stored, stored_file
from schools.forms.fields import show
from schools.models import Enrolment, Parent, Pupil, School

_PAGE = 50
MOST = 1000  # pupils on the page where they are chosen


def chosen_pupils(user: User, asked: dict[str, Any], *, today: dt.date) -> QuerySet[Pupil]:
    """Pupils on roll today with an open, well-founded flag, or with an open case; in the order in which schools' post is sorted."""
    school, here = asked.get("school"), Enrolment.objects.visible_to(user).on_roll(today)
    if school:
        here = here.filter(school=school)
    if asked.get("of") == "case":
        listed = Q(pk__in=Case.objects.visible_to(user).open().values("pupil"))
    else:
        flags = Flag.objects.open().well_founded()
        flags = flags.filter(code=asked["flag"]) if asked.get("flag") else flags
        listed = Q(pk__in=flags.values("pupil"))
    spell = here.filter(pupil=OuterRef("pk")).order_by("kind", "-start")
    figures = EnrolmentFigures.objects.filter(pupil=OuterRef("pk"), year=academic_year(today)).order_by().values("pupil")
    return (
        Pupil.objects.visible_to(user)
        .filter(listed, pk__in=here.values("pupil"), merged_into=None)
        .annotate(
            school_name=Subquery(spell.values("school__name")[:1]),
            school_sort=Subquery(spell.values("school__sort_name")[:1]),
            year_group=Subquery(spell.values("year_group")[:1]),
            possible=Subquery(figures.annotate(n=Sum("possible")).values("n"), output_field=IntegerField()),
            absent=Subquery(figures.annotate(n=Sum(F("authorised") + F("unauthorised"))).values("n"), output_field=IntegerField()),
        )
        .order_by("school_sort", "sort_name", "pk")
    )


@require_safe
@needs(Permission.SEE_LETTERS)
def print_runs(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    rows = PrintRun.objects.visible_to(user).select_related("version__template").annotate(n=Count("letters")).order_by("-pk")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    return render(request, "casework/letters/print_runs.html", {"page": page, "may_write": user.may(Permission.WRITE_LETTERS)})


def _digest(pupils: list[Pupil]) -> str:
    return hashlib.sha256(",".join(str(pupil.pk) for pupil in pupils).encode()).hexdigest()[:16]


@needs(Permission.WRITE_LETTERS)
def print_run_new(request: HttpRequest) -> HttpResponse:
    """Choose by school and flag, look through the list, leave some out, and have the letters made."""
    user, today = user_of(request), clock.today()
    versions = [one for one in in_force(today) if not fields.wants(one.subject, one.blocks).intersection(fields.ASKED)]
    schools = School.objects.visible_to(user).open_on(today).order_by("sort_name")
    form = RunFilter(request.GET or None, schools=schools, versions=versions)
    asked = form.cleaned_data if form.is_bound and (form.is_valid() or form.cleaned_data) else {}
    pupils = list(chosen_pupils(user, asked, today=today)[: MOST + 1]) if form.is_bound else []
    problem = ""
    if request.method == "POST":
        problem, run = _ask(request, user, today, form, asked, pupils)
        if run is not None:
            messages.success(request, "The letters are being made. You may leave this page.")
            return redirect("print_run", pk=run.pk)
    left = {int(pk) for pk in request.POST.getlist("leave") if pk.isdecimal()}
    context = {
        "form": form, "pupils": pupils[:MOST], "many": len(pupils) > MOST, "most": MOST, "looked": form.is_bound,
        "digest": _digest(pupils), "token": uuid.uuid4(), "problem": problem, "left": left, "template": asked.get("template"),
        "year": academic_year(today),
    }  # fmt: skip
    return render(request, "casework/letters/print_run_new.html", context)


def _ask(
    request: HttpRequest, user: User, today: dt.date, form: RunFilter, asked: dict[str, Any], pupils: list[Pupil]
) -> tuple[str, PrintRun | None]:
    """The run, or why there is none."""
    if not asked.get("template"):
        return "Choose a letter", None
    if len(pupils) > MOST:
        return f"More than {MOST:,} pupils are chosen: choose a school or a flag", None
    if request.POST.get("digest") != _digest(pupils):
        return "The list has changed since you looked at it. Nothing was made: look through it again", None
    left = set(request.POST.getlist("leave"))
    rest = [pupil for pupil in pupils if str(pupil.pk) not in left]
    try:
        token = uuid.UUID(request.POST.get("form_token", ""))
    except ValueError:
        token = None
    try:
        words = _words(form, asked, len(pupils) - len(rest))
        run = actions.ask_for_run(
            by=user, today=today, now=clock.now(), version=asked["template"], pupils=rest, chosen=words, form_token=token
        )
    except LetterProblem as problem:
        return str(problem), None
    return "", run


def _words(form: RunFilter, asked: dict[str, Any], left: int) -> str:
    """How the pupils were chosen, for the run's page."""
    if asked.get("of") == "case":
        said = "Pupils with an open case"
    else:
        said = f"Pupils with an open flag: {dict(Flag.Code.choices).get(asked.get('flag') or '', 'any')}".replace(": any", "")
    said += f", {asked['school']}" if asked.get("school") else ", all schools"
    return said + (f"; {left} left out by hand" if left else "")


def _run(request: HttpRequest, pk: int) -> PrintRun:
    visible = PrintRun.objects.visible_to(user_of(request)).select_related("version__template", "posted_by")
    return get_object_or_404(visible, pk=pk)


def _progress(run: PrintRun) -> dict[str, Any]:
    counts = run.letters.aggregate(total=Count("pk"), made=Count("pk", filter=Q(status=Letter.Status.MADE)))
    return {"order": run, "run": run, **counts}


@require_safe
@needs(Permission.SEE_LETTERS)
def print_run(request: HttpRequest, pk: int) -> HttpResponse:
    user, run = user_of(request), _run(request, pk)
    audit.record("looked at a print run", by=user, subject=run, kind=AuditEvent.Kind.VIEW)
    rows = run.letters.select_related("pupil", "school", "version__template").order_by("pk")
    context = {
        **_progress(run),
        "page": Paginator(rows, 100).get_page(request.GET.get("page")),
        "left_out": _left_out(run),
        "withdrawn": run.letters.filter(state=Letter.State.WITHDRAWN).count(),
        "may_write": user.may(Permission.WRITE_LETTERS),
    }
    return render(request, "casework/letters/print_run.html", context)


def _left_out(run: PrintRun) -> list[tuple[Pupil, Parent | None, str]]:
    pupils = Pupil.objects.in_bulk([pupil for pupil, _, _ in run.left_out])
    parents = Parent.objects.in_bulk([parent for _, parent, _ in run.left_out if parent])
    return [(pupils[pupil], parents.get(parent), why) for pupil, parent, why in run.left_out if pupil in pupils]


@require_safe
@needs(Permission.SEE_LETTERS)
def print_run_progress(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    response = render(request, "casework/letters/_run_progress.html", _progress(run))
    if not run.busy:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@needs(Permission.WRITE_LETTERS)
def print_run_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    user, run = user_of(request), _run(request, pk)
    must_be_stored("" if run.cancelled else run.stored)
    try:
        actions.handed_out(by=user, now=clock.now(), run=run)
    except LetterProblem as problem:
        messages.error(request, str(problem))
        return redirect("print_run", pk=pk)
    audit.record("downloaded a print run", by=user, subject=run, kind=AuditEvent.Kind.EXPORT, sha256=run.sha256)
    return stored_file(run.stored, f"print-run-{run.pk}.pdf")


@needs(Permission.WRITE_LETTERS)
def print_run_posted(request: HttpRequest, pk: int) -> HttpResponse:
    run, today = _run(request, pk), clock.today()
    form = SentForm(request.POST if request.method == "POST" else None, initial={"day": today})
    if request.method == "POST" and form.is_valid():
        try:
            n = actions.confirm_posted(by=user_of(request), today=today, now=clock.now(), run=run, day=form.cleaned_data["day"])
        except LetterProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{plural(n, 'letter')} recorded as posted. The cases of these children say so too.")
            return redirect("print_run", pk=pk)
    standing = run.letters.filter(state__in=Letter.STANDING, status=Letter.Status.MADE).count()
    return render(request, "casework/letters/run_form.html", {
        "form": form, "run": run, "title": "When were the letters posted?", "button": "Confirm",
        "before": f"{plural(standing, 'letter')} of the run: all that stand. Withdraw first what was taken out of the post.",
    })  # fmt: skip


@needs(Permission.WRITE_LETTERS)
def print_run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_run(by=user_of(request), today=clock.today(), run=run, why=form.cleaned_data["why"])
        except LetterProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The run is called off: none of its letters is to be posted.")
            return redirect("print_run", pk=pk)
    return render(request, "casework/letters/run_form.html", {
        "form": form, "run": run, "title": "Call the run off", "button": "Call it off",
        "before": "All its letters are withdrawn. They stay in the log.",
    })  # fmt: skip


@require_POST
@needs(Permission.WRITE_LETTERS)
def print_run_again(request: HttpRequest, pk: int) -> HttpResponse:
    actions.make_again(by=user_of(request), run=_run(request, pk))
    return redirect("print_run", pk=pk)
