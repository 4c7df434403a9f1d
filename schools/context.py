"""The authority whose name and colours are on every page."""

from typing import Any

from django.http import HttpRequest

from schools.models import Authority


def authority(request: HttpRequest) -> dict[str, Any]:
    return {"authority": Authority.objects.first()}
