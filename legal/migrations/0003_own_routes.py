"""An authority may put the steps before a request in an order of its own."""

import django.contrib.postgres.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('legal', '0002_decided_after_issue'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='routechoice',
            name='steps',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None),
        ),
        migrations.AlterField(
            model_name='routechoice',
            name='route',
            field=models.CharField(choices=[('staged', 'Staged: support, review, warning, notice to improve'), ('fast_track', 'Fast track: a warning letter, then a notice to improve'), ('own', 'A sequence of our own')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='routechoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('route', 'own'), ('steps__len__gt', 0)), models.Q(models.Q(('route', 'own'), _negated=True), ('steps__len', 0)), _connector='OR'), name='route_own_has_steps'),
        ),
    ]
