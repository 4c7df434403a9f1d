"""Room for updates on the pages of registers, figures and flags, and the view that unrolls vectors to rows (docs/decisions.md 1).

The view joins a table of sessions, not generate_series: an authority's day 0.13 s against 0.62 s.
"""

import datetime as dt

from django.db import migrations

from attendance.codes import CODES
from attendance.matrix import LENGTH, session_at, year_end

FIRST_YEAR, LAST_YEAR = 2005, 2060


def fill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        with cursor.copy("copy attendance_session (year, idx, date, pm) from stdin") as copy:
            for year in range(FIRST_YEAR, LAST_YEAR + 1):
                for index in range(LENGTH):
                    date, pm = session_at(year, index)
                    if date <= year_end(year):
                        copy.write_row((year, index, date, pm))
        with cursor.copy("copy attendance_code (byte, code) from stdin") as copy:
            for code in CODES:
                copy.write_row((code.byte, code.code))


class Migration(migrations.Migration):
    dependencies = [("attendance", "0001_all_tables")]

    operations = [
        migrations.RunSQL(
            "alter table attendance_register set (fillfactor = 50); "
            "alter table attendance_register alter column marks set storage plain; "
            "alter table attendance_enrolmentfigures set (fillfactor = 50); "  # each load changes those of all its pupils
            "alter table attendance_flag set (fillfactor = 60)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "create table attendance_session ("
            "year smallint, idx smallint, date date not null, pm boolean not null, primary key (year, idx)); "
            "create index attendance_session_date on attendance_session (date); "
            "create table attendance_code (byte smallint primary key, code varchar(2) not null)",
            "drop table attendance_session; drop table attendance_code",
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(
            """
            create view attendance_mark as
            select r.enrolment_id, e.pupil_id, r.school_id, s.date, s.pm, c.code,
                   s.date >= e.start and (e."end" is null or s.date <= e."end") as counted
            from attendance_register r
            join schools_enrolment e on e.id = r.enrolment_id
            join attendance_session s on s.year = r.year
            join attendance_code c on c.byte = get_byte(r.marks, s.idx)
            """,
            "drop view attendance_mark",
        ),
        migrations.RunSQL(  # amendments are found by enrolment: an index of four columns took as much room as half of their rows
            "alter table attendance_amendment drop constraint attendance_amendment_pkey; "
            "create index amendment_by_enrolment on attendance_amendment (enrolment_id)",
            "drop index amendment_by_enrolment; "
            "alter table attendance_amendment add constraint attendance_amendment_pkey primary key (enrolment_id, date, pm, load_id)",
        ),
    ]
