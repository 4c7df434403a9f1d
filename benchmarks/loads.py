"""A school's year loaded from each layout, in a scratch database (DATABASE_URL); prints rows of the table.

Yardsticks of the same run: `pandas.read_csv` of the same file, which only reads it, and the same marks as a table of
rows written with Django's `bulk_create(update_conflicts=True)`.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import tempfile
from pathlib import Path

import django

PUPILS = int(os.environ.get("BENCH_PUPILS", "1000"))


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from benchmarks import files
    from benchmarks.table import Row

    call_command("migrate", verbosity=0)
    marks = files.invent(PUPILS)
    sessions = sum(2 * len(days) for days in marks.values())
    print(f"\nA school of {PUPILS:,} pupils, one year: {sessions:,} marks")
    with tempfile.TemporaryDirectory() as folder:
        said = "".join(am + pm for days in marks.values() for am, pm in days.values())
        as_rows = bulk_create(said, files.school_days())
        for position, layout in enumerate(("weeks", "sessions", "days", "dates")):
            urn = 998001 + position
            _school(urn)
            path = files.write(Path(folder), urn, marks)[layout]
            ours = _load(path, sessions)
            again = _load(path, sessions, unchanged=True)
            reading = _pandas(path)
            print(Row(f"load, {layout} ({path.stat().st_size / 1e6:.1f} MB), until flags are up to date", ours, "read_csv", reading))
            print(Row(f"the same file again, {layout}: nothing changes", again, "read_csv", reading))
            print(Row(f"load, {layout}, beside the same marks as rows", ours, "bulk_create(update_conflicts)", as_rows))


def _school(urn: int) -> None:
    from schools.models import School

    School.objects.create(urn=urn, la_code="998", name=f"Bench school {urn}", sort_name=f"bench {urn}", phase="secondary")


def _load(path: Path, sessions: int, *, unchanged: bool = False) -> float:
    from django.core.management import call_command

    from benchmarks.table import timed

    out = io.StringIO()
    with timed() as clock:
        call_command("import_register", str(path), create_pupils=True, json=True, stdout=out)
    (receipt,) = json.loads(out.getvalue())
    done = receipt["marks_unchanged" if unchanged else "marks_set"]
    assert receipt["status"] == "loaded", receipt
    assert done >= sessions, (done, sessions)
    return clock.seconds


def _pandas(path: Path) -> float:
    import pandas as pd

    from benchmarks.table import best_of

    return best_of(3, lambda: pd.read_csv(path, dtype=str, keep_default_na=False))


def bulk_create(said: str, days: list[dt.date]) -> float:
    """The same marks, a row each, in a table made for it: what most systems do. `said`: pupil by pupil, two marks a day."""
    from django.db import connection, models, transaction

    from benchmarks.table import timed

    class MarkRow(models.Model):  # noqa: DJ008
        pupil = models.IntegerField()
        date = models.DateField()
        pm = models.BooleanField()
        code = models.CharField(max_length=2)

        class Meta:
            app_label = "benchmarks"
            constraints = [models.UniqueConstraint(fields=["pupil", "date", "pm"], name="bench_mark_once")]

    with connection.schema_editor() as editor:
        editor.create_model(MarkRow)
    a_pupil = 2 * len(days)
    rows = [
        MarkRow(pupil=at // a_pupil, date=days[at % a_pupil // 2], pm=bool(at % 2), code=code)  #
        for at, code in enumerate(said)
    ]
    with timed() as clock, transaction.atomic():
        MarkRow.objects.bulk_create(
            rows, batch_size=5000, update_conflicts=True, unique_fields=["pupil", "date", "pm"], update_fields=["code"]
        )
    with connection.schema_editor() as editor:
        editor.delete_model(MarkRow)
    return clock.seconds


if __name__ == "__main__":
    main()
