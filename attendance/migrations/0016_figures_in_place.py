"""Room on their pages for figures and flags that change in place: each load changes those of all its pupils."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("attendance", "0015_push")]

    operations = [
        migrations.RunSQL(
            "alter table attendance_enrolmentfigures set (fillfactor = 50); alter table attendance_flag set (fillfactor = 60)",
            "alter table attendance_enrolmentfigures reset (fillfactor); alter table attendance_flag reset (fillfactor)",
        )
    ]
