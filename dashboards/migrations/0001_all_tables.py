"""What pages are made of, papers, and what changes leave.

All tables at once, as they are now (docs/decisions.md 69): a new database is made in half the time.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('dashboards', '0001_tables'),
        ('dashboards', '0002_packs_of_meetings'),
        ('dashboards', '0003_changes'),
        ('dashboards', '0004_stories'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_all_tables'),
        ('meetings', '0001_all_tables'),
        ('schools', '0001_all_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(max_length=63)),
                ('transaction', models.BigIntegerField()),
                ('number', models.BigIntegerField(default=1)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('table', 'transaction'), name='change_once_a_transaction')],
            },
        ),
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('waiting', 'Waiting for its turn'), ('making', 'Being made'), ('made', 'Ready'), ('failed', 'Could not be made')], default='waiting', max_length=7)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('made_at', models.DateTimeField(blank=True, null=True)),
                ('kind', models.CharField(choices=[('report', 'Report for scrutiny or cabinet'), ('profile', 'School profile'), ('profiles', 'Profiles of all schools'), ('pack', 'Meeting pack'), ('packs', 'Meeting packs of all schools')], max_length=8)),
                ('year', models.SmallIntegerField()),
                ('term', models.SmallIntegerField()),
                ('audience', models.CharField(choices=[('publish', 'For publishing, small numbers kept back'), ('school', 'For the school itself'), ('inside', 'For working inside the authority')], max_length=7)),
                ('by_name', models.CharField(max_length=160)),
                ('asked_at', models.DateTimeField()),
                ('as_at', models.DateField()),
                ('policy_version', models.CharField(max_length=40)),
                ('least', models.PositiveSmallIntegerField()),
                ('reach', models.DateField(blank=True, null=True)),
                ('total', models.PositiveIntegerField(default=0)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('meeting', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='packs', to='meetings.meeting')),
                ('part_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='dashboards.paper')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='schools.school')),
            ],
            options={
                'indexes': [models.Index(fields=['-asked_at'], name='paper_newest'), models.Index(condition=models.Q(('status__in', ['waiting', 'making'])), fields=['id'], name='paper_busy')],
                'constraints': [models.UniqueConstraint(fields=('part_of', 'school'), name='paper_once_a_school'), models.CheckConstraint(condition=models.Q(('kind__in', ['profile', 'pack']), ('school', None), _connector='XOR'), name='paper_of_a_school_or_of_all'), models.CheckConstraint(condition=models.Q(('meeting', None), ('kind', 'pack'), _connector='OR'), name='paper_of_a_meeting_is_a_pack'), models.UniqueConstraint(condition=models.Q(('part_of', None), ('status__in', ['waiting', 'making'])), fields=('kind', 'school', 'meeting', 'year', 'term', 'audience', 'as_at', 'by'), name='paper_once_at_a_time', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='PaperFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form', models.CharField(choices=[('pdf', 'PDF'), ('xlsx', 'Excel'), ('zip', 'All as one zip')], max_length=4)),
                ('stored', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='dashboards.paper')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('paper', 'form'), name='paper_file_once')],
            },
        ),
        migrations.CreateModel(
            name='Story',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField()),
                ('as_at', models.DateField()),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('kind', models.CharField(blank=True, max_length=8)),
                ('status', models.CharField(choices=[('waiting', 'Being made'), ('made', 'Made'), ('failed', 'Could not be made')], default='waiting', max_length=7)),
                ('stored', models.CharField(blank=True, max_length=200)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('made_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stories', to='schools.pupil')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('last__gte', models.F('first'))), name='story_ends_after_it_begins'), models.UniqueConstraint(condition=models.Q(('status', 'waiting')), fields=('pupil', 'by', 'first', 'last', 'kind'), name='story_once_at_a_time')],
            },
        ),
    ]
