"""Looking for a child and for a place: checks, applications, vacancies, the tracing log and the fortnightly meeting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance import downloads
from attendance.downloads import Wanted
from casework import missing_meeting, missing_page
from casework.actions import searching as actions
from casework.actions.missing import MissingProblem
from casework.forms.missing import AnswerCheckForm, ApplicationForm, CheckForm, DecideForm, MeetingDecisionForm, VacanciesForm
from casework.models import MissingCheck, MissingChild, PlaceApplication, Vacancy
from casework.views.day import day_asked
from casework.views.missing import answer, child_for
from schools.forms.fields import show
from schools.models import School

_PAGE = 50


@needs(Permission.WORK_CASES)
def missing_check(request: HttpRequest, pk: int) -> HttpResponse:
    found, user, today = child_for(request, pk), user_of(request), clock.today()
    start = {"day": today, "kind": request.GET.get("kind", "")}

    def do(asked: dict[str, Any]) -> str:
        actions.check(by=user, today=today, now=clock.now(), child=found, **asked)
        return "The check is recorded."

    return answer(
        request, found, lambda sent: CheckForm(sent, initial=start), do, title="Record a check", button="Record the check",
        before="Record a check when it is made; its answer can follow.",
    )  # fmt: skip


@needs(Permission.WORK_CASES)
def missing_check_answer(request: HttpRequest, pk: int) -> HttpResponse:
    visible = MissingCheck.objects.filter(child__in=MissingChild.objects.visible_to(user_of(request)))
    held = get_object_or_404(visible.select_related("child"), pk=pk)
    found, user = child_for(request, held.child_id), user_of(request)

    def do(asked: dict[str, Any]) -> str:
        actions.answer_check(by=user, today=clock.today(), now=clock.now(), check=held, **asked)
        return "The answer is recorded."

    title = f"{held.get_kind_display()}: what came back"
    return answer(request, found, lambda sent: AnswerCheckForm(sent), do, title=title, button="Save the answer")


@needs(Permission.WORK_CASES)
def missing_apply(request: HttpRequest, pk: int) -> HttpResponse:
    found, user, today = child_for(request, pk), user_of(request), clock.today()
    schools = School.objects.open_on(today).order_by("sort_name")
    start = {"day": today, "year_group": found.year_group, "school": request.GET.get("school", "")}

    def make(sent: QueryDict | None) -> forms.Form:
        return ApplicationForm(sent, schools=schools, initial=start)

    def do(asked: dict[str, Any]) -> str:
        actions.apply(by=user, today=today, now=clock.now(), child=found, **asked)
        return "The application is recorded."

    places = missing_page.vacancies(found.year_group) if found.year_group else []
    return answer(request, found, make, do, title="A place is asked for", button="Record the application", vacancies=places)


@needs(Permission.WORK_CASES)
def missing_decide(request: HttpRequest, pk: int) -> HttpResponse:
    visible = PlaceApplication.objects.filter(child__in=MissingChild.objects.visible_to(user_of(request)))
    held = get_object_or_404(visible.select_related("child", "school"), pk=pk)
    found, user, today = child_for(request, held.child_id), user_of(request), clock.today()
    stands = {name: getattr(held, name) for name in ("decision", "starts", "words")}
    start = stands | {"decided": held.decided or today}

    def do(asked: dict[str, Any]) -> str:
        actions.decide(by=user, today=today, now=clock.now(), application=held, **asked)
        return "The decision is recorded. The record stays open until the first present mark at a school."

    title = f"{held.get_route_display()}, {held.where}: what was decided"
    return answer(request, found, lambda sent: DecideForm(sent, initial=start), do, title=title, button="Save the decision")


@require_safe
@needs(Permission.WORK_CASES)
def missing_tracing(request: HttpRequest) -> HttpResponse:
    """School-to-school and out-of-area tracing, of all children the user sees."""
    ours = MissingChild.objects.visible_to(user_of(request)).values("pk")
    found = MissingCheck.objects.filter(kind__in=MissingCheck.TRACING, child__in=ours).select_related("child__pupil", "child__school")
    waiting = request.GET.get("waiting") == "1"
    if waiting:
        found = found.filter(result=MissingCheck.Result.WAITING)
    page = Paginator(found.order_by("-day", "-pk"), _PAGE).get_page(request.GET.get("page"))
    return render(request, "casework/missing/tracing.html", {"page": page, "total": page.paginator.count, "waiting": waiting})


@require_safe
@needs(Permission.WORK_CASES)
def missing_meeting_list(request: HttpRequest) -> HttpResponse:
    user, day = user_of(request), day_asked(request)
    found = missing_meeting.gather(user, day=day, today=clock.today())
    audit.record("looked at the list of children missing education", by=user, kind=AuditEvent.Kind.VIEW, count=len(found.lines))
    return render(request, "casework/missing/meeting.html", {"meeting": found, "day": day, "today": clock.today()})


@require_safe
@needs(Permission.WORK_CASES)
def missing_meeting_download(request: HttpRequest, form: str) -> HttpResponseBase:
    """The list of a day as a file. It names children: there is nothing of it to publish."""
    if form not in downloads.FORMS or downloads.for_publishing(request):
        raise Http404
    day = day_asked(request)
    rows = missing_meeting.gather(user_of(request), day=day, today=clock.today()).lines
    said = [f"Open at the end of {day:%-d %B %Y}.", "Source: records of children missing education. It names children: keep it safe."]
    return downloads.send(request, missing_meeting.TABLE, rows, Wanted(form, len(rows), said), back="missing_meeting")


@needs(Permission.WORK_CASES)
def missing_meeting_decide(request: HttpRequest, pk: int) -> HttpResponse:
    user, today, day = user_of(request), clock.today(), day_asked(request)
    visible = MissingChild.objects.visible_to(user).open_on(day).select_related("pupil", "school", "officer")
    child = get_object_or_404(visible, pk=pk)
    stands = child.decisions.filter(meeting=day).first()
    start = {name: getattr(stands, name) for name in ("decision", "words", "agency", "due")} if stands else None
    form = MeetingDecisionForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide_at_meeting(by=user, today=today, now=clock.now(), child=child, meeting=day, **form.cleaned_data)
        except MissingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"The decision about {child.pupil} is recorded.")
            return redirect(f"{reverse('missing_meeting')}?day={day.isoformat()}#child-{child.pk}")
    context = {"form": form, "child": child, "title": f"Meeting of {day:%-d %B %Y}: what was decided", "button": "Save the decision"}
    return render(request, "casework/missing/form.html", context | {"back": f"{reverse('missing_meeting')}?day={day.isoformat()}"})


@require_safe
@needs(Permission.SEE_CASES)
def vacancies(request: HttpRequest) -> HttpResponse:
    """Declared vacancies by school and year group; the authority sees every school's, a school its own."""
    user, today = user_of(request), clock.today()
    schools = School.objects.open_on(today) if user.as_role.in_authority else School.objects.visible_to(user).open_on(today)
    found = missing_meeting.vacancy_table(schools, group=request.GET.get("year_group", ""), today=today)
    mine = set(School.objects.visible_to(user).values_list("pk", flat=True)) if user.may(Permission.EDIT_PEOPLE) else set()
    others = [school for school in found.silent if school.pk in mine and school.pk not in {row.school.pk for row in found.rows}]
    context = {"found": found, "mine": mine, "others": others, "today": today, "whole": user.as_role.in_authority}
    return render(request, "casework/missing/vacancies.html", context)


@needs(Permission.EDIT_PEOPLE)
def vacancies_declare(request: HttpRequest, urn: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    school = get_object_or_404(School.objects.visible_to(user), urn=urn)
    groups = missing_meeting.groups_of(school)
    standing = {one.year_group: one for one in Vacancy.objects.standing().filter(school=school)}
    start = {f"places_{group}": one.places for group, one in standing.items()}
    form = VacanciesForm(request.POST if request.method == "POST" else None, groups=groups, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            new = actions.declare(by=user, today=today, now=clock.now(), school=school, places=form.places())
        except MissingProblem as problem:
            show(form, problem)
        else:
            said = "The vacancies are declared." if new else "Nothing was entered, or it stood so already."
            messages.success(request, said)
            return redirect("vacancies")
    last = max((one.at for one in standing.values()), default=None)
    return render(request, "casework/missing/vacancies_declare.html", {"form": form, "school": school, "last": last})


@require_safe
@needs(Permission.EDIT_PEOPLE)
def ungrounded(request: HttpRequest) -> HttpResponse:
    """Names that left a roll with no ground and no destination: what the school still has to say."""
    page = Paginator(missing_page.undeleted(user_of(request)), _PAGE).get_page(request.GET.get("page"))
    return render(request, "casework/missing/ungrounded.html", {"page": page, "total": page.paginator.count})
