"""Users, the audit trail and tokens.

All tables at once, as they are now (docs/decisions.md 69): a new database is made in half the time.
"""

import django.db.models.deletion
import pgtrigger.compiler
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('accounts', '0001_tables'),
    ]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='email address')),
                ('name', models.CharField(max_length=120)),
                ('role', models.CharField(choices=[('officer', 'Attendance officer'), ('manager', 'Attendance manager'), ('legal', 'Legal officer'), ('school_contact', 'School single point of contact'), ('school_staff', 'Other school staff'), ('administrator', 'Administrator')], max_length=20)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('invited_at', models.DateTimeField(blank=True, null=True)),
                ('sessions_ended', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['officer', 'manager', 'legal', 'school_contact', 'school_staff', 'administrator'])), name='user_role_is_known', violation_error_message='Choose a role')],
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('digest', models.CharField(max_length=128, primary_key=True, serialize=False)),
                ('token_key', models.CharField(db_index=True, max_length=25)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('expiry', models.DateTimeField(blank=True, null=True)),
                ('ref', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=60)),
                ('session_hash', models.CharField(max_length=64)),
                ('last_used', models.DateField(blank=True, null=True)),
                ('form_token', models.UUIDField(blank=True, null=True, unique=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='auth_token_set', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True)),
                ('kind', models.CharField(choices=[('change', 'Changed'), ('view', 'Looked at'), ('export', 'Downloaded'), ('access', 'Signed in or out'), ('refused', 'Refused')], max_length=8)),
                ('act', models.CharField(max_length=60)),
                ('by_name', models.CharField(max_length=160)),
                ('subject_type', models.CharField(blank=True, max_length=40)),
                ('subject_id', models.BigIntegerField(blank=True, null=True)),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('detail', models.JSONField(blank=True, default=dict)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['subject_type', 'subject_id', '-at'], name='audit_by_subject')],
                'triggers': [pgtrigger.compiler.Trigger(name='never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='35ed0e946f55effddf01bbb2effc0210ae3d526e', operation='UPDATE OR DELETE', pgid='pgtrigger_never_changed_9fdc1', table='accounts_auditevent', when='BEFORE'))],
            },
        ),
    ]
