"""Contacts with schools outside meetings: the list, writing one down, and who is still to be contacted about."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from meetings import actions, severe
from meetings.actions import MeetingProblem
from meetings.contact_filters import ContactFilter, SevereFilter
from meetings.contact_forms import SchoolContactForm
from meetings.models import SchoolContact
from schools.forms.fields import show
from schools.models import Pupil, School

_PAGE = 50


@require_safe
@needs(Permission.SEE_CONTACTS)
def contact_list(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    chosen = ContactFilter(request.GET, user=user, today=today, queryset=SchoolContact.objects.visible_to(user))
    rows = chosen.qs.select_related("school").prefetch_related("pupils").order_by("-day", "-pk")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    pupils = sorted({pupil.pk for contact in page for pupil in contact.pupils.all()})
    if pupils:
        audit.record("looked at contacts with schools", by=user, kind=AuditEvent.Kind.VIEW, count=len(pupils), pupils=pupils)
    context = {
        "filter": chosen,
        "page": page,
        "total": page.paginator.count,
        "left_out": bool(chosen.form.errors),
        "narrowed": any(chosen.form.cleaned_data.values()) if chosen.form.is_valid() else True,
        "school": chosen.form.cleaned_data.get("school") if chosen.form.is_valid() else None,
        "may_log": user.may(Permission.PLAN_MEETINGS),
    }
    return render(request, "meetings/contacts/list.html", context)


@needs(Permission.PLAN_MEETINGS)
def contact_log(request: HttpRequest, urn: int) -> HttpResponse:
    """`?pupil=`: who it was about, where the form is opened from the list of severely absent pupils."""
    user, today = user_of(request), clock.today()
    school = get_object_or_404(School.objects.visible_to(user), urn=urn)
    waiting = severe.flags(user, today=today).filter(at_school=school.pk)
    pupils = Pupil.objects.filter(pk__in=waiting.values("pupil")).order_by("sort_name", "pk")
    asked = request.GET.get("pupil", "")
    chosen = pupils.filter(pk=int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 18 else pupils.none()
    about = SchoolContact.About.PUPILS if chosen else None
    initial = {"day": today, "pupils": [pupil.pk for pupil in chosen], "about": about}
    form = SchoolContactForm(request.POST or None, pupils=pupils, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.record_school_contact(by=user, today=today, now=clock.now(), school=school, **form.said())
        except MeetingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Written down: {made.get_how_display().lower()} with {made.with_whom}, {school}.")
            return redirect(f"{reverse('contacts_made')}?school={school.urn}")
    return render(request, "meetings/contacts/log.html", {"form": form, "school": school})


@require_safe
@needs(Permission.SEE_CONTACTS)
def severe_contacts(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    chosen = SevereFilter(request.GET, user=user, queryset=severe.flags(user, today=today))
    lines = severe.lines(chosen.qs, today=today)
    state = chosen.form.cleaned_data.get("state", "") if chosen.form.is_valid() else ""
    shown = [line for line in lines if not state or line.state == state]
    page = Paginator(shown, _PAGE).get_page(request.GET.get("page"))
    counts = Counter(line.state for line in lines)
    pupils = [line.flag.pupil_id for line in page]
    audit.record("looked at severely absent pupils without a plan", by=user, kind=AuditEvent.Kind.VIEW, count=len(pupils), pupils=pupils)
    context = {
        "filter": chosen,
        "page": page,
        "total": len(lines),
        "shown": len(shown),
        "counts": [("", "All", len(lines)), *((code, name, counts[code]) for code, name in severe.STATES)],
        "state": state,
        "left_out": bool(chosen.form.errors),
        "may_log": user.may(Permission.PLAN_MEETINGS),
        "days": severe.days(today),
    }
    return render(request, "meetings/contacts/severe.html", context)
