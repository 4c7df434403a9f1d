"""Open flags are counted from the index that keeps each of a pupil's open once: with what it takes to tell which count."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("attendance", "0027_figures_by_band")]

    operations = [
        migrations.RemoveConstraint("flag", "flag_open_once"),
        migrations.AddConstraint(
            "flag",
            models.UniqueConstraint(
                fields=["pupil", "code"],
                include=["low_data", "noticed_at", "opened"],
                condition=Q(cleared__isnull=True),
                name="flag_open_once",
            ),
        ),
    ]
