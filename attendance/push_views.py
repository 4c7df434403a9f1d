"""A school's tokens for pushing registers: listed, made after saying one's password again, revoked."""

from __future__ import annotations

import uuid

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import push, sources, sourcing
from attendance.imports.receive import PUSH
from attendance.models import PushToken
from schools.models import School

LIFETIMES = [("90", "90 days"), ("365", "A year"), ("730", "Two years")]


class PushTokenForm(forms.Form):
    name = forms.CharField(
        label="Which system sends with it?",
        max_length=60,
        help_text="So that you know later which one to revoke. For example, the name of your management information system",
        error_messages={"required": "Say which system sends with it"},
    )
    days = forms.ChoiceField(
        label="How long should it work?",
        choices=LIFETIMES,
        initial="365",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how long the token should work"},
    )
    form_token = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)


def _school(request: HttpRequest, urn: int) -> School:
    return get_object_or_404(School.objects.visible_to(user_of(request)), urn=urn)


@needs(Permission.UPLOAD_REGISTER)
@require_safe
def push_tokens(request: HttpRequest, urn: int) -> HttpResponse:
    school, now = _school(request, urn), clock.now()
    tokens = PushToken.objects.filter(school=school).select_related("made_by", "revoked_by").order_by("-made_at")
    standing = [token for token in tokens if token.revoked_at is None and token.expires_at > now]
    ended = [token for token in tokens if token not in standing]
    counted = sourcing.words_in_force(school, clock.today())  # "": nothing has come yet, and the first that comes is the source
    context = {
        "school": school,
        "tokens": standing,
        "ended": ended,
        "counts_instead": "" if counted == sources.label(PUSH) else counted,
        "may_choose": user_of(request).may(Permission.CHOOSE_SOURCES),
    }
    return render(request, "attendance/push/tokens.html", context)


@needs(Permission.UPLOAD_REGISTER)
@require_http_methods(["GET", "POST"])
def push_token_new(request: HttpRequest, urn: int) -> HttpResponse:
    return _new(request, _school(request, urn))


@never_cache
@reauthentication_required
def _new(request: HttpRequest, school: School) -> HttpResponse:
    """Made from a desk somebody walked away from, a token would outlast the session: so the password is asked again."""
    form = PushTokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            token, text = push.make_push_token(
                by=user_of(request),
                now=clock.now(),
                school=school,
                name=asked["name"],
                days=int(asked["days"]),
                form_token=asked["form_token"],
            )
        except push.TokenProblem as problem:
            form.add_error(None, str(problem))
        else:
            return render(request, "attendance/push/made.html", {"school": school, "token": token, "text": text})
    return render(request, "attendance/push/new.html", {"school": school, "form": form})


@needs(Permission.UPLOAD_REGISTER)
@require_POST
def push_token_revoke(request: HttpRequest, urn: int, ref: uuid.UUID) -> HttpResponse:
    token = get_object_or_404(PushToken.objects.filter(school=_school(request, urn)), ref=ref)
    push.revoke_push_token(by=user_of(request), now=clock.now(), token=token)
    messages.success(request, f"“{token.name}” is revoked. Whatever sends with it is refused from now on.")
    return redirect("push_tokens", urn=urn)
