"""Templates of letters: who writes letters reads them, a manager keeps them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from casework.actions import letter_templates as actions
from casework.forms.letters import TemplateForm
from casework.letters import fields
from casework.letters.fields import LetterProblem
from casework.letters.starting import STARTING
from casework.models import LetterTemplate, TemplateVersion
from schools.forms.fields import show


@require_safe
@needs(Permission.SEE_LETTERS)
def letter_templates(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    templates = list(LetterTemplate.objects.annotate(letters=Count("versions__letters")).order_by("retired", "name"))
    current = {one.template_id: one for one in TemplateVersion.objects.in_force(today)}
    known = {one.name for one in templates}
    context = {
        "rows": [(one, current.get(one.pk)) for one in templates],
        "missing": [one.name for one in STARTING if one.name not in known],
        "may_keep": user_of(request).may(Permission.KEEP_TEMPLATES),
    }
    return render(request, "casework/letters/templates.html", context)


@require_safe
@needs(Permission.SEE_LETTERS)
def letter_template(request: HttpRequest, pk: int) -> HttpResponse:
    today = clock.today()
    found = get_object_or_404(LetterTemplate, pk=pk)
    versions = list(found.versions.annotate(written=Count("letters")).order_by("-number"))
    current = TemplateVersion.objects.in_force(today).filter(template=found).first()
    context = {
        "template": found, "versions": versions, "current": current, "today": today,
        "may_keep": user_of(request).may(Permission.KEEP_TEMPLATES),
    }  # fmt: skip
    return render(request, "casework/letters/template.html", context)


@needs(Permission.KEEP_TEMPLATES)
def letter_template_new(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    form = TemplateForm(request.POST if request.method == "POST" else None, new=True, initial={"start": today})
    if request.method == "POST" and form.is_valid():
        asked = {name: form.cleaned_data[name] for name in ("name", "purpose", "subject", "start", "form_token")}
        try:
            version = actions.make_template(by=user_of(request), today=today, now=clock.now(), blocks=form.blocks(), **asked)
        except LetterProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"“{version.template}” is kept.")
            return redirect("letter_template", pk=version.template_id)
    return render(request, "casework/letters/template_form.html", {"form": form, "template": None, "fields": fields.FIELDS.items()})


@needs(Permission.KEEP_TEMPLATES)
def letter_template_change(request: HttpRequest, pk: int) -> HttpResponse:
    today, found = clock.today(), get_object_or_404(LetterTemplate, pk=pk)
    latest = found.versions.order_by("-number").first()
    blocks = latest.blocks if latest else []
    start = {"start": today, "subject": latest.subject if latest else "", "number": latest.number if latest else 0}
    form = TemplateForm(request.POST if request.method == "POST" else None, blocks=blocks, initial=start)
    if request.method == "POST" and form.is_valid():
        asked = {name: form.cleaned_data[name] for name in ("subject", "start", "reason", "number", "form_token")}
        try:
            version = actions.change_template(
                by=user_of(request), today=today, now=clock.now(), template=found, blocks=form.blocks(), **asked
            )
        except LetterProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Version {version.number} is used from {version.start:%-d %B %Y}.")
            return redirect("letter_template", pk=pk)
    return render(request, "casework/letters/template_form.html", {"form": form, "template": found, "fields": fields.FIELDS.items()})


@require_POST
@needs(Permission.KEEP_TEMPLATES)
def letter_template_retire(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(LetterTemplate, pk=pk)
    actions.retire_template(by=user_of(request), today=clock.today(), template=found)
    messages.success(request, f"“{found}” is used for no new letter.")
    return redirect("letter_templates")


@require_POST
@needs(Permission.KEEP_TEMPLATES)
def letter_templates_begin(request: HttpRequest) -> HttpResponse:
    n = actions.begin(by=user_of(request), today=clock.today(), now=clock.now())
    messages.success(request, f"{n} templates are there. Read them and make them your own." if n else "They are all there already.")
    return redirect("letter_templates")
