"""Items of an agenda: adding one, and deciding it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from meetings import actions
from meetings.actions import MeetingProblem
from meetings.forms import DecideForm, ItemForm, MatterForm
from meetings.models import Item
from meetings.views.meetings import meeting_of, over, show_moved_on
from schools.forms.fields import show


@needs(Permission.PLAN_MEETINGS)
def agenda_add(request: HttpRequest, pk: int) -> HttpResponse:
    found, today = meeting_of(request, pk), clock.today()
    if (back := over(request, found)) is not None:
        return back
    sent = request.POST or None
    form: ItemForm | MatterForm = MatterForm(sent) if found.several else ItemForm(sent, school=found.school, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            item = actions.add_item(
                by=user_of(request),
                today=today,
                now=clock.now(),
                meeting=found,
                pupil=form.chosen(),
                reason=form.cleaned_data["reason"],
            )
        except MeetingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Item {item.place} is on the agenda.")
            return redirect(place_of(item))
    return render(request, "meetings/agenda_add.html", {"form": form, "meeting": found})


@needs(Permission.PLAN_MEETINGS)
def agenda_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Also where the short form beside each item is sent: what it cannot settle is asked here."""
    seen = Item.objects.visible_to(user_of(request)).select_related("meeting__school", "pupil", "flag", "decided_by")
    item = get_object_or_404(seen, pk=pk)
    if request.method == "GET":
        audit.record("looked at a meeting", by=user_of(request), subject=item.meeting, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    if (back := over(request, item.meeting)) is not None:
        return back
    form = DecideForm(request.POST or None, item=item)
    if request.method == "POST" and form.is_valid():
        try:
            item, said = actions.decide_item(by=user_of(request), today=clock.today(), now=clock.now(), item=item, **form.cleaned_data)
        except MeetingProblem as problem:
            show_moved_on(form, problem, item.version)
        else:
            messages.success(request, f"Item {item.place}: {said[:1].lower()}{said[1:]}")
            if item.decision == Item.Decision.ACTION and not item.actions.exists():
                return redirect(f"{reverse('action_add', args=[item.meeting_id])}?item={item.pk}")
            return redirect(place_of(item))
    return render(request, "meetings/agenda_decide.html", {"form": form, "item": item, "meeting": item.meeting})


def place_of(item: Item) -> str:
    """The item on its meeting's page: back to where one was."""
    return f"{reverse('meeting', args=[item.meeting_id])}#item-{item.pk}"
