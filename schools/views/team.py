"""The team around a school: who is in it, who was, and how it changes."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.models import User
from accounts.permissions import Permission
from schools import team as reports
from schools.actions import team as actions
from schools.actions import team_file
from schools.actions.team import TeamProblem, long_day, may_keep
from schools.forms.calendar import FileForm
from schools.forms.fields import show
from schools.forms.team import EndMemberForm, MemberForm, WithdrawMemberForm
from schools.importers import team as people_file
from schools.importers.table import UnreadableTable
from schools.models import School, TeamMember

_MEGABYTE = 1024 * 1024
_FILE_HINT = "Columns URN, role and name; and, if you have them, email, phone, job and from (the first day)."


def _school(request: HttpRequest, urn: int) -> School:
    return get_object_or_404(School.objects.visible_to(user_of(request)), urn=urn)


@require_safe
@needs(Permission.SEE_SCHOOLS)
def team(request: HttpRequest, urn: int) -> HttpResponse:
    today, user = clock.today(), user_of(request)
    school = _school(request, urn)
    context = {
        "school": school,
        "team": reports.team_of(school, day=today),
        "today": today,
        "closed": bool(school.closed and school.closed < today),
        "keeps": {role.value for role in TeamMember.Role if may_keep(user, role)},
        "may_post": user.may(Permission.MANAGE_POSTINGS),
    }
    return render(request, "schools/team.html", context)


@needs(Permission.KEEP_TEAMS)
def team_add(request: HttpRequest, urn: int) -> HttpResponse:
    today, user = clock.today(), user_of(request)
    school = _school(request, urn)
    known = {"role": request.GET.get("role"), "start": today}
    form = MemberForm(request.POST or None, initial=known, school=school, user=user, today=today)
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        said = {"role": found["role"], "details": form.details(), "form_token": found["form_token"]}
        try:
            added = actions.add_member(by=user, today=today, now=clock.now(), school=school, **said)
        except TeamProblem as problem:
            show(form, problem)
        else:
            messages.success(request, _added(added))
            return redirect("team", urn=urn)
    held = TeamMember.objects.on(today).filter(school=school, role__in=TeamMember.ONE_AT_A_TIME)
    holders = [member for member in held.order_by("role", "start") if may_keep(user, member.role)]
    return render(request, "schools/team_add.html", {"form": form, "school": school, "holders": holders})


def _added(added: actions.Added) -> str:
    member, before = added.member, added.ended
    words = f"{member.name} is in the team from {long_day(member.start)}: {member.role_name}."
    return f"{words} {before.name} was {before.role_name} to {long_day(before.end)}." if before and before.end else words


def _member(request: HttpRequest, pk: int) -> TeamMember:
    """The entry, if its school is this user's (else 404) and it is theirs to keep (else 403)."""
    user = user_of(request)
    found = get_object_or_404(TeamMember.objects.visible_to(user).select_related("school", "user"), pk=pk)
    if not may_keep(user, found.role):
        raise PermissionDenied
    return found


def _withdrawn(request: HttpRequest, member: TeamMember) -> HttpResponse | None:
    """Back to the team from an entry that is withdrawn. Who had the form open before is told by the action instead."""
    if request.method == "POST" or not member.withdrawn_at:
        return None
    messages.info(request, f"The entry of {member.name} was withdrawn: {member.withdrawn_why}")
    return redirect("team", urn=member.school.urn)


def _refused(form: forms.Form, problem: TeamProblem, member: TeamMember) -> None:
    """What was typed stays; a second sending is made from the entry as it stands now."""
    show(form, problem)
    form.data = form.data.copy()
    form.data["version"] = str(TeamMember.objects.values_list("version", flat=True).get(pk=member.pk))


@needs(Permission.KEEP_TEAMS)
def team_edit(request: HttpRequest, pk: int) -> HttpResponse:
    today, user = clock.today(), user_of(request)
    member = _member(request, pk)
    if (back := _withdrawn(request, member)) is not None:
        return back
    names = ("role_words", "name", "job", "email", "phone", "user", "start", "end", "note", "version")
    known = {name: getattr(member, name) for name in names}
    form = MemberForm(request.POST or None, initial=known, school=member.school, user=user, today=today, member=member)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            kept, changed = actions.correct_member(
                by=user, today=today, now=clock.now(), member=member, version=version, details=form.details()
            )
        except TeamProblem as problem:
            _refused(form, problem, member)
        else:
            messages.success(request, f"The entry of {kept.name} is {'changed' if changed else 'as it was'}.")
            return redirect("team", urn=member.school.urn)
    return render(request, "schools/team_edit.html", {"form": form, "member": member, "school": member.school})


@needs(Permission.KEEP_TEAMS)
def team_end(request: HttpRequest, pk: int) -> HttpResponse:
    today = clock.today()
    member = _member(request, pk)
    if (back := _withdrawn(request, member)) is not None:
        return back
    form = EndMemberForm(request.POST or None, initial={"end": member.end or today, "version": member.version})
    if request.method == "POST" and form.is_valid():
        try:
            kept = actions.end_member(by=user_of(request), today=today, now=clock.now(), member=member, **form.cleaned_data)
        except TeamProblem as problem:
            _refused(form, problem, member)
        else:
            messages.success(request, f"{kept.name} is in the team until {long_day(form.cleaned_data['end'])}.")
            return redirect("team", urn=member.school.urn)
    return render(request, "schools/team_end.html", {"form": form, "member": member, "school": member.school})


@needs(Permission.KEEP_TEAMS)
def team_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    if (back := _withdrawn(request, member)) is not None:
        return back
    form = WithdrawMemberForm(request.POST or None, initial={"version": member.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw_member(by=user_of(request), now=clock.now(), member=member, **form.cleaned_data)
        except TeamProblem as problem:
            _refused(form, problem, member)
        else:
            messages.success(request, f"The entry of {member.name} is withdrawn.")
            return redirect("team", urn=member.school.urn)
    return render(request, "schools/team_withdraw.html", {"form": form, "member": member, "school": member.school})


@needs(Permission.KEEP_TEAMS)
def team_from_file(request: HttpRequest) -> HttpResponse:
    """People of several schools: good rows are written, the others come back with what to correct."""
    user = user_of(request)
    form = FileForm(request.POST or None, request.FILES or None, most_bytes=_MEGABYTE, hint=_FILE_HINT)
    context: dict[str, object] = {"form": form, "roles": [role.label for role in TeamMember.Role if _in_list(user, role)]}
    if request.method == "POST" and form.is_valid():
        try:
            found = people_file.read(form.cleaned_data["file"].read())
        except UnreadableTable as problem:
            form.add_error("file", str(problem))
        else:
            receipt = team_file.load_people(by=user, today=clock.today(), now=clock.now(), rows=found.rows)
            wrong = sorted(found.problems + receipt.problems, key=lambda problem: problem.line)
            context |= {"found": found, "receipt": receipt, "problems": wrong, "rejected": len({problem.line for problem in wrong})}
    return render(request, "schools/team_file.html", context)


def _in_list(user: User, role: TeamMember.Role) -> bool:
    return role != TeamMember.Role.OTHER and may_keep(user, role)
