import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('casework', '0001_initial'), ('casework', '0002_keep_the_old_row'), ('casework', '0003_contact_never_changed')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('attendance', '0001_tables'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('schools', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origin', models.CharField(choices=[('flag', 'A flag on the register'), ('meeting', 'A targeting support meeting'), ('referral', 'A school’s referral'), ('officer', 'An officer’s own concern')], max_length=8)),
                ('reason', models.CharField(choices=[('severe_absence', 'Severe absence'), ('persistent_absence', 'Persistent absence'), ('unauthorised', 'Unauthorised absence'), ('continuous_absence', '10 school days absent in a row'), ('illness', 'Absence put down to illness'), ('ebsa', 'Emotionally based school avoidance'), ('holiday', 'Holidays in term time'), ('late', 'Late after the register closed'), ('welfare', 'Worry about the child’s welfare'), ('part_time', 'Part-time timetable')], max_length=20)),
                ('stage', models.CharField(choices=[('new', 'New'), ('assessing', 'Assessing'), ('supporting', 'Supporting'), ('monitoring', 'Monitoring'), ('formal', 'Formal'), ('closed', 'Closed')], default='new', max_length=12)),
                ('stage_since', models.DateField()),
                ('opened', models.DateField()),
                ('opened_at', models.DateTimeField()),
                ('closed', models.DateField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('improved', 'Improved and sustained'), ('step_down', 'Improved, stepped down to the school'), ('early_help', 'Support passed to early help'), ('social_care', 'Support passed to children’s social care'), ('send', 'Support passed to the SEND team'), ('health', 'Support passed to health'), ('no_offence', 'No offence, or not in the public interest'), ('notice_paid', 'Penalty notice paid'), ('notice_withdrawn', 'Penalty notice withdrawn'), ('prosecuted', 'Prosecuted'), ('moved', 'Moved out of the area'), ('off_roll', 'Off roll'), ('home_educated', 'Educated at home'), ('missing', 'Child missing education'), ('over_age', 'No longer of compulsory school age'), ('duplicate', 'Duplicate'), ('data_error', 'Opened on wrong marks')], max_length=16)),
                ('version', models.PositiveIntegerField(default=1)),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('flag', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='attendance.flag')),
                ('officer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='schools.pupil')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='schools.school')),
            ],
            options={
                'indexes': [models.Index(fields=['officer', 'closed'], name='case_by_officer')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed__isnull', True)), fields=('pupil',), name='case_open_once_a_pupil'), models.CheckConstraint(condition=models.Q(('closed__isnull', True), ('closed__gte', models.F('opened')), _connector='OR'), name='case_closes_after_it_opens'), models.CheckConstraint(condition=models.Q(models.Q(('closed__isnull', True), ('outcome', ''), models.Q(('stage', 'closed'), _negated=True)), models.Q(('closed__isnull', False), ('stage', 'closed'), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='case_closed_has_an_outcome')],
                'triggers': [pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "casework_caseevent" ("closed", "closed_by_id", "flag_id", "id", "officer_id", "opened", "opened_at", "opened_by_id", "origin", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pupil_id", "reason", "school_id", "stage", "stage_since", "version") VALUES (OLD."closed", OLD."closed_by_id", OLD."flag_id", OLD."id", OLD."officer_id", OLD."opened", OLD."opened_at", OLD."opened_by_id", OLD."origin", OLD."outcome", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."pupil_id", OLD."reason", OLD."school_id", OLD."stage", OLD."stage_since", OLD."version"); RETURN NULL;', hash='6ac7ba78a499f27e2d3b75d363aaf08116639446', operation='UPDATE', pgid='pgtrigger_update_update_6bba9', table='casework_case', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "casework_caseevent" ("closed", "closed_by_id", "flag_id", "id", "officer_id", "opened", "opened_at", "opened_by_id", "origin", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pupil_id", "reason", "school_id", "stage", "stage_since", "version") VALUES (OLD."closed", OLD."closed_by_id", OLD."flag_id", OLD."id", OLD."officer_id", OLD."opened", OLD."opened_at", OLD."opened_by_id", OLD."origin", OLD."outcome", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."pupil_id", OLD."reason", OLD."school_id", OLD."stage", OLD."stage_since", OLD."version"); RETURN NULL;', hash='d2b82887e5d808c1b1ebf3ee0192db39663ef4c6', operation='DELETE', pgid='pgtrigger_delete_delete_9d0e0', table='casework_case', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='CaseEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('origin', models.CharField(choices=[('flag', 'A flag on the register'), ('meeting', 'A targeting support meeting'), ('referral', 'A school’s referral'), ('officer', 'An officer’s own concern')], max_length=8)),
                ('reason', models.CharField(choices=[('severe_absence', 'Severe absence'), ('persistent_absence', 'Persistent absence'), ('unauthorised', 'Unauthorised absence'), ('continuous_absence', '10 school days absent in a row'), ('illness', 'Absence put down to illness'), ('ebsa', 'Emotionally based school avoidance'), ('holiday', 'Holidays in term time'), ('late', 'Late after the register closed'), ('welfare', 'Worry about the child’s welfare'), ('part_time', 'Part-time timetable')], max_length=20)),
                ('stage', models.CharField(choices=[('new', 'New'), ('assessing', 'Assessing'), ('supporting', 'Supporting'), ('monitoring', 'Monitoring'), ('formal', 'Formal'), ('closed', 'Closed')], default='new', max_length=12)),
                ('stage_since', models.DateField()),
                ('opened', models.DateField()),
                ('opened_at', models.DateTimeField()),
                ('closed', models.DateField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('improved', 'Improved and sustained'), ('step_down', 'Improved, stepped down to the school'), ('early_help', 'Support passed to early help'), ('social_care', 'Support passed to children’s social care'), ('send', 'Support passed to the SEND team'), ('health', 'Support passed to health'), ('no_offence', 'No offence, or not in the public interest'), ('notice_paid', 'Penalty notice paid'), ('notice_withdrawn', 'Penalty notice withdrawn'), ('prosecuted', 'Prosecuted'), ('moved', 'Moved out of the area'), ('off_roll', 'Off roll'), ('home_educated', 'Educated at home'), ('missing', 'Child missing education'), ('over_age', 'No longer of compulsory school age'), ('duplicate', 'Duplicate'), ('data_error', 'Opened on wrong marks')], max_length=16)),
                ('version', models.PositiveIntegerField(default=1)),
                ('closed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('flag', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='attendance.flag')),
                ('officer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='casework.case')),
                ('pupil', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='schools.pupil')),
                ('school', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='schools.school')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('opened', 'Opened'), ('assigned', 'Assigned'), ('contact', 'Contact'), ('note', 'Note'), ('plan', 'Plan'), ('action', 'Action'), ('stage', 'Stage'), ('meeting', 'Meeting'), ('legal', 'Legal'), ('closed', 'Closed')], max_length=8)),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
                ('by_name', models.CharField(max_length=160)),
                ('words', models.TextField()),
                ('shared', models.BooleanField(default=False)),
                ('form_token', models.UUIDField(blank=True, null=True, unique=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='casework.case')),
            ],
            options={
                'indexes': [models.Index(fields=['case', '-day', '-id'], name='entry_by_case')],
                'triggers': [pgtrigger.compiler.Trigger(name='never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a3b361f8a9dc5a98d2222a14f0323aadf783898a', operation='UPDATE OR DELETE', pgid='pgtrigger_never_changed_02421', table='casework_entry', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('kind', models.CharField(choices=[('phone', 'Phone call'), ('text', 'Text message'), ('email', 'Email'), ('letter', 'Letter'), ('home_visit', 'Home visit'), ('school_meeting', 'Meeting at school'), ('panel', 'Attendance panel'), ('multi_agency', 'Multi-agency meeting')], max_length=16)),
                ('result', models.CharField(choices=[('spoke', 'Spoke about attendance'), ('agreed', 'Agreed a next step'), ('refused', 'Did not want to talk'), ('left_message', 'Left a message'), ('no_answer', 'No answer'), ('sent', 'Sent')], max_length=12)),
                ('child_seen', models.BooleanField(default=False)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='casework.case')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='schools.parent')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='contact', to='casework.entry')),
            ],
            options={
                'indexes': [models.Index(fields=['case', '-day'], name='contact_by_case')],
                'triggers': [pgtrigger.compiler.Trigger(name='never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0abf816513b2db73ebd19d39528beee09a219821', operation='UPDATE OR DELETE', pgid='pgtrigger_never_changed_748b0', table='casework_contact', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('support', 'Attendance support plan'), ('joint', 'Joint plan for severe absence'), ('reintegration', 'Reintegration plan'), ('medical', 'Medical action plan')], max_length=14)),
                ('barrier', models.CharField(choices=[('physical_illness', 'Physical illness'), ('mental_health', 'Mental health'), ('ebsa', 'Emotionally based school avoidance'), ('send', 'Special educational needs not met'), ('bullying', 'Bullying'), ('school', 'Curriculum or relationships in school'), ('transition', 'Moving between schools'), ('sleep', 'Punctuality or sleep'), ('young_carer', 'Cares for somebody at home'), ('parent_health', 'A parent’s health'), ('domestic_abuse', 'Domestic abuse'), ('neglect', 'Neglect or safeguarding'), ('bereavement', 'Bereavement'), ('family_breakdown', 'Family breakdown'), ('housing', 'Housing'), ('poverty', 'Money, uniform or food'), ('transport', 'Transport or distance'), ('language', 'Language or new arrival'), ('condoned', 'Absence condoned at home'), ('unknown', 'Not known yet')], max_length=18)),
                ('lead', models.CharField(choices=[('school', 'The school'), ('authority', 'The attendance officer'), ('early_help', 'Early help'), ('social_care', 'Children’s social care'), ('health', 'Health'), ('send', 'SEND team')], max_length=12, verbose_name='lead practitioner')),
                ('start', models.DateField()),
                ('review', models.DateField()),
                ('reviewed', models.DateField(blank=True, null=True)),
                ('ended', models.DateField(blank=True, null=True)),
                ('form_token', models.UUIDField(blank=True, null=True, unique=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='casework.case')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended__isnull', True)), fields=('case',), name='plan_one_current_a_case'), models.CheckConstraint(condition=models.Q(('review__gte', models.F('start'))), name='plan_review_after_start')],
                'triggers': [pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "casework_planevent" ("barrier", "case_id", "ended", "form_token", "id", "kind", "lead", "made_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review", "reviewed", "start") VALUES (OLD."barrier", OLD."case_id", OLD."ended", OLD."form_token", OLD."id", OLD."kind", OLD."lead", OLD."made_by_id", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."review", OLD."reviewed", OLD."start"); RETURN NULL;', hash='aa293620db8e106b0e79438612bdd997c94e614f', operation='UPDATE', pgid='pgtrigger_update_update_d5dfe', table='casework_plan', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "casework_planevent" ("barrier", "case_id", "ended", "form_token", "id", "kind", "lead", "made_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review", "reviewed", "start") VALUES (OLD."barrier", OLD."case_id", OLD."ended", OLD."form_token", OLD."id", OLD."kind", OLD."lead", OLD."made_by_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."review", OLD."reviewed", OLD."start"); RETURN NULL;', hash='6ef04d7c48f35ef83ea4483564b6401e91d3356c', operation='DELETE', pgid='pgtrigger_delete_delete_91fd6', table='casework_plan', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='PlanAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=300)),
                ('owner', models.CharField(choices=[('school', 'The school'), ('officer', 'The attendance officer'), ('parent', 'A parent'), ('child', 'The child'), ('service', 'Another service')], max_length=8)),
                ('due', models.DateField()),
                ('done', models.DateField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('done', 'Done'), ('partly', 'Done in part'), ('not_done', 'Not done'), ('no_longer', 'No longer needed')], max_length=9)),
                ('form_token', models.UUIDField(blank=True, null=True, unique=True)),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='casework.plan')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('done__isnull', True), ('outcome', '')), models.Q(('done__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='plan_action_done_has_an_outcome')],
                'triggers': [pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "casework_planactionevent" ("done", "done_by_id", "due", "form_token", "id", "outcome", "owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "what") VALUES (OLD."done", OLD."done_by_id", OLD."due", OLD."form_token", OLD."id", OLD."outcome", OLD."owner", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."plan_id", OLD."what"); RETURN NULL;', hash='5791ec30eae49c641485cdfe24084422f4f96d27', operation='UPDATE', pgid='pgtrigger_update_update_a2984', table='casework_planaction', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "casework_planactionevent" ("done", "done_by_id", "due", "form_token", "id", "outcome", "owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "what") VALUES (OLD."done", OLD."done_by_id", OLD."due", OLD."form_token", OLD."id", OLD."outcome", OLD."owner", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."plan_id", OLD."what"); RETURN NULL;', hash='250f28e0435c30c822e400bef8f6807456d3b724', operation='DELETE', pgid='pgtrigger_delete_delete_61699', table='casework_planaction', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='PlanActionEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('what', models.CharField(max_length=300)),
                ('owner', models.CharField(choices=[('school', 'The school'), ('officer', 'The attendance officer'), ('parent', 'A parent'), ('child', 'The child'), ('service', 'Another service')], max_length=8)),
                ('due', models.DateField()),
                ('done', models.DateField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('done', 'Done'), ('partly', 'Done in part'), ('not_done', 'Not done'), ('no_longer', 'No longer needed')], max_length=9)),
                ('form_token', models.UUIDField(blank=True, null=True)),
                ('done_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='casework.planaction')),
                ('plan', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='casework.plan')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PlanEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('support', 'Attendance support plan'), ('joint', 'Joint plan for severe absence'), ('reintegration', 'Reintegration plan'), ('medical', 'Medical action plan')], max_length=14)),
                ('barrier', models.CharField(choices=[('physical_illness', 'Physical illness'), ('mental_health', 'Mental health'), ('ebsa', 'Emotionally based school avoidance'), ('send', 'Special educational needs not met'), ('bullying', 'Bullying'), ('school', 'Curriculum or relationships in school'), ('transition', 'Moving between schools'), ('sleep', 'Punctuality or sleep'), ('young_carer', 'Cares for somebody at home'), ('parent_health', 'A parent’s health'), ('domestic_abuse', 'Domestic abuse'), ('neglect', 'Neglect or safeguarding'), ('bereavement', 'Bereavement'), ('family_breakdown', 'Family breakdown'), ('housing', 'Housing'), ('poverty', 'Money, uniform or food'), ('transport', 'Transport or distance'), ('language', 'Language or new arrival'), ('condoned', 'Absence condoned at home'), ('unknown', 'Not known yet')], max_length=18)),
                ('lead', models.CharField(choices=[('school', 'The school'), ('authority', 'The attendance officer'), ('early_help', 'Early help'), ('social_care', 'Children’s social care'), ('health', 'Health'), ('send', 'SEND team')], max_length=12, verbose_name='lead practitioner')),
                ('start', models.DateField()),
                ('review', models.DateField()),
                ('reviewed', models.DateField(blank=True, null=True)),
                ('ended', models.DateField(blank=True, null=True)),
                ('form_token', models.UUIDField(blank=True, null=True)),
                ('case', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='casework.case')),
                ('made_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='casework.plan')),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
