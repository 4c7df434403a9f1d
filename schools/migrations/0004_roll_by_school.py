"""Who is on a school's roll is counted from one index: by school first, and with the end of each spell."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("schools", "0003_school_links")]

    operations = [
        migrations.RemoveConstraint("enrolment", "enrolment_starts_once"),
        migrations.AddConstraint(
            "enrolment",
            models.UniqueConstraint(fields=["school", "pupil", "start"], include=["end"], name="enrolment_starts_once"),
        ),
    ]
