"""Figures and flags of the whole demo borough, from its registers."""

from __future__ import annotations

from benchmarks.table import Row, best_of, timed


def main() -> None:
    from django.db import connection, transaction

    from accounts import clock
    from attendance import flagging, matrix, register, rollups
    from attendance.models import Register
    from schools.models import School

    today = clock.today()
    year = matrix.academic_year(today)
    schools = list(School.objects.values_list("pk", flat=True))
    pupils = Register.objects.filter(year=year).count()
    print(f"\nThe demo borough: {pupils:,} registers of this year")

    reading = best_of(3, lambda: register.read(year))

    def sql() -> None:
        with connection.cursor() as cursor:
            cursor.execute("select sum(length(marks)) from attendance_register where year = %s", [year])

    print(Row("read every register of the year into one matrix", reading, "SQL sum over the same rows", best_of(3, sql)))
    with timed() as taken:
        rollups.refresh(schools=schools, years=[year])
    print(Row("every figure of the year, every school, written", taken.seconds, "reading the registers", reading))
    with timed() as taken, transaction.atomic():
        flagging.refresh(pupils=None, schools=schools, today=today, now=clock.now())
    print(Row("every flag of every pupil, compared and written", taken.seconds, "reading the registers", reading))
