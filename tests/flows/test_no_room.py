"""The disk is full while a file is being received: the kernel itself refuses to write, wherever the file has come by then."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from attendance.imports.receive import NO_ROOM
from attendance.models import Extract, Register
from schools.models import School
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

LINE = b"999801,Z999900115001,2026-11-16,AM,/\n"


@contextmanager
def room_for(number: int) -> Iterator[None]:
    """No file of this process may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (number, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("held_in_memory", [True, False], ids=["refused when it is put away", "refused while it comes in"])
def test_a_file_there_is_no_room_for_is_refused_with_the_reason(
    contact_a_client: Client, school_a: School, settings: Any, held_in_memory: bool
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10_000_000 if held_in_memory else 0
    content = b"URN,UPN,Date,Session,Mark\n" + LINE * 20_000
    form = contact_a_client.get(reverse("school_upload", args=[school_a.urn])).context["form"]
    sent = {"file": SimpleUploadedFile("marks.csv", content), "form_token": form["form_token"].value()}
    with room_for(200_000):
        answer = contact_a_client.post(reverse("school_upload", args=[school_a.urn]), sent)
    assert answer.status_code == 200
    assert NO_ROOM in said(answer)
    assert not Extract.objects.exists()
    assert not Register.objects.exists()
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []

    # room again: the same file from the same page
    sent = {"file": SimpleUploadedFile("marks.csv", content), "form_token": answer.context["form"]["form_token"].value()}
    assert contact_a_client.post(reverse("school_upload", args=[school_a.urn]), sent).status_code == 302
    assert Extract.objects.get().size == len(content)
