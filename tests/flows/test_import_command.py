"""`import_register`: what it prints, what it leaves behind, and what it exits with."""

import datetime as dt
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import AuditEvent
from attendance.models import Delta, Extract, Load, Register
from schools.models import Enrolment, Pupil
from tests.factories import enrol, make_pupil, valid_upn
from tests.flows.extracts import MONDAY, csv_text, days_text, importing, marks_of, weeks_text

pytestmark = pytest.mark.django_db

WEEK = r"/\/\II/\OO"
KEYS = {
    "file", "sha256", "layout", "status", "error", "rows_read", "rows_rejected", "marks_set", "marks_unchanged", "marks_amended",
    "marks_older", "rows_waiting", "rows_set_aside", "totals_kept", "compared", "rejected", "rejected_file", "pupils", "schools",
}  # fmt: skip


@pytest.fixture
def bo(school_a):
    return enrol(make_pupil("Sample", "Bo"), school_a)


def week_of(enrolment, marks=WEEK, monday=MONDAY):
    return weeks_text([(enrolment.school.urn, enrolment.pupil.upn, monday, marks)])


def test_the_receipt_has_the_promised_keys_and_counts(tmp_path, bo):
    receipt = importing(tmp_path, week_of(bo))
    assert receipt.keys() == KEYS
    assert receipt["status"] == "loaded"
    assert receipt["layout"] == "weeks"
    assert (receipt["rows_read"], receipt["rows_rejected"], receipt["marks_set"]) == (1, 0, 10)
    assert receipt["pupils"] == {"matched": 1, "created": 0, "unmatched": 0}
    assert receipt["error"] is None
    assert marks_of(bo) == WEEK


def test_every_layout_says_the_same(tmp_path, bo):
    urn, upn = bo.school.urn, bo.pupil.upn
    days = [MONDAY + dt.timedelta(days=n) for n in range(5)]
    pairs = [(WEEK[2 * n], WEEK[2 * n + 1]) for n in range(5)]
    sessions = [["URN", "UPN", "Date", "Session", "Mark"]]
    sessions += [
        [urn, upn, day.strftime("%d/%m/%Y"), half, m]
        for day, two in zip(days, pairs, strict=True)
        for half, m in zip(("AM", "PM"), two, strict=True)
    ]
    dates = [["URN", "UPN", *(f"{day:%d/%m/%Y} {half}" for day in days for half in ("AM", "PM"))], [urn, upn, *WEEK]]
    two_lines = [
        ["", "", *(cell for day in days for cell in (f"{day:%a %d %b %Y}", ""))],
        ["URN", "UPN", *["AM", "PM"] * 5],
        [urn, upn, *WEEK],
    ]
    first = importing(tmp_path, week_of(bo))
    assert first["marks_set"] == 10
    for name, text in {
        "days": days_text({(urn, upn): dict(zip(days, pairs, strict=True))}),
        "sessions": csv_text(sessions),
        "dates": csv_text(dates),
        "two lines of headings": csv_text(two_lines),
    }.items():
        receipt = importing(tmp_path, text, name=f"{name}.csv")
        assert (receipt["status"], receipt["marks_unchanged"], receipt["rows_rejected"]) == ("loaded", 10, 0), name
        assert receipt["marks_set"] + receipt["marks_amended"] == 0, name


def test_the_same_file_twice_changes_nothing_and_says_so(tmp_path, bo):
    importing(tmp_path, week_of(bo))
    before = bytes(Register.objects.get().marks)
    receipt = importing(tmp_path, week_of(bo), name="copy.csv")
    assert (receipt["marks_set"], receipt["marks_amended"], receipt["marks_unchanged"]) == (0, 0, 10)
    assert bytes(Register.objects.get().marks) == before
    out = io.StringIO()
    call_command("import_register", str(tmp_path / "copy.csv"), stdout=out)
    assert "nothing new, so nothing was changed" in out.getvalue()


def test_a_trial_run_leaves_nothing_behind(tmp_path, school_a, settings):
    text = weeks_text([(school_a.urn, valid_upn(70001), MONDAY, WEEK)])
    receipt = importing(tmp_path, text, dry_run=True, create_pupils=True)
    assert receipt.keys() == KEYS
    assert (receipt["status"], receipt["marks_set"], receipt["pupils"]["created"]) == ("loaded", 10, 1)
    for model in (Extract, Load, Delta, Register, Pupil, Enrolment, AuditEvent):
        assert not model.objects.exists(), model.__name__
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_file_for_a_school_nobody_knows_is_refused_whole(tmp_path, bo):
    text = weeks_text([(bo.school.urn, bo.pupil.upn, MONDAY, WEEK), (123456, valid_upn(1), MONDAY, WEEK)])
    receipt = importing(tmp_path, text)
    assert receipt["status"] == "failed"
    assert "123456" in receipt["error"]
    assert "import_gias" in receipt["error"]
    assert marks_of(bo) == "." * 10


def test_a_file_that_does_not_name_its_school_needs_one(tmp_path, bo):
    text = csv_text([["UPN", "WeekStart", "WeekMarks"], [bo.pupil.upn, MONDAY, WEEK]])
    receipt = importing(tmp_path, text)
    assert receipt["status"] == "failed"
    assert "--school" in receipt["error"]
    assert importing(tmp_path, text, school=bo.school.urn)["marks_set"] == 10


def test_rows_of_another_school_are_returned_when_one_is_named(tmp_path, bo, school_b):
    text = weeks_text([(bo.school.urn, bo.pupil.upn, MONDAY, WEEK), (school_b.urn, bo.pupil.upn, MONDAY, WEEK)])
    receipt = importing(tmp_path, text, school=bo.school.urn)
    assert (receipt["marks_set"], receipt["rows_rejected"]) == (10, 1)
    assert receipt["rejected"][0]["line"] == 3
    assert receipt["rejected"][0]["value"] == str(school_b.urn)


def test_an_ambiguous_file_fails_naming_its_columns(tmp_path, bo):
    text = csv_text([["URN", "UPN", "UPN", "WeekStart", "WeekMarks"], [bo.school.urn, bo.pupil.upn, bo.pupil.upn, MONDAY, WEEK]])
    receipt = importing(tmp_path, text)
    assert receipt["status"] == "failed"
    assert "UPN (column 2)" in receipt["error"]
    assert "UPN (column 3)" in receipt["error"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest of a workbook", "workbook is damaged"),
        (b"URN,UPN,WeekStart,WeekMarks\r\n", "no rows"),
        (b"\x00\x01\x02\x03binary", ""),
    ],
)
def test_what_is_no_register_fails_in_words(content, words, tmp_path, school_a):
    receipt = importing(tmp_path, content)
    assert receipt["status"] == "failed"
    assert receipt["error"]
    assert words in receipt["error"]
    assert receipt["sha256"]
    assert not Load.objects.exists()


def test_returned_rows_complete_the_load_when_corrected(tmp_path, bo):
    text = weeks_text([(bo.school.urn, bo.pupil.upn, MONDAY, r"/\/?II/\OO"), (bo.school.urn, "A12", MONDAY, WEEK)])
    receipt = importing(tmp_path, text)
    assert (receipt["status"], receipt["rows_rejected"], receipt["marks_set"]) == ("loaded", 2, 9)
    assert marks_of(bo) == r"/\/.II/\OO"
    returned = Path(receipt["rejected_file"]).read_text()
    assert returned.splitlines()[0].endswith("Reason")
    assert "?" in returned
    assert "II" not in returned.splitlines()[1]
    again = importing(tmp_path, returned.replace("?", "\\").replace(",A12,", f",{bo.pupil.upn},"), name="corrected.csv")
    assert (again["rows_rejected"], again["marks_set"]) == (0, 1)
    assert marks_of(bo) == WEEK


def test_marks_of_days_to_come_are_returned(tmp_path, bo, today):
    receipt = importing(tmp_path, days_text({(bo.school.urn, bo.pupil.upn): {today + dt.timedelta(days=3): ("/", "\\")}}))
    assert (receipt["marks_set"], receipt["rows_rejected"]) == (0, 1)
    assert "future" in receipt["rejected"][0]["message"]


def test_a_folder_stands_for_its_files(tmp_path, bo):
    folder = tmp_path / "night"
    folder.mkdir()
    (folder / "b.csv").write_text(week_of(bo, monday=MONDAY + dt.timedelta(days=7)))
    (folder / "a.csv").write_text(week_of(bo))
    (folder / ".part").write_text("half a file")
    out = io.StringIO()
    call_command("import_register", str(folder), json=True, stdout=out)
    assert [Path(r["file"]).name for r in json.loads(out.getvalue())] == ["a.csv", "b.csv"]


def test_one_bad_file_does_not_stop_the_others(tmp_path, bo):
    (tmp_path / "1.csv").write_text("")
    (tmp_path / "2.csv").write_text(week_of(bo))
    out = io.StringIO()
    with pytest.raises(CommandError) as stopped:
        call_command("import_register", str(tmp_path / "1.csv"), str(tmp_path / "2.csv"), stdout=out)
    assert stopped.value.returncode == 1
    assert "1.csv: not loaded. This file is empty" in out.getvalue()
    assert marks_of(bo) == WEEK


def test_as_at_of_a_time_to_come_is_refused(tmp_path, bo):
    (tmp_path / "r.csv").write_text(week_of(bo))
    with pytest.raises(CommandError) as stopped:
        call_command("import_register", str(tmp_path / "r.csv"), as_at="2031-01-01T10:00")
    assert stopped.value.returncode == 2


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_looks_wrong_is_said_below_the_receipt_and_beside_the_json(dry_run, tmp_path, school_a):
    """Marks after the end of the last spell are kept, listed and not counted."""
    left = enrol(make_pupil("Sample", "Bo"), school_a, end=MONDAY + dt.timedelta(days=2))
    file = tmp_path / "r.csv"
    file.write_text(week_of(left))
    out, err = io.StringIO(), io.StringIO()
    call_command("import_register", str(file), json=True, dry_run=dry_run, stdout=out, stderr=err)
    assert json.loads(out.getvalue())[0].keys() == KEYS
    assert f"{file}: 4 marks of 1 pupil lie outside their dates on roll: they are kept and not counted" in err.getvalue()
    out = io.StringIO()
    call_command("import_register", str(file), dry_run=dry_run, stdout=out)
    assert out.getvalue().splitlines()[1].startswith(f"{file}: 4 marks of 1 pupil lie outside")


def test_a_folder_stands_for_the_extracts_in_it_and_the_rest_is_named(tmp_path, bo):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.CSV", "b.txt", "c.tsv", "notes.md", "picture.png", ".hidden"):
        (folder / name).write_text(week_of(bo))
    (folder / "older").mkdir()
    out, err = io.StringIO(), io.StringIO()
    call_command("import_register", str(folder), json=True, stdout=out, stderr=err)
    assert [Path(receipt["file"]).name for receipt in json.loads(out.getvalue())] == ["a.CSV", "b.txt", "c.tsv"]
    assert err.getvalue().startswith("Left out, because only files ending in .csv, ")
    assert err.getvalue().endswith(f" are taken: {folder / 'notes.md'}, {folder / 'older'}, {folder / 'picture.png'}.\n")
    assert set(Extract.objects.values_list("source", flat=True)) == {"upload"}


def test_a_folder_without_extracts_is_a_mistake_and_a_file_named_by_itself_is_taken(tmp_path, bo):
    (tmp_path / "register.dat").write_text(week_of(bo))
    with pytest.raises(CommandError, match=r"no files ending in \.csv") as stopped:
        call_command("import_register", str(tmp_path), stderr=io.StringIO())
    assert stopped.value.returncode == 2
    call_command("import_register", str(tmp_path / "register.dat"), stdout=io.StringIO())
    assert marks_of(bo) == WEEK


@pytest.mark.parametrize("arguments", [["explain_pupil", "Z"], ["check"], ["help"]])
def test_a_day_that_is_no_date_is_said_in_a_sentence(arguments, settings):
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], capture_output=True, text=True, env=os.environ | {"DAYMARK_TODAY": "bad"}, check=False,
        cwd=settings.BASE_DIR,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "DAYMARK_TODAY is “bad”, which is not a date like 2026-11-20.\n")


@pytest.mark.django_db(transaction=True)
def test_exit_codes(tmp_path, settings):
    """As a shell sees them: 0 loaded (rejects allowed), 1 any failed, 2 usage."""
    from tests.factories import make_school

    bo = enrol(make_pupil("Sample", "Bo"), make_school(urn=999801))
    (tmp_path / "good.csv").write_text(week_of(bo, r"/\/?II/\OO"))
    (tmp_path / "bad.csv").write_text("no register")

    def run(*arguments):
        name = connection.settings_dict["NAME"]
        base, _, query = os.environ["DATABASE_URL"].partition("?")
        env = os.environ | {
            "DATABASE_URL": base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else ""),
            "DAYMARK_TODAY": "2026-11-20",
            "DAYMARK_FILES": str(tmp_path / "files"),
        }
        done = subprocess.run(
            [sys.executable, "manage.py", "import_register", *map(str, arguments)], capture_output=True, text=True, env=env, check=False,
            cwd=settings.BASE_DIR,
        )  # fmt: skip
        return done.returncode, done.stdout or done.stderr

    code, out = run(tmp_path / "good.csv", "--json")
    assert code == 0, out
    assert json.loads(out)[0]["rows_rejected"] == 1
    code, out = run(tmp_path / "good.csv", tmp_path / "bad.csv", "--json")
    assert code == 1
    assert [receipt["status"] for receipt in json.loads(out)] == ["loaded", "failed"]
    assert run(tmp_path / "nowhere.csv")[0] == 2
    assert run()[0] == 2
    assert run(tmp_path / "good.csv", "--school", "abc")[0] == 2


def test_a_folder_of_mixed_formats_and_a_receipt_a_school(tmp_path, bo, school_b):
    """A text table of two schools and JSON as a system pushes it lie side by side; each file is one object, each school one receipt."""
    other = enrol(make_pupil(), school_b)
    (tmp_path / "a.csv").write_text(weeks_text([(e.school.urn, e.pupil.upn, MONDAY, WEEK) for e in (bo, other)]))
    mark = {"urn": bo.school.urn, "upn": bo.pupil.upn, "date": "2026-09-14", "session": "AM", "code": "/"}
    (tmp_path / "b.json").write_text(json.dumps([mark]))
    out = io.StringIO()
    call_command("import_register", str(tmp_path), json=True, stdout=out)
    first, second = json.loads(out.getvalue())
    assert [(one["urn"], one["marks_set"]) for one in first["schools"]] == [(999801, 10), (999802, 10)]
    assert (second["status"], second["marks_set"]) == ("loaded", 1)


def test_queued_for_the_workers(tmp_path, bo):
    path = tmp_path / "register.csv"
    path.write_text(week_of(bo))
    out = io.StringIO()
    call_command("import_register", str(path), queue=True, stdout=out)
    assert "received, and the workers load it" in out.getvalue()
    assert Extract.objects.get().status == Extract.Status.QUEUED
    with pytest.raises(CommandError, match="not both"):
        call_command("import_register", str(path), queue=True, dry_run=True)
