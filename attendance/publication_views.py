"""Publishing a term's ratings to the schools, what one school was told, and the values of the rule with what they would change."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import publishing, rating_bands
from attendance import ratings as actions
from attendance.models import Publication, PublishedRating
from attendance.rating_forms import BandsForm, PublishForm, TakeBackForm, read_term, term_choices, term_key
from attendance.ratings import RatingProblem
from schools.forms.fields import show
from schools.models import PolicyValue

_PER_PAGE = 25  # each with its reasons


@needs(Permission.RATE_SCHOOLS)
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest) -> HttpResponse:
    """What every school would be told of a term; told to all of them in one act."""
    today = clock.today()
    choices = dict(term_choices(today))
    asked = request.GET.get("term", "")
    year, term = read_term(asked) if asked in choices else actions.term_of(today)
    form = PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = publishing.publish(by=user_of(request), now=clock.now(), year=year, term=term, **form.cleaned_data)
        except RatingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"The ratings of {done.term_name} are published. Each school’s contact sees their own.")
            return redirect(f"{reverse('ratings')}?term={term_key(year, term)}")
    found = publishing.preview(year, term)
    again = PublishForm(initial={"seen": found.seen})  # after a refusal too: what is sent next is what this page shows
    context = {
        "form": form,
        "again": again,
        "found": found,
        "page": Paginator(found.rows, _PER_PAGE).get_page(request.GET.get("page")),
        "term_name": choices[term_key(year, term)],
        "term_key": term_key(year, term),
        "before": list(
            Publication.objects.filter(year=year, term=term).exclude(end="").select_related("by", "ended_by").order_by("-at")[:10]
        ),
    }
    return render(request, "attendance/ratings_publish.html", context)


@needs(Permission.RATE_SCHOOLS)
@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Publication.objects.select_related("by"), pk=pk)
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            publishing.take_back(by=user_of(request), now=clock.now(), publication=found, reason=form.cleaned_data["reason"])
        except RatingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"The ratings of {found.term_name} are taken back. No school sees them now.")
            return redirect(f"{reverse('ratings')}?term={term_key(found.year, found.term)}")
    return render(request, "attendance/ratings_take_back.html", {"form": form, "publication": found})


@needs(Permission.SEE_PUBLISHED_RATINGS)
@require_safe
def published(request: HttpRequest, pk: int) -> HttpResponse:
    """What a school was told, and what a person made of it since. For the school, and for those who speak with it."""
    seen = PublishedRating.objects.visible_to(user_of(request)).with_colour()
    mine = seen.select_related("rating__school", "publication", "moderation")
    found = get_object_or_404(mine, pk=pk)
    since = list(found.rating.moderations.filter(at__gt=found.publication.at).order_by("-at", "-pk"))
    others = mine.filter(rating__school=found.rating.school).order_by("-rating__year", "-rating__term")
    context = {
        "told": found,
        "rating": found.rating,
        "since": since,
        "moderations": [*since, *([found.moderation] if found.moderation else [])],
        "others": list(others),
    }
    return render(request, "attendance/rating_published.html", context)


@needs(Permission.SET_POLICY)
@require_http_methods(["GET", "POST"])
def bands(request: HttpRequest) -> HttpResponse:
    """The values of the rating rule. What others would change is shown first, and nothing is written until they are set."""
    today = clock.today()
    form = BandsForm(request.POST or None, values=PolicyValue.objects.in_force(today).values, initial={"start": today})
    preview = None
    if request.method == "POST" and form.is_valid():
        values, start = form.values, form.cleaned_data["start"]
        try:
            rating_bands.check(values, start, today=today)
            if "set" in request.POST:
                rating_bands.set_values(
                    by=user_of(request),
                    today=today,
                    now=clock.now(),
                    values=values,
                    start=start,
                    reason=form.cleaned_data["reason"],
                    seen=form.cleaned_data["seen"],
                )
                messages.success(request, f"Set from {start:%-d %B %Y}. Ratings made from then on use these values.")
                return redirect(f"{reverse('policy')}#rag_red_tenths")
        except RatingProblem as problem:
            show(form, problem)
            preview = rating_bands.preview(values, start) if problem.field is None else None
        else:
            preview = rating_bands.preview(values, start)
        if preview:
            form.saw(preview.seen)
    return render(request, "attendance/rating_bands.html", {"form": form, "preview": preview})
