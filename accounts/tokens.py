"""One's own tokens for the API: listed, made after saying one's password again, revoked."""

from __future__ import annotations

import uuid

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import actions, clock
from accounts.access import user_of
from accounts.actions import TokenProblem
from accounts.api_access import lacks_second_factor
from accounts.models import ApiToken

LIFETIMES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]


class TokenForm(forms.Form):
    name = forms.CharField(
        label="What is it for?",
        max_length=60,
        help_text="So that you know later which one to revoke. For example, nightly report",
        error_messages={"required": "Say what the token is for"},
    )
    days = forms.ChoiceField(
        label="How long should it work?",
        choices=LIFETIMES,
        initial="90",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how long the token should work"},
    )
    form_token = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)


@require_safe
def account_tokens(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    tokens = ApiToken.objects.standing(user, clock.now())
    return render(request, "accounts/tokens.html", {"tokens": tokens, "may_hold": not lacks_second_factor(user)})


@never_cache
@reauthentication_required
def account_token_new(request: HttpRequest) -> HttpResponse:
    """Made from a desk somebody walked away from, a token would outlast the session: so the password is asked again."""
    user = user_of(request)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            token, text = actions.make_token(
                by=user,
                now=clock.now(),
                name=asked["name"],
                days=int(asked["days"]),
                form_token=asked["form_token"],
                may_hold=not lacks_second_factor(user),
            )
        except TokenProblem as problem:
            form.add_error(None, str(problem))
        else:
            return render(request, "accounts/token_made.html", {"token": token, "text": text})
    return render(request, "accounts/token_new.html", {"form": form})


@require_POST
def account_token_revoke(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    token = ApiToken.objects.filter(user=user, ref=ref).first()
    if token is None:
        raise Http404
    actions.revoke_token(by=user, token=token)
    messages.success(request, f"“{token.name}” is revoked. Whatever used it is refused from now on.")
    return redirect("account_tokens")
