"""Users as an administrator looks after them: with their schools, which is why they are here and not in accounts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import actions as accounts_actions
from accounts import clock, invitations
from accounts.access import needs
from accounts.actions import UserProblem
from accounts.models import User
from accounts.permissions import Permission
from schools.actions import postings
from schools.actions.postings import PostingProblem
from schools.forms.administration import InviteForm, UserFilter, UserForm
from schools.forms.fields import show
from schools.models import Posting


def _current_postings() -> Prefetch:
    return Prefetch("postings", Posting.objects.standing(clock.today()).select_related("school").order_by("school__sort_name"), "current")


@needs(Permission.MANAGE_USERS)
def users(request: HttpRequest) -> HttpResponse:
    form = UserFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = User.objects.order_by("name", "pk").prefetch_related(_current_postings())
    if asked.get("q"):
        found = found.filter(Q(name__icontains=asked["q"]) | Q(email__icontains=asked["q"]))
    if asked.get("role"):
        found = found.filter(role=asked["role"])
    match asked.get("state"):
        case "disabled":
            found = found.filter(is_active=False)
        case "invited":
            found = found.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)
        case "all":
            pass
        case _:
            found = found.filter(is_active=True)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    return render(request, "schools/users.html", {"form": form, "page": page})


@needs(Permission.MANAGE_USERS)
def user_invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            invited = postings.invite(
                by=request.user,  # type: ignore[arg-type]
                today=clock.today(),
                now=clock.now(),
                name=asked["name"],
                email=asked["email"],
                role=asked["role"],
                schools=list(asked["schools"]),
            )
        except (UserProblem, PostingProblem) as problem:
            show(form, problem)
        else:
            _send(request, invited)
            return redirect("users")
    return render(request, "schools/user_invite.html", {"form": form})


def _send(request: HttpRequest, user: User) -> None:
    if invitations.send(request, user):
        messages.success(request, f"{user} is invited. An email with a link is on its way to {user.email}.")
    else:
        messages.warning(request, f"{user} is invited, but the email could not be sent. Send the invitation again later.")


@needs(Permission.MANAGE_USERS)
def user(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.prefetch_related(_current_postings()), pk=pk)
    form = UserForm(request.POST or None, initial={"name": person.name, "role": person.role})
    if request.method == "POST" and form.is_valid():
        try:
            postings.correct_user(by=request.user, today=clock.today(), user=person, **form.cleaned_data)  # type: ignore[arg-type]
        except UserProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{person} is saved.")
            return redirect("user", pk=pk)
    return render(request, "schools/user.html", {"form": form, "person": person})


@needs(Permission.MANAGE_USERS)
@require_POST
def user_disable(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    try:
        accounts_actions.disable_user(by=request.user, user=person)  # type: ignore[arg-type]
    except UserProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{person} can no longer sign in, and is signed out everywhere.")
    return redirect("user", pk=pk)


@needs(Permission.MANAGE_USERS)
@require_POST
def user_enable(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    accounts_actions.enable_user(by=request.user, user=person)  # type: ignore[arg-type]
    messages.success(request, f"{person} can sign in again.")
    return redirect("user", pk=pk)


@needs(Permission.MANAGE_USERS)
@require_POST
def user_invite_again(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    try:
        accounts_actions.invite_again(by=request.user, now=clock.now(), user=person)  # type: ignore[arg-type]
    except UserProblem as problem:
        messages.error(request, str(problem))
    else:
        _send(request, person)
    return redirect("user", pk=pk)
