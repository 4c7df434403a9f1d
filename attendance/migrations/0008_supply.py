"""Schools that supply no registers, and how many pupils of each school have a mark in each session."""

import django.db.models.deletion
import numpy as np
from django.conf import settings
from django.db import migrations, models


def count_marked(apps, schema_editor):
    """As attendance.rollups does: pupils with any mark inside their dates on roll, by session."""
    SchoolYear = apps.get_model("attendance", "SchoolYear")
    Register = apps.get_model("attendance", "Register")
    columns = np.arange(732)
    for one in SchoolYear.objects.only("pk", "school_id", "year").iterator():
        zero = np.datetime64(f"{one.year}-08-01")
        marked = np.zeros(732, np.int64)
        rows = Register.objects.filter(school=one.school_id, year=one.year)
        for marks, start, end in rows.values_list("marks", "enrolment__start", "enrolment__end").iterator():
            low = (np.datetime64(start) - zero).astype(int) * 2
            high = 732 if end is None else (np.datetime64(end) - zero).astype(int) * 2 + 2
            marked += (np.frombuffer(bytes(marks), np.uint8) != 0) & (columns >= low) & (columns < high)
        SchoolYear.objects.filter(pk=one.pk).update(marked=marked.astype("<u2").tobytes())


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("attendance", "0007_ratings"),
        ("schools", "0002_keep_the_old_row"),
    ]

    operations = [
        migrations.AddField("schoolyear", "marked", models.BinaryField(max_length=1464, default=b"\0" * 1464), preserve_default=False),
        migrations.RunPython(count_marked, migrations.RunPython.noop),
        migrations.CreateModel(
            name="NotSupplying",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField()),
                ("until", models.DateField()),
                ("last", models.DateField()),
                ("reason", models.TextField()),
                ("set_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_why", models.TextField(blank=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="not_supplying", to="schools.school"),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["school", "last"], name="not_supplying_by_school")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gte", models.F("start")), ("last__lte", models.F("until"))),
                        name="not_supplying_ends_after_start",
                    ),
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="not_supplying_has_a_reason"),
                ],
            },
        ),
    ]
