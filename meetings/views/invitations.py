"""Who comes to a meeting: adding people, inviting them by e-mail, and the calendar file."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from meetings import actions, mailing
from meetings.actions import MeetingProblem
from meetings.calendar_file import PUBLISH, calendar_file
from meetings.models import Attendee, Invitation, Meeting
from meetings.offer_forms import AttendeeForm
from meetings.views.meetings import meeting_of
from schools.forms.fields import show
from schools.models import Authority


@needs(Permission.PLAN_MEETINGS)
def meeting_people(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody who is to come, a form to add somebody, what an invitation says, and what was sent."""
    found, user = meeting_of(request, pk), user_of(request)
    form = AttendeeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = actions.add_attendee(by=user, now=clock.now(), meeting=found, **form.cleaned_data)
        except MeetingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{added.name} is to come.")
            return redirect("meeting_people", pk=pk)
    people = mailing.invitees(found, today=clock.today())
    sent = list(found.invitations.order_by("-pk"))
    told = {one.email.casefold() for one in sent if one.meeting_version == found.version}
    context = {
        "meeting": found,
        "form": form,
        "people": people,
        "without": [one.name for one in people if not one.email],
        "to_tell": [one for one in people if one.email and one.email.casefold() not in told],
        "team": mailing.team_to_ask(found, people) if found.status == Meeting.Status.PLANNED else [],
        "sent": sent,
        "subject": mailing.subject_of(found),
        "body": mailing.body_of(found, list(found.items.select_related("flag")), Authority.objects.get(), _link(request, found)),
        "may_invite": found.status == Meeting.Status.PLANNED or (found.status == Meeting.Status.CANCELLED and bool(sent)),
    }
    return render(request, "meetings/people.html", context)


@needs(Permission.PLAN_MEETINGS)
@require_POST
def meeting_team(request: HttpRequest, pk: int) -> HttpResponse:
    """Those ticked of the team around the school are to come; one who left it meanwhile is not."""
    found, user, ticked = meeting_of(request, pk), user_of(request), set(request.POST.getlist("who"))
    asked = [one for one in mailing.team_to_ask(found, mailing.invitees(found, today=clock.today())) if one.key in ticked]
    try:
        with transaction.atomic():
            for one in asked:
                person = one.person
                actions.add_attendee(
                    by=user, now=clock.now(), meeting=found, name=person.name, side=one.side, email=person.email, role=one.role
                )
    except MeetingProblem as problem:
        messages.error(request, str(problem))
    else:
        names = ", ".join(one.person.name for one in asked)
        messages.success(request, f"To come: {names}." if asked else "Nobody was ticked who does not come already.")
    return redirect("meeting_people", pk=pk)


def _link(request: HttpRequest, meeting: Meeting) -> str:
    return request.build_absolute_uri(reverse("meeting", args=[meeting.pk]))


@needs(Permission.PLAN_MEETINGS)
@require_POST
def meeting_invite(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = meeting_of(request, pk), user_of(request)
    link = _link(request, found)
    try:
        ordered, without = actions.send_invitations(by=user, today=clock.today(), now=clock.now(), meeting=found, link=link)
    except MeetingProblem as problem:
        messages.error(request, str(problem))
    else:
        said = f"{ordered} e-mail{'' if ordered == 1 else 's'} on the way." if ordered else "Everybody with an address was told already."
        if without:
            said += f" Without an e-mail, to be told some other way: {', '.join(without)}."
        messages.success(request, said)
    return redirect("meeting_people", pk=pk)


@needs(Permission.PLAN_MEETINGS)
@require_POST
def attendee_remove(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Attendee.objects.visible_to(user_of(request)).select_related("meeting"), pk=pk)
    try:
        actions.remove_attendee(by=user_of(request), attendee=found)
    except MeetingProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{found.name} is not to come any more.")
    return redirect("meeting_people", pk=found.meeting_id)


@needs(Permission.PLAN_MEETINGS)
@require_POST
def invitation_again(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Invitation.objects.visible_to(user_of(request)), pk=pk)
    actions.send_again(by=user_of(request), now=clock.now(), invitation=found)
    messages.success(request, "It is tried again.")
    return redirect("meeting_people", pk=found.meeting_id)


@require_safe
@needs(Permission.SEE_MEETINGS)
def meeting_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """The meeting for one's own calendar. It names no child."""
    found = meeting_of(request, pk)
    event = mailing.event_of(found, (), now=clock.now(), link=_link(request, found))
    answer = HttpResponse(calendar_file(event, PUBLISH), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="meeting-{found.school.urn}-{found.day.isoformat()}.ics"'
    return answer
