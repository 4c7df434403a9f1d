"""The share missed as a whole percentage, kept by the database beside each enrolment's counts: long lists begin from its index."""

from django.db import migrations, models
from django.db.models import Case, F, When


class Migration(migrations.Migration):
    dependencies = [("attendance", "0026_when_a_flag_changed")]

    operations = [
        migrations.AddField(
            "enrolmentfigures",
            "band",
            models.GeneratedField(
                expression=Case(When(possible__gt=0, then=100 * (F("authorised") + F("unauthorised")) / F("possible"))),
                output_field=models.SmallIntegerField(null=True),
                db_persist=True,
            ),
        ),
        migrations.AddIndex("enrolmentfigures", models.Index(fields=["year", "band"], name="figures_by_band")),
    ]
