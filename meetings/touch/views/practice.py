"""A school's own check, reviews and action plan: one page a school, and the list of all schools."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from meetings.models import AttendanceReview, PlanStep, SelfCheck
from meetings.touch import checklist, practice
from meetings.touch.actions import checks as actions
from meetings.touch.actions.problems import TouchProblem
from meetings.touch.practice_forms import CheckForm, ReviewForm, SeenForm, SignForm, StepForm, TellStepForm
from meetings.touch.views.common import school_of, show_moved_on
from schools.forms.fields import show

_PAGE = 50


@require_safe
@needs(Permission.KEEP_IN_TOUCH)
def check_list(request: HttpRequest) -> HttpResponse:
    rows = practice.checks(user_of(request), today=clock.today())
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "total": len(rows),
        "missing": sum(not state.sent for _, state in rows),
        "to_see": sum(state.check is not None and state.check.status == SelfCheck.Status.SENT for _, state in rows),
    }
    return render(request, "touch/checks.html", context)


@require_safe
@needs(Permission.SEE_MEETINGS)
def practice_page(request: HttpRequest, urn: int) -> HttpResponse:
    """What the school says of its practice, what reviews found, and its plan."""
    school, user, today = school_of(request, urn), user_of(request), clock.today()
    team = user.may(Permission.KEEP_IN_TOUCH)
    reviews = AttendanceReview.objects.visible_to(user).filter(school=school).order_by("-day")
    plan = practice.plan_of(school, today)
    context: dict[str, Any] = {
        "school": school,
        "state": practice.self_check_of(school, today),
        "reviews": list(reviews),
        "plan": plan,
        "steps": list(PlanStep.objects.filter(plan=plan).order_by("done_on", "due", "pk")) if plan else [],
        "today": today,
        "team": team,
        "speaks": user.may(Permission.KEEP_PRACTICE),
    }
    return render(request, "touch/practice.html", context)


@needs(Permission.KEEP_PRACTICE)
def self_check(request: HttpRequest, urn: int) -> HttpResponse:
    """This school year's questions. Kept as it is, or sent to the authority."""
    school, user, today = school_of(request, urn), user_of(request), clock.today()
    state = practice.self_check_of(school, today)
    answers = state.check.answers if state.check else {}
    form = CheckForm(request.POST or None, answers=answers, initial={"version": state.check.version if state.check else 1})
    if request.method == "POST" and form.is_valid():
        send = request.POST.get("do") == "send"
        said = {"version": form.cleaned_data["version"], "answers": form.answers(), "send": send}
        try:
            actions.answer_check(by=user, today=today, now=clock.now(), school=school, **said)
        except TouchProblem as problem:
            now = practice.self_check_of(school, today)
            show_moved_on(form, problem, now.check.version if now.check else 1)
            if send and problem.field is None and (left := checklist.unanswered(form.answers())):
                for question in left:
                    form.add_error(f"answer_{question.key}", f"Choose an answer: {question.words}")
        else:
            messages.success(request, "It is sent to the authority." if send else "It is kept. Send it when every question is answered.")
            return redirect("practice", urn=urn)
    return render(request, "touch/self_check.html", {"form": form, "school": school, "state": state})


@needs(Permission.KEEP_IN_TOUCH)
def check_see(request: HttpRequest, pk: int) -> HttpResponse:
    rows = SelfCheck.objects.visible_to(user_of(request)).select_related("school", "sent_by")
    found = get_object_or_404(rows, pk=pk)
    form = SeenForm(request.POST or None, initial={"version": found.version, "words": found.seen_words})
    if request.method == "POST" and form.is_valid():
        try:
            actions.see_check(by=user_of(request), now=clock.now(), check=found, **form.cleaned_data)
        except TouchProblem as problem:
            show_moved_on(form, problem, SelfCheck.objects.get(pk=pk).version)
        else:
            messages.success(request, "Written down: you have seen it. The school reads what you say.")
            return redirect("practice", urn=found.school.urn)
    return render(request, "touch/check_see.html", {"form": form, "check": found, "parts": checklist.told(found.answers)})


_REVIEW = ("day", "pupils", "said_pupils", "parents", "said_parents", "staff", "said_staff", "findings", "recommendations", "version")


@needs(Permission.KEEP_IN_TOUCH)
def review_new(request: HttpRequest, urn: int) -> HttpResponse:
    school = school_of(request, urn)
    form = ReviewForm(request.POST or None, initial={"day": clock.today()})
    if request.method == "POST" and form.is_valid():
        asked = {"by": user_of(request), "today": clock.today(), "now": clock.now(), "school": school, "review": None}
        try:
            made = actions.write_review(**(asked | form.cleaned_data))
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(
                request, "The review is kept." + (" The school reads it." if made.shared_at else " Share it when it is ready.")
            )
            return redirect("review", pk=made.pk)
    return render(request, "touch/review_edit.html", {"form": form, "school": school})


def _review(request: HttpRequest, pk: int) -> AttendanceReview:
    user = user_of(request)
    rows = AttendanceReview.objects.visible_to(user).select_related("school", "written_by")
    return get_object_or_404(rows, pk=pk)


@require_safe
@needs(Permission.SEE_MEETINGS)
def review(request: HttpRequest, pk: int) -> HttpResponse:
    found = _review(request, pk)
    asked = [
        ("pupil", found.pupils, found.said_pupils),
        ("parent", found.parents, found.said_parents),
        ("member of staff,members of staff", found.staff, found.said_staff),
    ]
    team = user_of(request).may(Permission.KEEP_IN_TOUCH)
    return render(request, "touch/review.html", {"review": found, "asked": asked, "team": team})


@needs(Permission.KEEP_IN_TOUCH)
def review_change(request: HttpRequest, pk: int) -> HttpResponse:
    found = _review(request, pk)
    start = {name: getattr(found, name) for name in _REVIEW} | {"share": found.shared_at is not None}
    form = ReviewForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        asked = {"by": user_of(request), "today": clock.today(), "now": clock.now(), "school": found.school, "review": found}
        try:
            actions.write_review(**(asked | form.cleaned_data))
        except TouchProblem as problem:
            show_moved_on(form, problem, AttendanceReview.objects.get(pk=pk).version)
        else:
            messages.success(request, "The review is changed.")
            return redirect("review", pk=pk)
    return render(request, "touch/review_edit.html", {"form": form, "school": found.school, "review": found})


@needs(Permission.KEEP_PRACTICE)
def step_add(request: HttpRequest, urn: int) -> HttpResponse:
    school, user = school_of(request, urn), user_of(request)
    form = StepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_step(by=user, today=clock.today(), now=clock.now(), school=school, **form.cleaned_data)
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The aim is in the plan.")
            return redirect("practice", urn=urn)
    return render(request, "touch/step_add.html", {"form": form, "school": school, "plan": practice.plan_of(school, clock.today())})


@needs(Permission.KEEP_PRACTICE)
def plan_step(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    rows = PlanStep.objects.visible_to(user).select_related("plan__school", "changed_by")
    found = get_object_or_404(rows, pk=pk)
    form = TellStepForm(
        request.POST or None, initial={"done": found.done_on is not None, "note": found.note, "due": found.due, "version": found.version}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.tell_step(by=user, today=clock.today(), now=clock.now(), step=found, **form.cleaned_data)
        except TouchProblem as problem:
            show_moved_on(form, problem, PlanStep.objects.get(pk=pk).version)
        else:
            messages.success(request, "Written down.")
            return redirect("practice", urn=found.plan.school.urn)
    return render(request, "touch/step.html", {"form": form, "step": found})


@needs(Permission.KEEP_PRACTICE)
def plan_sign(request: HttpRequest, urn: int) -> HttpResponse:
    school, user, today = school_of(request, urn), user_of(request), clock.today()
    plan = practice.plan_of(school, today)
    if plan is None:
        messages.info(request, "There is no plan yet: add its first aim.")
        return redirect("practice", urn=urn)
    form = SignForm(request.POST or None, initial={"day": today, "aims": plan.steps.count()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.sign_plan(by=user, today=today, now=clock.now(), plan=plan, **form.cleaned_data)
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "Written down: the plan is signed off.")
            return redirect("practice", urn=urn)
    return render(request, "touch/plan_sign.html", {"form": form, "school": school})
