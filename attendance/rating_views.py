"""Ratings: the board of schools and terms, one rating with its reasons, having all schools rated, and moderating."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import downloads, matrix, publishing, rating_table, supply
from attendance import ratings as actions
from attendance.downloads import Wanted
from attendance.imports.progress import last_report
from attendance.models import PublishedRating, Rating, RatingQuerySet, RatingRun
from attendance.rating_forms import ModerateForm, RatingFilter, RunForm, read_term, term_key
from attendance.rating_table import Row
from attendance.ratings import RatingProblem
from schools.dfe_terms import bounds
from schools.forms.fields import show
from schools.models import Posting, School

PER_PAGE = 50
_WORST_FIRST = {Rating.Colour.RED: 0, Rating.Colour.AMBER: 1, Rating.Colour.GREEN: 2, Rating.Colour.NOT_RATED: 3}


@dataclass(frozen=True, slots=True)
class _Board:
    """The schools and terms that an address asks for."""

    filter: RatingFilter
    term: tuple[int, int]
    columns: list[tuple[int, int]]
    every: list[Row]  # whatever their colour
    rows: list[Row]  # those asked for, in the order asked for


def _board(request: HttpRequest, today: dt.date) -> _Board:
    every_school = School.objects.visible_to(user_of(request)).open_on(today).order_by("sort_name", "pk")
    every_school = every_school.only("urn", "name", "phase", "independent")
    mine = supply.with_supply(every_school, matrix.year_start(matrix.academic_year(today) - 1), today)
    chosen = RatingFilter(request.GET, today=today, queryset=mine)
    term, columns = chosen.term_shown(), actions.terms_begun(today)[::-1]
    every = _rows(request, list(chosen.qs), term, today)
    colour = chosen.chosen.get("colour")
    rows = _sorted([row for row in every if not colour or row.colour == colour], request.GET.get("sort", "name"))
    return _Board(chosen, term, columns, every, rows)


@needs(Permission.SEE_RATINGS)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    today, user = clock.today(), user_of(request)
    found = _board(request, today)
    term, every = found.term, found.every
    may_rate = user.may(Permission.RATE_SCHOOLS)
    page = Paginator(found.rows, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = _with_terms(request, page.object_list, found.columns)
    context = {
        "filter": found.filter,
        "page": page,
        "total": len(found.rows),
        "columns": [_term_name(*column) for column in found.columns],
        "term_name": _term_name(*term),
        "counts": _counts(every),
        "of": len(every),
        "not_supplied": _not_supplied(every, term, today),
        "rated": _latest_rated(every),
        "filtered": found.filter.any_chosen,
        "publication": publishing.standing(*term),
        "term_key": term_key(*term),
        "may_rate": may_rate,
        "sort_default": "name",
        "run_form": RunForm(initial={"term": term_key(*term)}, today=today, auto_id="run_%s") if may_rate else None,
        **_run(may_rate),
    }
    return render(request, "attendance/ratings.html", context)


@needs(Permission.SEE_RATINGS)
@require_safe
def download(request: HttpRequest, form: str) -> HttpResponseBase:
    """The board as a file, for work inside the authority: a school does not see its rating before it is told."""
    if form not in downloads.FORMS or downloads.for_publishing(request):
        raise Http404
    found = _board(request, clock.today())
    rated = _latest_rated(found.every)
    said = [
        f"Absence and reasons are those of {_term_name(*found.term)}."
        + (f" Judged as of {rated.as_at:%-d %B %Y} by policy “{rated.policy_version}”." if rated else ""),
        downloads.filters_in_words(found.filter.form),
        "England: Department for Education, Pupil attendance in schools, state-funded schools, Open Government Licence v3.0.",
    ]
    table = rating_table.of_terms([_term_name(*column) for column in found.columns])
    rows = _with_terms(request, found.rows, found.columns)
    return downloads.send(request, table, rows, Wanted(form, len(rows), said), back="ratings")


def _rows(request: HttpRequest, schools: list[School], term: tuple[int, int], today: dt.date) -> list[Row]:
    """With the ratings of one term. Two queries, however many schools."""
    ids = [school.pk for school in schools]
    ratings = {rating.school_id: rating for rating in _ratings(request, ids).filter(year=term[0], term=term[1])}
    leads = Posting.objects.on(today).filter(school__any_of=ids, part=Posting.Part.LEAD, user__is_active=True)
    officers = dict(leads.order_by("-user__name").values_list("school", "user__name"))
    return [Row(school, [], ratings.get(school.pk), officers.get(school.pk, "")) for school in schools]


def _with_terms(request: HttpRequest, rows: Sequence[Row], columns: list[tuple[int, int]]) -> list[Row]:
    """These rows with their ratings in every term. One query: a page shows some of the schools, and each has many terms."""
    found = _ratings(request, [row.school.pk for row in rows]).filter(year__in={year for year, _ in columns})
    ratings = {(rating.school_id, rating.year, rating.term): rating for rating in found}
    named = [(_term_name(*column), column) for column in columns]
    return [replace(row, cells=[(name, ratings.get((row.school.pk, *column))) for name, column in named]) for row in rows]


def _ratings(request: HttpRequest, schools: list[int]) -> RatingQuerySet:
    """As much of each rating as the board shows."""
    shown = ("school", "year", "term", "colour", "moderated", "colour_now", "absent", "possible", "national_pct", "last", "reasons")
    return Rating.objects.visible_to(user_of(request)).filter(school__any_of=schools).only(*shown, "as_at", "policy_version", "rated_at")


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    """By name as they come; by rating, or by how much worse than England a school is, unknown last either way round."""
    key, down = sort.removeprefix("-"), sort.startswith("-")
    if key not in ("rating", "apart"):
        return rows[::-1] if down else rows

    def rank(row: Row) -> float | None:
        if row.chosen is None:
            return None
        return row.chosen.apart if key == "apart" else _WORST_FIRST[Rating.Colour(row.colour)]

    known = sorted(((value, row) for row in rows if (value := rank(row)) is not None), key=lambda pair: pair[0], reverse=down)
    return [row for _, row in known] + [row for row in rows if rank(row) is None]


def _counts(rows: list[Row]) -> list[tuple[str, str, int]]:
    """Colour, its word, and how many schools have it; those without any rating last, if there are such."""
    found = [(colour, label, sum(row.colour == colour for row in rows)) for colour, label in Rating.Colour.choices]
    without = sum(row.chosen is None for row in rows)
    return [*found, ("none", "None yet", without)] if without else found


def _latest_rated(rows: list[Row]) -> Rating | None:
    return max((row.chosen for row in rows if row.chosen), key=lambda rating: rating.rated_at, default=None)


def _not_supplied(rows: list[Row], term: tuple[int, int], today: dt.date) -> list[supply.Gap]:
    """Schools that supplied no registers at some time of the term: their rating rests on the rest of it, or there is none."""
    span = bounds(*term)
    found = supply.gaps([row.school for row in rows], span[0], min(span[1], today), today=today)
    rated = {row.school.pk for row in rows if row.chosen and row.chosen.possible}
    return [replace(gap, in_part=gap.school.pk in rated) for gap in found]


def _term_name(year: int, term: int) -> str:
    return f"{Rating.Term(term).label} {year}/{(year + 1) % 100:02d}"


def _run(may_rate: bool) -> dict[str, Any]:
    """The run asked for last, for those who may ask for one."""
    run = RatingRun.objects.select_related("by").order_by("-asked_at", "-pk").first() if may_rate else None
    begun = run is not None and run.status == RatingRun.Status.RUNNING
    return {"run": run, "busy": run is not None and run.busy, "progress": last_report(run.pk, "ratings") if run and begun else None}


@needs(Permission.RATE_SCHOOLS)
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """A piece of the board, asked for every second while schools are rated; the whole page anew when they are."""
    context = _run(True)
    response = render(request, "attendance/_rating_run.html", context)
    if not context["busy"]:
        response["HX-Refresh"] = "true"
    return response


@needs(Permission.RATE_SCHOOLS)
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    form = RunForm(request.POST, today=today)
    if not form.is_valid():
        messages.error(request, "Schools can be rated for a term of this year or the last that has begun. Choose one from the list.")
        return redirect("ratings")
    year, term = read_term(form.cleaned_data["term"]) if form.cleaned_data["term"] else actions.term_of(today)
    actions.ask_for_ratings(by=user_of(request), today=today, now=clock.now(), year=year, term=term)
    return redirect(f"{reverse('ratings')}?term={term_key(year, term)}" if (year, term) != actions.term_of(today) else "ratings")


@needs(Permission.SEE_RATINGS)
@require_safe
def rating(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    mine = Rating.objects.visible_to(user).select_related("school")
    found = get_object_or_404(mine, pk=pk)
    context = {
        "rating": found,
        "moderations": list(found.moderations.select_related("by").order_by("-at", "-pk")),
        "others": list(mine.filter(school=found.school).order_by("-year", "-term")),
        "earlier": _earlier(found),
        "may_moderate": user.may(Permission.RATE_SCHOOLS),
        "told": PublishedRating.objects.visible_to(user).filter(rating=found).select_related("publication").first(),
    }
    return render(request, "attendance/rating.html", context)


def _earlier(found: Rating) -> list[Any]:
    """What this rating was before: kept by the database itself on every change, newest first."""
    return list(found.events.order_by("-pgh_id")[:20])  # type: ignore[attr-defined]


@needs(Permission.RATE_SCHOOLS)
@require_http_methods(["GET", "POST"])
def moderate(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = get_object_or_404(Rating.objects.visible_to(user).select_related("school"), pk=pk)
    form = ModerateForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            done = actions.moderate(by=user, today=clock.today(), now=clock.now(), rating=found, **form.cleaned_data)
        except RatingProblem as problem:
            show(form, problem)
            form.renew_version(found.version)
        else:
            messages.success(request, f"{done.school} is rated {done.get_colour_now_display().lower()} for {done.term_name}.")
            return redirect("rating", pk=pk)
    told = PublishedRating.objects.visible_to(user).filter(rating=found).exists()
    return render(request, "attendance/rating_moderate.html", {"form": form, "rating": found, "told": told})
