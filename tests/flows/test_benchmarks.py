"""manage.py import_benchmarks: newer figures lie over those that are shipped, once, and a wrong file is answered in words."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from attendance.benchmarks import known, shipped
from attendance.benchmarks.figures import ENGLAND
from attendance.models import PublishedFigure, StatisticalNeighbour
from attendance.reports.national import comparators

pytestmark = pytest.mark.django_db

HEADER = (
    "time_period,geographic_level,region_name,old_la_code,la_name,education_phase,overall_absence_perc,unauthorised_absence_perc,pa_perc\n"
)
NEXT_YEAR = (
    HEADER
    + "202627,National,,,,Secondary,7.1,2.6,22.5\n"
    + "202627,Local authority,North West,343,Sefton,Secondary,9.1,3.9,27.5\n"
    + "202627,Local authority,North West,344,Wirral,Secondary,c,c,c\n"
    + "202627,Local authority,South West,951,New Unitary,Secondary,8.0,3.0,24.0\n"
)


def run(*files: Path, fails: bool = False, **options: Any) -> str:
    out = io.StringIO()
    if fails:
        with pytest.raises(CommandError):
            call_command("import_benchmarks", *map(str, files), stdout=out, **options)
    else:
        call_command("import_benchmarks", *map(str, files), stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def next_year(tmp_path: Path) -> Path:
    file = tmp_path / "ytd.csv"
    file.write_text(NEXT_YEAR)
    return file


def test_newer_figures_are_known_from_then_on(next_year: Path) -> None:
    said = run(next_year, published=dt.date(2026, 12, 3))
    assert said.startswith("ytd.csv: attendance for the year to date, 4 rows added, 0 changed, 0 known already. 3 figures withheld")
    found = [f for f in known.of_areas(["343"])["343"] if f.year == 2026]
    assert [(f.absence, f.persistent, f.last) for f in found] == [(Decimal("9.1"), Decimal("27.5"), dt.date(2026, 11, 20))]
    assert [f.value("absence") for f in known.of_areas(["344"])["344"] if f.year == 2026] == [None]
    assert known.places().areas["951"].name == "New Unitary"
    assert known.places().areas["951"].region == "990"
    assert AuditEvent.objects.filter(act="imported benchmarks").count() == 1


def test_the_same_file_twice_changes_nothing(next_year: Path) -> None:
    run(next_year, published=dt.date(2026, 12, 3))
    before = list(PublishedFigure.objects.order_by("pk").values())
    found = json.loads(run(next_year, published=dt.date(2026, 12, 3), json=True))
    assert (found["added"], found["changed"], found["unchanged"]) == (0, 0, 4)
    assert list(PublishedFigure.objects.order_by("pk").values()) == before
    assert AuditEvent.objects.filter(act="imported benchmarks").count() == 1


def test_what_is_shipped_is_known_already_and_takes_no_room() -> None:
    names = ("year_to_date_2024_2026.csv.gz", "severe_absence_2016_2025.csv.gz", "statistical_neighbours_2025_05.csv.gz")
    files = [shipped.DATA / name for name in names]
    for line in run(*files, json=True).splitlines():
        found = json.loads(line)
        assert (found["added"], found["changed"], found["rejected"]) == (0, 0, [])
        assert found["unchanged"] > 1500
    run(shipped.FULL_YEAR, published=shipped.FULL_YEAR_PUBLISHED)
    assert not PublishedFigure.objects.exists()
    assert not StatisticalNeighbour.objects.exists()


def test_a_figure_that_was_put_right_stands_in_place_of_the_one_shipped(tmp_path: Path) -> None:
    file = tmp_path / "again.csv"
    file.write_text(HEADER.replace("pa_perc", "pa_perc,snapshot") + "202526,National,,,,Primary,5.30,1.60,13.90,2026-07-23\n")
    before = comparators().national("primary")
    assert "1 changed" in run(file)
    primary = next(f for f in known.of_england() if f.phase == "primary" and f.published == dt.date(2026, 7, 23))
    assert (primary.absence, primary.persistent) == (Decimal("5.3"), Decimal("13.9"))
    assert before is not None
    after = comparators().national("primary")
    assert after is not None
    assert (before.absence_pct, after.absence_pct) == (5.277, 5.3)


def test_ratings_are_made_beside_what_was_imported(next_year: Path) -> None:
    """Next autumn's comparator comes in by the command: nobody edits a file of the program."""
    day = dt.date(2027, 11, 19)
    assert comparators().same_point("secondary", day) is None
    run(next_year, published=dt.date(2026, 12, 3))
    found = comparators().same_point("secondary", day)
    assert found is not None
    assert (found.absence_pct, found.last) == (Decimal("7.10"), dt.date(2026, 11, 20))
    assert comparators().national("secondary").period == "8 September 2025 to 10 July 2026"  # type: ignore[union-attr]


def test_a_newer_list_of_neighbours_replaces_the_older_whole(tmp_path: Path) -> None:
    file = tmp_path / "sn.csv"
    lines = [f"343,{rank},{code},Close,2027-05" for rank, code in enumerate(("340", "341", "344"), 1)]
    file.write_text("la_code,rank,neighbour_la_code,closeness,edition\n" + "\n".join(lines))
    assert "3 rows added" in run(file)
    edition, found = known.neighbours("343")
    assert (edition, [n.neighbour for n in found]) == ("2027-05", ["340", "341", "344"])
    assert len(known.neighbours("340")[1]) == 10  # of whom the newer list says nothing: the older stands
    assert "0 rows added, 0 changed, 3 known already" in run(file)
    file.write_text(file.read_text().replace("344", "x44"))
    assert "taken whole or not at all" in run(file, fails=True)
    assert len(known.neighbours("343")[1]) == 3


def test_files_that_are_none_are_told_by_name_and_the_others_are_loaded(next_year: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("URN,Name\n1,x\n")
    said = run(wrong, tmp_path / "missing.csv", next_year, published=dt.date(2026, 12, 3), fails=True).splitlines()
    assert said[0].startswith("wrong.csv was not loaded. This is none of the files that Daymark knows")
    assert said[1] == "missing.csv was not loaded. There is no such file."
    assert said[2].startswith("ytd.csv: ")
    assert PublishedFigure.objects.filter(area=ENGLAND).count() == 1


def test_a_file_of_which_nothing_can_be_used_says_so(tmp_path: Path) -> None:
    file = tmp_path / "weekly.csv"
    file.write_text("time_period,time_identifier,geographic_level,phase,overall_absence_perc\n202627,Week 46,National,Primary,5\n")
    assert "No row of it could be used" in run(file, published=dt.date(2026, 12, 3), fails=True)
