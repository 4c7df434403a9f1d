"""A school's year by cut instead of by week alone: both are worked out from the registers (manage.py recompute makes them anew)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attendance", "0019_covered_indexes"), ("schools", "0003_school_links")]

    operations = [
        migrations.CreateModel(
            name="SchoolCut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.SmallIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("value", models.CharField(blank=True, max_length=20)),
                ("possible", models.PositiveIntegerField()),
                ("attended", models.PositiveIntegerField()),
                ("authorised", models.PositiveIntegerField()),
                ("unauthorised", models.PositiveIntegerField()),
                ("late", models.PositiveIntegerField()),
                ("judged", models.PositiveIntegerField()),
                ("persistent", models.PositiveIntegerField()),
                ("severe", models.PositiveIntegerField()),
                ("weeks", models.BinaryField()),
                ("periods", models.JSONField(default=dict)),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="cuts", to="schools.school"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["year", "kind", "value"], name="school_cut_by_kind")],
                "constraints": [models.UniqueConstraint(fields=("school", "year", "kind", "value"), name="school_cut_once")],
            },
        ),
        migrations.DeleteModel("SchoolWeek"),
    ]
