"""Making papers, in a worker. Whoever holds a paper holds it by its database session; a killed worker's is taken up by the sweep.

Profiles, or packs, of all schools are made and kept one by one, each in its own transaction, so what a killed worker had made is not made
again; the zip is put together when all are there, beside the place where it is kept, and named when it is whole.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from typing import IO

from django.core.files.storage import default_storage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.text import slugify

from attendance import suppression
from attendance.downloads import Workbook
from attendance.reports.national import Comparators, comparators
from attendance.tables import Hidden
from dashboards.models import Paper, PaperFile
from dashboards.pack import printed
from dashboards.papers import blocks, figures, profile, report
from dashboards.papers.blocks import Contents
from dashboards.papers.drawing import drawn
from dashboards.papers.figures import OfTerm
from meetings.models import Meeting
from schools import kept, orders, printing
from schools.models import Authority, School

LOCK = 7306  # first key of the advisory locks on papers
_PDF, _XLSX, _ZIP = PaperFile.Form.PDF, PaperFile.Form.XLSX, PaperFile.Form.ZIP


def make_paper(paper_id: int, *, now: dt.datetime) -> Paper | None:
    """Make a paper that was asked for; None where it is done, or in other hands."""
    rows = Paper.objects.select_related("school", "meeting")
    return orders.carry_out(rows, paper_id, lock=LOCK, make=lambda paper: _make(paper, now))


def forgotten() -> list[int]:
    return orders.forgotten(Paper.objects.all(), LOCK)


def _make(paper: Paper, now: dt.datetime) -> None:
    if paper.kind in (Paper.Kind.PACK, Paper.Kind.PACKS):
        _make_pack(paper, now)
        return
    found = figures.of_term(paper.term_of, paper.as_at)
    if paper.kind == Paper.Kind.PROFILES:
        _every_profile(paper, found, now)
    elif paper.kind == Paper.Kind.PROFILE:
        _keep(paper, {_PDF: _profile(paper, found, comparators(), _hidden(paper, found))}, _reach(paper, found), now)
    else:
        said = report.contents(paper, found)
        _keep(paper, {_PDF: _pdf(said, "report"), _XLSX: _workbook(said)}, found.reach, now)


def _make_pack(paper: Paper, now: dt.datetime) -> None:
    if paper.kind == Paper.Kind.PACK:
        made, reach = printed.pack(paper)
        _keep(paper, {_PDF: made}, reach, now)
        return
    every = printed.of_term(paper)
    parts = {school.pk: _part(paper, school, Paper.Kind.PACK, meeting) for school, meeting in every}
    _every(paper, parts, printed.pack, None, now)


def _profile(paper: Paper, found: OfTerm, known: Comparators, hidden: Hidden | None) -> bytes:
    return _pdf(profile.contents(paper, found, known, hidden), "profile")


def _hidden(paper: Paper, found: OfTerm) -> Hidden | None:
    return found.kept_back(paper.least) if paper.publish else None


@transaction.atomic
def _keep(paper: Paper, files: dict[str, bytes], reach: dt.date | None, now: dt.datetime) -> None:
    for form, made in files.items():
        _attach(paper, form, kept.keep("papers", io.BytesIO(made), f".{form}"))
    _finish(paper, reach, now)


def _attach(paper: Paper, form: str, file: kept.Kept) -> None:
    PaperFile.objects.create(paper=paper, form=form, stored=file.name, sha256=file.sha256, size=file.size)


def _reach(paper: Paper, found: OfTerm) -> dt.date | None:
    latest = found.of(paper.school).latest if paper.school else None
    return latest.date if latest else None


def _finish(paper: Paper, reach: dt.date | None, now: dt.datetime) -> None:
    paper.status, paper.made_at, paper.error, paper.reach = Paper.Status.MADE, now, "", reach
    paper.save()


def _every_profile(paper: Paper, found: OfTerm, now: dt.datetime) -> None:
    hidden, known = _hidden(paper, found), comparators()
    parts = {one.school.pk: _part(paper, one.school, Paper.Kind.PROFILE) for one in found.schools}
    _every(paper, parts, lambda part: (_profile(part, found, known, hidden), _reach(part, found)), found.reach, now)


Made = tuple[bytes, dt.date | None]  # a PDF, and the last day of the registers it was made from


def _every(paper: Paper, parts: Mapping[int, Paper], make: Callable[[Paper], Made], reach: dt.date | None, now: dt.datetime) -> None:
    """Each school's part, those that were made before left as they are; then all of them as one zip."""
    made = set(paper.parts.values_list("school", flat=True))
    paper.total = len(parts.keys() | made)
    paper.save(update_fields=["total"])
    for school, part in parts.items():
        if school in made:
            continue
        pdf, its = make(part)
        with transaction.atomic():
            part.save()
            _keep(part, {_PDF: pdf}, its, now)
            Paper.objects.filter(pk=paper.pk).update(attempts=0)  # it gets on: however often it is stopped, it ends
    latest = reach or max((part.reach for part in paper.parts.all() if part.reach), default=None)
    with tempfile.TemporaryFile() as file:
        _zip(paper, file)
        with transaction.atomic():
            _attach(paper, _ZIP, kept.keep("papers", file, ".zip"))
            _finish(paper, latest, now)


def _part(paper: Paper, school: School, kind: str, meeting: Meeting | None = None) -> Paper:
    """One school's of those of all schools, as its own paper."""
    same = ("year", "term", "audience", "by", "by_name", "asked_at", "as_at", "policy_version", "least")
    return Paper(kind=kind, part_of=paper, school=school, meeting=meeting, **{name: getattr(paper, name) for name in same})


def _zip(paper: Paper, file: IO[bytes]) -> None:
    """PDFs are compressed already: they are only put together."""
    parts = (
        PaperFile.objects.filter(paper__part_of=paper, form=_PDF)
        .select_related("paper__school", "paper__meeting")
        .order_by("paper__school__sort_name")
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as folder:
        for part in parts:
            with default_storage.open(part.stored) as content:
                folder.writestr(_dated(name_of(part.paper, "pdf"), paper.as_at), content.read())


def _dated(name: str, day: dt.date) -> zipfile.ZipInfo:
    """An entry with the day of the paper, so that the same files make the same zip."""
    return zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))


def name_of(paper: Paper, form: str) -> str:
    """Of a file as it is handed over."""
    what = f"{slugify(paper.school.name)}-{paper.school.urn}" if paper.school else slugify(paper.get_kind_display())
    of = f"meeting-{paper.meeting.day.isoformat()}" if paper.meeting else slugify(paper.term_of.name.replace("/", "-"))
    pack = "pack-" if paper.kind == Paper.Kind.PACK else ""
    for_whom = "-for-publishing" if paper.publish else "-for-the-school" if pack and paper.audience == Paper.Audience.SCHOOL else ""
    return f"{what}-{pack}{of}{for_whom}.{form}"


def _pdf(said: Contents, look: str) -> bytes:
    authority = Authority.objects.filter(pk=1).first()
    colour = authority.colour if authority else "#0b0c0c"
    css = render_to_string("dashboards/papers/paper.css", {"colour": colour, "look": look})
    return printing.pdf(html(said, look), css)


def html(said: Contents, look: str) -> str:
    """What is printed."""
    return render_to_string(
        "dashboards/papers/paper.html",
        {
            "said": said,
            "look": look,
            "blocks": [blocks.printed(block) for block in said.blocks],
            "chart": drawn(said.chart) if said.chart else "",
            "why": suppression.why(said.least) if said.least else "",
            "authority": Authority.objects.filter(pk=1).first(),
        },
    )


def _workbook(said: Contents) -> bytes:
    book = Workbook()
    for block in said.blocks:
        book.add(*blocks.sheet(block))
    words = [said.title, said.subtitle, *said.about, *said.summary, *said.missing, *said.sources]
    if said.least:
        words.append(suppression.why(said.least))
    book.add("About", ["About this workbook"], [[word] for word in [*words, "x: not known."]])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
