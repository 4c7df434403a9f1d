"""`watch_registers`: files that arrive by themselves are loaded once they are whole, and put away with what became of them."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from attendance.models import Extract, Load
from config.management.commands import watch_registers
from schools.models import Enrolment, School
from tests.factories import enrol, make_pupil
from tests.flows.extracts import MONDAY, marks_of, weeks_text

pytestmark = pytest.mark.django_db

WEEK = r"/\/\II/\OO"
OPTIONS = {"school": None, "source": "upload", "as_at": None, "create_pupils": False, "dry_run": False, "queue": False}


@pytest.fixture
def bo(school_a: School) -> Enrolment:
    return enrol(make_pupil("Sample", "Bo"), school_a)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def week_of(enrolment: Enrolment, marks: str = WEEK) -> str:
    return weeks_text([(enrolment.school.urn, enrolment.pupil.upn or "", MONDAY, marks)])


def watch(folder: Path) -> list[str]:
    out = io.StringIO()
    call_command("watch_registers", str(folder), once=True, every=0, stdout=out)
    return out.getvalue().splitlines()


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")}


def test_loaded_and_put_away_with_a_receipt(drop: Path, bo: Enrolment) -> None:
    (drop / "nightly.csv").write_text(week_of(bo))
    (drop / "notes.csv").write_text("no register at all\n")
    (drop / "later.csv.part").write_text("half of")
    (drop / ".hidden.csv").write_text(week_of(bo))
    lines = watch(drop)
    assert len(lines) == 2
    assert "nightly.csv: loaded: 1 row; marks: 10 new" in lines[0]
    assert "notes.csv: not loaded." in lines[1]
    assert names(drop) == {
        "done/nightly.csv", "done/nightly.csv.txt", "done/nightly.csv.json",
        "failed/notes.csv", "failed/notes.csv.txt", "failed/notes.csv.json", "later.csv.part",
    }  # fmt: skip
    assert marks_of(bo) == WEEK
    receipt = json.loads((drop / "done/nightly.csv.json").read_text())
    assert (receipt["status"], receipt["marks_set"], receipt["file"]) == ("loaded", 10, str(drop / "done/nightly.csv"))
    assert (drop / "done/nightly.csv.json").stat().st_mode & 0o077 == 0
    assert watch(drop) == []


def test_rows_that_came_back_are_named_in_the_receipt(drop: Path, bo: Enrolment) -> None:
    (drop / "nightly.csv").write_text(week_of(bo, r"/\/\I?/\OO"))
    watch(drop)
    assert "Line 2, WeekMarks: " in (drop / "done/nightly.csv.txt").read_text()


def test_the_same_name_every_night_overwrites_nothing(drop: Path, bo: Enrolment) -> None:
    for marks in (WEEK, WEEK, r"/\/\/\/\OO"):
        (drop / "nightly.csv").write_text(week_of(bo, marks))
        watch(drop)
    assert {name for name in names(drop) if name.endswith(".csv")} == {"done/nightly.csv", "done/nightly-2.csv", "done/nightly-3.csv"}
    assert marks_of(bo) == r"/\/\/\/\OO"
    assert list(Load.objects.order_by("pk").values_list("marks_set", "marks_amended")) == [(10, 0), (0, 0), (0, 2)]


def test_a_file_that_still_grows_is_not_touched(drop: Path, bo: Enrolment, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop / "nightly.csv"
    path.write_text(week_of(bo)[:40])
    looked = watch_registers.looks

    def growing(folder: Path) -> Any:
        found = looked(folder)
        with path.open("a") as file:
            file.write("x")
        return found

    monkeypatch.setattr(watch_registers, "looks", growing)
    assert watch(drop) == []
    assert path.exists()
    assert not Extract.objects.exists()


def test_stopped_after_the_load_and_before_the_file_was_put_away(drop: Path, bo: Enrolment) -> None:
    (drop / "nightly.csv").write_text(week_of(bo))
    call_command("import_register", str(drop / "nightly.csv"), stdout=io.StringIO())
    (line,) = watch(drop)
    assert "nothing new, so nothing was changed" in line
    assert "done/nightly.csv" in names(drop)


def test_what_is_not_the_files_fault_leaves_it_there(drop: Path, bo: Enrolment, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop / "nightly.csv"
    path.write_text(week_of(bo))

    def away(*_: object) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(watch_registers, "attempt", away)
    (line,) = watch(drop)
    assert "left for the next look" in line
    assert names(drop) == {"nightly.csv"}


def test_a_file_that_is_replaced_while_it_is_loaded_stays(drop: Path, bo: Enrolment) -> None:
    path = drop / "nightly.csv"
    path.write_text(week_of(bo))
    (_, look) = watch_registers.looks(drop).popitem()
    os.utime(path, ns=(1, 1))
    assert "changed while it was loaded" in watch_registers.put_away(path, look, OPTIONS)
    assert path.exists()


def test_one_watcher_a_folder(drop: Path, bo: Enrolment) -> None:
    with watch_registers._alone_in(drop), pytest.raises(CommandError, match="Another watcher"):
        watch(drop)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no folder"):
        watch(tmp_path / "nowhere")
