"""How many pupils of each school are flagged, kept beside the flags (attendance.flag_counts): the next night counts them first."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attendance", "0020_school_cuts"), ("schools", "0003_school_links")]

    operations = [
        migrations.CreateModel(
            name="SchoolFlags",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(blank=True, max_length=20)),
                ("pupils", models.PositiveIntegerField()),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="flag_counts", to="schools.school"
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("school", "code"), name="school_flags_once")]},
        ),
    ]
