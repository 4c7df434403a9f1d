import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('dashboards', '0001_papers')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('schools', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('report', 'Report for scrutiny or cabinet'), ('profile', 'School profile'), ('profiles', 'Profiles of all schools')], max_length=8)),
                ('year', models.SmallIntegerField()),
                ('term', models.SmallIntegerField()),
                ('audience', models.CharField(choices=[('publish', 'For publishing, small numbers kept back'), ('school', 'For the school itself'), ('inside', 'For working inside the authority')], max_length=7)),
                ('status', models.CharField(choices=[('waiting', 'Waiting for its turn'), ('making', 'Being made'), ('made', 'Ready'), ('failed', 'Could not be made')], default='waiting', max_length=7)),
                ('by_name', models.CharField(max_length=160)),
                ('asked_at', models.DateTimeField()),
                ('as_at', models.DateField()),
                ('policy_version', models.CharField(max_length=40)),
                ('least', models.PositiveSmallIntegerField()),
                ('reach', models.DateField(blank=True, null=True)),
                ('total', models.PositiveIntegerField(default=0)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('made_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('part_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='dashboards.paper')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='schools.school')),
            ],
            options={
                'indexes': [models.Index(fields=['-asked_at'], name='paper_newest'), models.Index(condition=models.Q(('status__in', ['waiting', 'making'])), fields=['id'], name='paper_busy')],
                'constraints': [models.UniqueConstraint(fields=('part_of', 'school'), name='paper_once_a_school'), models.CheckConstraint(condition=models.Q(('kind', 'profile'), ('school', None), _connector='XOR'), name='paper_of_a_school_is_a_profile'), models.UniqueConstraint(condition=models.Q(('part_of', None), ('status__in', ['waiting', 'making'])), fields=('kind', 'school', 'year', 'term', 'audience', 'as_at', 'by'), name='paper_once_at_a_time', nulls_distinct=False)],
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
    ]
