"""Who works with which school; and school contacts in bulk."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import clock, invitations
from accounts.access import needs
from accounts.permissions import Permission
from schools.actions import contacts as contacts_actions
from schools.actions import postings as actions
from schools.actions.postings import PostingProblem
from schools.forms.administration import ContactsForm, EndPostingForm, GivePostingForm, PostingFilter
from schools.forms.fields import show
from schools.importers import contacts
from schools.importers.table import UnreadableTable
from schools.models import Posting
from schools.reports import schools_without_contact


@needs(Permission.MANAGE_POSTINGS)
def postings(request: HttpRequest) -> HttpResponse:
    form = PostingFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = Posting.objects.select_related("user", "school").order_by("school__sort_name", "part", "user__name", "start")
    if asked.get("state") == "past":
        found = found.filter(end__lt=clock.today())
    elif asked.get("state") != "all":
        found = found.standing(clock.today())
    if asked.get("part"):
        found = found.filter(part=asked["part"])
    if asked.get("q"):
        found = found.filter(Q(user__name__icontains=asked["q"]) | Q(school__name__icontains=asked["q"]))
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    without = schools_without_contact(today=clock.today())
    return render(request, "schools/postings.html", {"form": form, "page": page, "without": without, "today": clock.today()})


@needs(Permission.MANAGE_POSTINGS)
def posting_give(request: HttpRequest) -> HttpResponse:
    start = {"start": clock.today(), "user": request.GET.get("user"), "schools": request.GET.getlist("school")}
    form = GivePostingForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            given = actions.give_postings(
                by=request.user,  # type: ignore[arg-type]
                today=clock.today(),
                user=asked["user"],
                schools=list(asked["schools"]),
                part=asked["part"],
                start=asked["start"],
                end=asked["end"],
            )
        except PostingProblem as problem:
            show(form, problem)
        else:
            count = len(given)
            already = len(asked["schools"]) - count
            said = f"{asked['user']} is posted to {count} school{'' if count == 1 else 's'}."
            messages.success(request, said + (f" {already} posted already." if already else ""))
            return redirect("postings")
    return render(request, "schools/posting_give.html", {"form": form})


@needs(Permission.MANAGE_POSTINGS)
def posting_end(request: HttpRequest, pk: int) -> HttpResponse:
    posting = get_object_or_404(Posting.objects.select_related("user", "school"), pk=pk)
    form = EndPostingForm(request.POST or None, initial={"end": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_posting(by=request.user, today=clock.today(), posting=posting, end=form.cleaned_data["end"])  # type: ignore[arg-type]
        except PostingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{posting.user} works with {posting.school} until {posting.end:%-d %B %Y}.")
            return redirect("postings")
    return render(request, "schools/posting_end.html", {"form": form, "posting": posting})


@needs(Permission.MANAGE_USERS)
def school_contacts(request: HttpRequest) -> HttpResponse:
    """A file is looked at line by line; what it would do is shown, and done when confirmed."""
    form = ContactsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = contacts.read(form.cleaned_data["file"].read())
        except UnreadableTable as problem:
            form.add_error("file", str(problem))
        else:
            plan = contacts_actions.plan(found.rows, today=clock.today())
            wrong = sorted(found.problems + plan.problems, key=lambda problem: problem.line)
            return render(
                request, "schools/school_contacts_preview.html", {"lines": plan.lines, "problems": wrong, "text": _text(plan.lines)}
            )
    without = schools_without_contact(today=clock.today())
    return render(request, "schools/school_contacts.html", {"form": form, "without": without})


def _text(lines: list[contacts_actions.Planned]) -> str:
    """The good lines once more as a file, for the confirmation to send back: it is read and checked again there."""
    rows = [f"{line.row.urn}\t{line.row.name}\t{line.row.email}\t{line.row.part}" for line in lines]
    return "\n".join(["urn\tname\temail\tpart", *rows])


@needs(Permission.MANAGE_USERS)
@require_POST
def school_contacts_confirm(request: HttpRequest) -> HttpResponse:
    try:
        found = contacts.read(request.POST.get("text", "").encode())
    except UnreadableTable as problem:
        messages.error(request, str(problem))
        return redirect("school_contacts")
    plan = contacts_actions.plan(found.rows, today=clock.today())
    invited = contacts_actions.load_contacts(by=request.user, today=clock.today(), now=clock.now(), lines=plan.lines)  # type: ignore[arg-type]
    unsent = [user.email for user in invited if not invitations.send(request, user)]
    posted = sum(not line.posted for line in plan.lines)
    messages.success(
        request,
        f"{len(invited)} {'person' if len(invited) == 1 else 'people'} invited, {posted} posting{'' if posted == 1 else 's'} given.",
    )
    if unsent:
        messages.warning(request, f"These emails could not be sent; send the invitations again later: {', '.join(unsent)}.")
    return redirect("school_contacts")
