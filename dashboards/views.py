"""The pages people work from: home, schools, pupils at risk, a pupil, search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import etag, require_safe

from dashboards import brand
from schools.models import Authority


def _brand_etag(request: HttpRequest) -> str:
    return f'"{brand.version(Authority.objects.first())}"'


@require_safe
@etag(_brand_etag)
def brand_stylesheet(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(brand.stylesheet(Authority.objects.first()), content_type="text/css; charset=utf-8")
    answer["Cache-Control"] = "public, max-age=31536000, immutable" if "v" in request.GET else "no-cache"
    return answer


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboards/home.html", {})
