"""A child with two parents and marks, and the templates that Daymark comes with, for tests about letters."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from django.core.files.storage import default_storage
from pypdf import PdfReader

from accounts import clock
from accounts.models import User
from casework.actions import letter_templates, letters
from casework.letters import making
from casework.models import Letter, TemplateVersion
from schools.models import Parent, Pupil, School
from tests import factories

TODAY = dt.date(2026, 11, 20)


def child(school: School, surname: str = "Example", marks: str = r"/\ OO /\ OO /\ ", **fields: Any) -> Pupil:
    """On roll since September; of the week of 9 November 4 of 10 sessions missed without authority, unless other marks are given: of two
    weeks at most from then, of more from 19 October on."""
    pupil = factories.make_pupil(surname, "Robin", **fields)
    first = dt.date(2026, 11, 9) if len(marks.split()) <= 10 else dt.date(2026, 10, 19)
    factories.write_marks(factories.enrol(pupil, school, start=dt.date(2026, 9, 1)), first, marks)
    return pupil


def parents(pupil: Pupil) -> tuple[Parent, Parent]:
    """Pat and Kim, who live apart."""
    return (
        factories.make_parent(pupil, forename="Pat", address="1 Mill Lane, Merebrook", postcode="MB1 1AA"),
        factories.make_parent(pupil, forename="Kim", address="9 Far Road, Merebrook", postcode="MB9 9ZZ"),
    )


def template(name: str = "First concern") -> TemplateVersion:
    letter_templates.begin(by=None, today=dt.date(2026, 9, 1), now=clock.now())
    return TemplateVersion.objects.select_related("template").get(template__name=name)


def write(by: User, pupil: Pupil, *to: Parent, method: str = "post", **more: Any) -> list[Letter]:
    version = more.pop("version", None) or template()
    chosen = {parent.pk: method for parent in to}
    return letters.write_letters(by=by, today=TODAY, now=clock.now(), pupil=pupil, version=version, chosen=chosen, **more)


def made(letter: Letter) -> Letter:
    done = making.make_letter(letter.pk, now=clock.now())
    assert done is not None
    assert done.status == "made", done.error
    return done


def text_of(stored: str) -> str:
    """What a PDF says, as one line."""
    with default_storage.open(stored) as file:
        return read(file.read())


def read(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def pages_of(stored: str) -> list[str]:
    with default_storage.open(stored) as file:
        return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(file.read())).pages]
