"""The authority's name and colours, and the policy in force."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs
from accounts.permissions import Permission
from schools import colours, policy, reports
from schools.actions import authority as actions
from schools.actions.authority import AuthorityProblem, PolicyProblem
from schools.forms.administration import AuthorityForm, PolicyForm
from schools.forms.fields import show
from schools.models import Authority, PolicyValue

FIELDS = ("name", "la_code", "colour", "accent", "contact_email", "contact_phone", "protection_email", "address")


@needs(Permission.MANAGE_AUTHORITY)
def authority_settings(request: HttpRequest) -> HttpResponse:
    held = Authority.objects.first() or Authority()
    form = AuthorityForm(request.POST or None, request.FILES or None, initial={field: getattr(held, field) for field in FIELDS})
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_authority(by=request.user, today=clock.today(), **form.cleaned_data)  # type: ignore[arg-type]
        except AuthorityProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "Saved. Every page and email uses it from now on.")
            return redirect("authority_settings")
    contrasts = [("Colour", colours.contrast(held.colour), colours.TEXT), ("Second colour", colours.contrast(held.accent), colours.SHAPES)]
    return render(request, "schools/authority.html", {"form": form, "contrasts": contrasts, "has_logo": bool(held.logo)})


@needs(Permission.SEE_SCHOOLS)
@require_safe
def policy_page(request: HttpRequest) -> HttpResponse:
    """Everybody may read by what they are judged; who may set a value of the authority's own is another matter."""
    today = clock.today()
    context = {
        "lines": reports.policy_lines(today=today),
        "version": PolicyValue.objects.in_force(today).version,
        "today": today,
        "may_set": request.user.may(Permission.SET_POLICY),  # type: ignore[union-attr]
    }
    return render(request, "schools/policy.html", context)


@needs(Permission.SET_POLICY)
def policy_value(request: HttpRequest, key: str) -> HttpResponse:
    item = policy.BY_KEY.get(key)
    if item is None or not item.local:
        raise Http404
    if key in policy.RATING:  # set together, and only after a look at what they would change
        return redirect("rating_bands")
    today = clock.today()
    form = PolicyForm(request.POST or None, item=item, initial={"start": today})
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_policy_value(by=request.user, today=today, now=clock.now(), key=key, **form.cleaned_data)  # type: ignore[arg-type]
        except PolicyProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{item.name}: {form.cleaned_data['value']} from {form.cleaned_data['start']:%-d %B %Y}.")
            return redirect("policy")
    return render(request, "schools/policy_value.html", {"form": form, "item": item})
