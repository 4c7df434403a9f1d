"""Briefings: writing one, looking at it as a school reads it, letting it go, and what became of each e-mail."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from meetings.models import Briefing, BriefingLetter, BriefingMail, NoBriefing
from meetings.touch import letters, reports
from meetings.touch.actions import briefings as actions
from meetings.touch.actions.problems import TouchProblem
from meetings.touch.figures import Figures
from meetings.touch.forms import BouncedForm, ChangeBriefingForm, NewBriefingForm, ReportForm
from meetings.touch.views.common import number, show_moved_on, site
from schools import team
from schools.forms.fields import show
from schools.models import Authority, School

_PAGE = 50


def _briefing(pk: int) -> Briefing:
    return get_object_or_404(Briefing.objects.select_related("written_by", "approved_by"), pk=pk)


@require_safe
@needs(Permission.KEEP_IN_TOUCH)
def briefing_list(request: HttpRequest) -> HttpResponse:
    counted = Count("letters__mails", distinct=True)
    back = Count("letters__mails", filter=Q(letters__mails__status__in=["failed", "bounced"]), distinct=True)
    rows = Briefing.objects.select_related("written_by").annotate(mails=counted, trouble=back).order_by("-day", "-pk")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "total": page.paginator.count,
        "plan": reports.schedule(today=clock.today()),
        "today": clock.today(),
        "may_send": user_of(request).may(Permission.SEND_BRIEFINGS),
    }
    return render(request, "touch/briefings.html", context)


@needs(Permission.KEEP_IN_TOUCH)
def briefing_new(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    plan = reports.schedule(today=today)
    form = NewBriefingForm(request.POST or None, initial={"day": plan.due, "subject": "Attendance briefing"})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.write_briefing(by=user_of(request), today=today, now=clock.now(), **form.cleaned_data)
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The draft is kept. Look at it as a school reads it before it goes.")
            return redirect("briefing", pk=made.pk)
    return render(request, "touch/briefing_edit.html", {"form": form, "plan": plan})


@needs(Permission.KEEP_IN_TOUCH)
def briefing_change(request: HttpRequest, pk: int) -> HttpResponse:
    found = _briefing(pk)
    if request.method == "GET" and not found.standing:
        messages.info(request, "This briefing is on its way, so it cannot be changed.")
        return redirect("briefing", pk=pk)
    form = ChangeBriefingForm(request.POST or None, initial=ChangeBriefingForm.initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_briefing(by=user_of(request), today=clock.today(), now=clock.now(), briefing=found, **form.cleaned_data)
        except TouchProblem as problem:
            show_moved_on(form, problem, _briefing(pk).version)
        else:
            messages.success(request, "The draft is changed.")
            return redirect("briefing", pk=pk)
    return render(request, "touch/briefing_edit.html", {"form": form, "briefing": found})


@require_safe
@needs(Permission.KEEP_IN_TOUCH)
def briefing(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft with its schools to look at, or how far it is and what became of each e-mail."""
    found, user = _briefing(pk), user_of(request)
    going = reports.going(found, user)
    context: dict[str, Any] = {"briefing": found, "going": going, "today": clock.today(), "may_send": user.may(Permission.SEND_BRIEFINGS)}
    if found.made_at is None:
        schools = School.objects.visible_to(user).open_on(clock.today()).order_by("sort_name")
        who = reports.who_is_written_to(list(schools), day=found.day)
        context |= {"who": who, "nobody": [one for one in who if not one.to], "came_back": [one for one in who if one.came_back]}
        context["addresses"] = sum(len(one.to) for one in who)
        return render(request, "touch/briefing_draft.html", context)
    return render(request, "touch/briefing_sent.html", context | _log(request, found))


def _log(request: HttpRequest, found: Briefing) -> dict[str, Any]:
    user = user_of(request)
    status, asked = request.GET.get("status", ""), request.GET.get("q", "").strip()[:100].replace("\0", "")
    status = status if status in BriefingMail.Status.values else ""
    rows = BriefingMail.objects.visible_to(user).filter(letter__briefing=found).select_related("letter__school")
    rows = rows.filter(status=status) if status else rows
    if asked:
        rows = rows.filter(Q(letter__school__search_text__icontains=asked) | Q(name__icontains=asked) | Q(email__icontains=asked))
    page = Paginator(rows.order_by("letter__school__sort_name", "extra", "pk"), _PAGE).get_page(request.GET.get("page"))
    nobody = BriefingLetter.objects.visible_to(user).filter(briefing=found, nobody=True).select_related("school").defer("text", "html")
    return {
        "page": page,
        "total": page.paginator.count,
        "status": status,
        "asked": asked,
        "nobody": list(nobody.order_by("school__sort_name")),
    }


@require_safe
@needs(Permission.KEEP_IN_TOUCH)
def briefing_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """A piece of the page, asked for while it is being sent; the whole page anew when it is."""
    found = _briefing(pk)
    going = reports.going(found, user_of(request))
    response = render(request, "touch/_briefing_progress.html", {"briefing": found, "going": going})
    if found.status != Briefing.Status.SENDING:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@needs(Permission.KEEP_IN_TOUCH)
def briefing_preview(request: HttpRequest, pk: int, urn: int) -> HttpResponse:
    """As one school reads it: now, or as it was sent."""
    found, user, today = _briefing(pk), user_of(request), clock.today()
    school = get_object_or_404(School.objects.visible_to(user), urn=urn)
    sent = BriefingLetter.objects.filter(briefing=found, school=school).first() if found.made_at else None
    if sent:
        text, html = sent.text, sent.html
        to = [letters.Recipient(one.name, one.email, one.role, one.extra) for one in sent.mails.order_by("extra", "pk")]
        context: dict[str, Any] = {"to": to}
    else:
        authority = Authority.objects.get()
        figures = Figures(today=today, authority=authority)
        text, html = letters.render(found, school, figures.of(school), authority, home=site(request))
        context = {
            "who": letters.recipients(team.of_schools([school.pk], day=found.day)[school.pk], letters.who_left([school.pk])[school.pk])
        }
        context["to"] = context["who"].to
    context |= {"briefing": found, "school": school, "sent": sent, "text": text, "html": _inner(html)}
    return render(request, "touch/briefing_preview.html", context)


def _inner(html: str) -> str:
    """On a page of ours a letter's headings stand below the page's own."""
    for level, lower in (("h2", "h3"), ("h1", "h2")):
        html = html.replace(f"<{level}>", f"<{lower}>").replace(f"</{level}>", f"</{lower}>")
    return html


@require_POST
@needs(Permission.KEEP_IN_TOUCH)
def briefing_test(request: HttpRequest, pk: int, urn: int) -> HttpResponse:
    found, user = _briefing(pk), user_of(request)
    school = get_object_or_404(School.objects.visible_to(user), urn=urn)
    try:
        actions.send_test(by=user, today=clock.today(), briefing=found, school=school, site=site(request))
    except TouchProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"The letter of {school.name} was sent to {user.email}, and to nobody else.")
    return redirect("briefing_preview", pk=pk, urn=urn)


@require_POST
@needs(Permission.SEND_BRIEFINGS)
def briefing_go(request: HttpRequest, pk: int) -> HttpResponse:
    version = number(request.POST.get("version", ""))
    found = _briefing(pk)
    asked = {"by": user_of(request), "today": clock.today(), "now": clock.now(), "site": site(request)}
    try:
        gone = actions.let_go(briefing=found, version=version, **asked)
    except TouchProblem as problem:
        messages.error(request, str(problem))
    else:
        day = f"{gone.day:%A} {gone.day.day} {gone.day:%B}"
        on_its_day = f"It goes on {day} in the morning. Until then you can take it back."
        messages.success(request, on_its_day if gone.status == Briefing.Status.APPROVED else "It is on its way to every school.")
    return redirect("briefing", pk=pk)


@require_POST
@needs(Permission.SEND_BRIEFINGS)
def briefing_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        actions.take_back(by=user_of(request), now=clock.now(), briefing=_briefing(pk))
    except TouchProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "It is a draft again.")
    return redirect("briefing", pk=pk)


@require_POST
@needs(Permission.SEND_BRIEFINGS)
def briefing_again(request: HttpRequest, pk: int) -> HttpResponse:
    tried = actions.send_failed_again(by=user_of(request), briefing=_briefing(pk))
    messages.success(request, f"{tried} e-mail{' is' if tried == 1 else 's are'} tried again.")
    return redirect("briefing", pk=pk)


def _mail(request: HttpRequest, pk: int) -> BriefingMail:
    rows = BriefingMail.objects.visible_to(user_of(request)).select_related("letter__school", "letter__briefing")
    return get_object_or_404(rows, pk=pk)


@require_POST
@needs(Permission.KEEP_IN_TOUCH)
def briefing_mail_again(request: HttpRequest, pk: int) -> HttpResponse:
    found = _mail(request, pk)
    actions.send_again(by=user_of(request), now=clock.now(), mail=found)
    messages.success(request, f"The e-mail to {found.email} is tried again.")
    return redirect("briefing", pk=found.letter.briefing_id)


@needs(Permission.KEEP_IN_TOUCH)
def briefing_bounced(request: HttpRequest, pk: int) -> HttpResponse:
    found = _mail(request, pk)
    form = BouncedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.mark_bounced(by=user_of(request), now=clock.now(), mail=found, **form.cleaned_data)
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Written down: the e-mail to {found.email} came back. Correct the address in the directory.")
            return redirect("briefing", pk=found.letter.briefing_id)
    return render(request, "touch/briefing_bounced.html", {"form": form, "mail": found})


@needs(Permission.KEEP_IN_TOUCH)
def briefing_report(request: HttpRequest) -> HttpResponse:
    """What a mail server sent back, read."""
    form = ReportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            mail = actions.take_report(by=user_of(request), now=clock.now(), raw=form.cleaned_data["file"].read())
        except TouchProblem as problem:
            form.add_error("file", str(problem))
        else:
            messages.success(request, f"Written down: the e-mail to {mail.email} came back. {mail.error}")
            return redirect("briefing", pk=mail.letter.briefing_id)
    return render(request, "touch/briefing_report.html", {"form": form})


@require_safe
@needs(Permission.READ_GUIDANCE)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """What a school was sent, for its own people and its officer."""
    rows = BriefingLetter.objects.visible_to(user_of(request)).select_related("briefing", "school")
    found = get_object_or_404(rows, pk=pk)
    return render(request, "touch/letter.html", {"letter": found, "html": _inner(found.html)})


@csrf_exempt  # a mail program posts here by itself (RFC 8058); the signed link is what lets it
@require_http_methods(["GET", "HEAD", "POST"])
def briefing_leave(request: HttpRequest, token: str) -> HttpResponse:
    """Leave the briefings of a school, or come back, by a link that only its reader has. A look alone changes nothing."""
    meant = letters.of_token(token)
    school = School.objects.filter(pk=meant[0]).first() if meant else None
    if meant is None or school is None:
        return render(request, "touch/leave_not_ours.html", status=410)
    email = meant[1]
    if request.method == "POST":
        if request.POST.get("do") == "back":
            actions.come_back(by=None, now=clock.now(), school=school, email=email)
        else:
            actions.leave(now=clock.now(), school=school, email=email)
        if request.POST.get("List-Unsubscribe") == "One-Click":
            return HttpResponse("You receive no more briefings.", content_type="text/plain")  # RFC 8058, 3.1: it follows no redirect
        return redirect("briefing_leave", token=token)
    gone = NoBriefing.objects.filter(school=school, email__iexact=email, back_at=None).exists()
    return render(request, "touch/leave.html", {"school": school, "email": email, "gone": gone, "token": token})


@require_safe
@needs(Permission.KEEP_IN_TOUCH)
def left(request: HttpRequest) -> HttpResponse:
    """Who asked for no more briefings."""
    schools = School.objects.visible_to(user_of(request)).values("pk")
    rows = NoBriefing.objects.filter(school__in=schools, back_at=None).select_related("school").order_by("school__sort_name", "email")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    return render(request, "touch/left.html", {"page": page, "total": page.paginator.count})


@require_POST
@needs(Permission.KEEP_IN_TOUCH)
def left_undo(request: HttpRequest, pk: int) -> HttpResponse:
    schools = School.objects.visible_to(user_of(request)).values("pk")
    found = get_object_or_404(NoBriefing.objects.filter(school__in=schools).select_related("school"), pk=pk)
    actions.come_back(by=user_of(request), now=clock.now(), school=found.school, email=found.email)
    messages.success(request, f"{found.email} receives the briefings of {found.school.name} again.")
    return redirect("briefings_left")
