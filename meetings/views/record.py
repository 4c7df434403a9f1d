"""A meeting that was held: recording it with who came, the minutes as given out, their corrections, files and e-mails."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from meetings import actions, mailing
from meetings.actions import MeetingProblem
from meetings.actions.letters import addressees
from meetings.minutes_content import Content, content_of, without_leavers
from meetings.minutes_document import told
from meetings.minutes_forms import CorrectForm, HoldForm
from meetings.models import Letter, Meeting, Minutes, Presence
from meetings.views.meetings import meeting_of, over, show_moved_on
from schools.forms.fields import show
from schools.models import Pupil, School


def _people(meeting: Meeting) -> list[tuple[str, str]]:
    asked = mailing.asked_to(meeting, today=min(meeting.day, clock.today()))
    return [(one.key, f"{one.name}, {one.role or one.side}".rstrip(", ")) for one in asked]


def _schools(meeting: Meeting) -> list[School]:
    """Those of which it is asked whether they came: a support meeting is with its school."""
    return [] if meeting.is_support else meeting.schools()


@needs(Permission.PLAN_MEETINGS)
def meeting_hold(request: HttpRequest, pk: int) -> HttpResponse:
    found, today = meeting_of(request, pk), clock.today()
    if (back := over(request, found, also_held=True)) is not None:
        return back
    people = _people(found)
    schools = _schools(found)
    form = HoldForm(request.POST or None, people=people, schools=schools, initial={"version": found.version, "day": found.day})
    if request.method == "POST" and form.is_valid():
        try:
            actions.hold_meeting(by=user_of(request), today=today, now=clock.now(), meeting=found, **form.cleaned_data)
        except MeetingProblem as problem:
            show_moved_on(form, problem, found.version)
        else:
            messages.success(request, "The meeting is recorded as held, and its minutes are made.")
            return redirect("minutes_record", pk=pk)
    items = list(found.items.select_related("pupil"))
    context = {"form": form, "meeting": found, "items": items, "missed": [item for item in items if not item.reached]}
    return render(request, "meetings/meeting_hold.html", context)


def _said(content: Content, user: User) -> Content:
    """What this user may read of it."""
    if user.as_role.in_authority:
        return content
    asked = [one["pupil"] for one in (*content["items"], *content["others"]) if one.get("pupil")]
    return without_leavers(content, set(Pupil.objects.visible_to(user).filter(pk__in=asked).values_list("pk", flat=True)))


@require_safe
@needs(Permission.SEE_MEETINGS)
def minutes_record(request: HttpRequest, pk: int) -> HttpResponse:
    """The minutes as given out: the latest version, or `?version=`, with the earlier ones, their files and who was sent them."""
    return _show_record(request, meeting_of(request, pk), None)


def _show_record(request: HttpRequest, found: Meeting, form: CorrectForm | None) -> HttpResponse:
    user = user_of(request)
    versions = list(found.minuted.select_related("made_by").order_by("-version"))
    latest = versions[0] if versions else None
    asked = request.GET.get("version", "")
    shown = next((one for one in versions if str(one.version) == asked), latest)
    may = user.may(Permission.PLAN_MEETINGS) and found.status == Meeting.Status.HELD
    changed = may and (latest is None or content_of(found) != latest.content)
    if may and form is None:
        here = found.presences.all()
        people = _people(found)
        came = [one.key for one in here if one.came]
        others = "\n".join(", ".join(filter(None, (one.name, one.role))) for one in here if one.came and one.side == Presence.BESIDES)
        taking = list(found.taking.filter(came=True).values_list("school", flat=True))
        initial = {"came": came, "others": others, "schools": taking}
        form = CorrectForm(people=people, schools=_schools(found), latest=latest, initial=initial)
    letters = list(Letter.objects.filter(minutes__meeting=found).select_related("minutes").order_by("-pk")) if may else []
    told_now = {one.email.casefold() for one in letters if latest and one.minutes_id == latest.pk}
    people_now = addressees(found) if may else []
    context = {
        "meeting": found,
        "versions": versions,
        "latest": latest,
        "shown": shown,
        "said": told(_said(shown.content, user)) if shown else None,
        "changed": changed,
        "may": may,
        "form": form if may else None,
        "letters": letters,
        "to_tell": [name for name, email in people_now if email and email.casefold() not in told_now],
        "without": [name for name, email in people_now if not email],
    }
    return render(request, "meetings/minutes_record.html", context)


@needs(Permission.PLAN_MEETINGS)
@require_POST
def minutes_correct(request: HttpRequest, pk: int) -> HttpResponse:
    found = meeting_of(request, pk)
    if found.status != Meeting.Status.HELD:
        messages.info(request, "Minutes are made once the meeting is recorded as held.")
        return redirect("meeting", pk=pk)
    latest = found.minuted.order_by("-version").first()
    form = CorrectForm(request.POST, people=_people(found), schools=_schools(found), latest=latest)
    if form.is_valid():
        said = {"reason": ""} | form.cleaned_data
        try:
            made = actions.correct_minutes(by=user_of(request), today=clock.today(), now=clock.now(), meeting=found, **said)
        except MeetingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Version {made.version} of the minutes is made. Send it to those who should have it.")
            return redirect("minutes_record", pk=pk)
    return _show_record(request, found, form)


@needs(Permission.PLAN_MEETINGS)
@require_POST
def minutes_send(request: HttpRequest, pk: int) -> HttpResponse:
    found = meeting_of(request, pk)
    latest = found.minuted.order_by("-version").first()
    if latest is None:
        messages.error(request, "There are no minutes to send yet.")
        return redirect("minutes_record", pk=pk)
    link = request.build_absolute_uri(reverse("minutes_record", args=[pk]))
    try:
        ordered, without = actions.send_minutes(by=user_of(request), now=clock.now(), minutes=latest, link=link)
    except MeetingProblem as problem:
        messages.error(request, str(problem))
    else:
        said = (
            f"{ordered} e-mail{'' if ordered == 1 else 's'} on the way." if ordered else "Everybody with an address was sent them already."
        )
        if without:
            said += f" Without an e-mail, to be told some other way: {', '.join(without)}."
        messages.success(request, said)
    return redirect("minutes_record", pk=pk)


@require_safe
@needs(Permission.SEE_MEETINGS)
def minutes_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The stored file, byte for byte. A school that may not look up one of its pupils any more is given initials."""
    user = user_of(request)
    minutes = get_object_or_404(Minutes.objects.visible_to(user).select_related("meeting__school"), pk=pk)
    whole = _said(minutes.content, user) == minutes.content
    stored = minutes.stored if whole else minutes.stored_initials
    if minutes.status != Minutes.Status.MADE or not default_storage.exists(stored):
        raise Http404
    audit.record("downloaded minutes", by=user, subject=minutes.meeting, kind=AuditEvent.Kind.EXPORT, version=minutes.version)
    return FileResponse(
        default_storage.open(stored),
        as_attachment=True,
        filename=f"minutes-{minutes.meeting.school.urn}-{minutes.meeting.day.isoformat()}-version-{minutes.version}.pdf",
        content_type="application/pdf",
        headers={"X-Content-Type-Options": "nosniff"},
    )


@needs(Permission.PLAN_MEETINGS)
@require_POST
def letter_again(request: HttpRequest, pk: int) -> HttpResponse:
    seen = Meeting.objects.visible_to(user_of(request))
    letter = get_object_or_404(Letter.objects.filter(minutes__meeting__in=seen).select_related("minutes"), pk=pk)
    actions.send_letter_again(by=user_of(request), letter=letter)
    messages.success(request, "It is tried again.")
    assert letter.minutes is not None  # noqa: S101  (asked for above)
    return redirect("minutes_record", pk=letter.minutes.meeting_id)
