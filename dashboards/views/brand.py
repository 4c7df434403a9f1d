"""The authority's colours. Open to everybody: the sign-in page wears them too."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import etag, require_safe

from dashboards import brand
from schools.models import Authority


def _etag(request: HttpRequest) -> str:
    return f'"{brand.version(Authority.objects.first())}"'


@require_safe
@etag(_etag)
def stylesheet(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(brand.stylesheet(Authority.objects.first()), content_type="text/css; charset=utf-8")
    answer["Cache-Control"] = "public, max-age=31536000, immutable" if "v" in request.GET else "no-cache"
    return answer
