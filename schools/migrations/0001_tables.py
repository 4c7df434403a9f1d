import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('schools', '0001_initial'), ('schools', '0002_keep_the_old_row'), ('schools', '0003_school_links'), ('schools', '0004_roll_by_school'), ('schools', '0005_team')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        django.contrib.postgres.operations.TrigramExtension(
        ),
        django.contrib.postgres.operations.BtreeGistExtension(
        ),
        migrations.CreateModel(
            name='Characteristic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('fsm', 'Free school meals'), ('sen_support', 'SEN support'), ('ehcp', 'Education, health and care plan'), ('cla', 'Looked after'), ('previously_cla', 'Previously looked after'), ('cin', 'Child in need'), ('cp', 'Child protection plan'), ('social_worker_ever', 'Has ever had a social worker'), ('young_carer', 'Young carer'), ('yjs', 'Youth justice service'), ('eal', 'English as an additional language'), ('service_child', 'Service child'), ('new_arrival', 'New arrival'), ('part_time', 'Part-time timetable'), ('medical', 'Medical needs')], max_length=20)),
                ('start', models.DateField()),
                ('end', models.DateField(blank=True, null=True)),
                ('source', models.CharField(blank=True, max_length=60)),
            ],
            options={
                'triggers': [pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "schools_characteristicevent" ("end", "id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pupil_id", "source", "start") VALUES (OLD."end", OLD."id", OLD."kind", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."pupil_id", OLD."source", OLD."start"); RETURN NULL;', hash='7645e03ef447510d2ecd491fa12e31a8a07b6b29', operation='UPDATE', pgid='pgtrigger_update_update_29176', table='schools_characteristic', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "schools_characteristicevent" ("end", "id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pupil_id", "source", "start") VALUES (OLD."end", OLD."id", OLD."kind", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."pupil_id", OLD."source", OLD."start"); RETURN NULL;', hash='286d98c272dd5a35c98802135f55ac06607f84fe', operation='DELETE', pgid='pgtrigger_delete_delete_729e5', table='schools_characteristic', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='Trust',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='GIAS group code')),
            ],
        ),
        migrations.CreateModel(
            name='Area',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('ward', 'Ward'), ('cluster', 'Cluster'), ('locality', 'Locality')], max_length=8)),
                ('name', models.CharField(max_length=120)),
                ('code', models.CharField(blank=True, max_length=20)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'name'), name='area_once_a_kind')],
            },
        ),
        migrations.CreateModel(
            name='Authority',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('la_code', models.CharField(max_length=3)),
                ('colour', models.CharField(default='#0f4c5c', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$', 'Enter a colour like #1d70b8')])),
                ('accent', models.CharField(default='#e36414', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$', 'Enter a colour like #1d70b8')])),
                ('contact_email', models.EmailField(blank=True, max_length=254)),
                ('contact_phone', models.CharField(blank=True, max_length=30)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='authority_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='Parent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(blank=True, max_length=20)),
                ('surname', models.CharField(max_length=100)),
                ('forename', models.CharField(blank=True, max_length=100)),
                ('dob', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                ('phone', models.CharField(blank=True, max_length=30)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('address', models.CharField(blank=True, max_length=300)),
                ('postcode', models.CharField(blank=True, max_length=10)),
                ('language', models.CharField(blank=True, max_length=40)),
                ('sort_name', models.CharField(db_index=True, max_length=200)),
                ('search_text', models.TextField(default='')),
                ('hidden_from', models.ManyToManyField(blank=True, related_name='may_not_know', to='schools.parent')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search_text'], name='parent_search', opclasses=['gin_trgm_ops'])],
                'triggers': [pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "schools_parentevent" ("address", "dob", "email", "forename", "id", "language", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "postcode", "search_text", "sort_name", "surname", "title") VALUES (OLD."address", OLD."dob", OLD."email", OLD."forename", OLD."id", OLD."language", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."phone", OLD."postcode", OLD."search_text", OLD."sort_name", OLD."surname", OLD."title"); RETURN NULL;', hash='846207f0f6939e0e63fa54af09da95b108eb6f83', operation='UPDATE', pgid='pgtrigger_update_update_fe5f8', table='schools_parent', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "schools_parentevent" ("address", "dob", "email", "forename", "id", "language", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "postcode", "search_text", "sort_name", "surname", "title") VALUES (OLD."address", OLD."dob", OLD."email", OLD."forename", OLD."id", OLD."language", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."phone", OLD."postcode", OLD."search_text", OLD."sort_name", OLD."surname", OLD."title"); RETURN NULL;', hash='217dc70b6bcb260496f1beeff6444573b1436c5a', operation='DELETE', pgid='pgtrigger_delete_delete_98e67', table='schools_parent', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='ParentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('title', models.CharField(blank=True, max_length=20)),
                ('surname', models.CharField(max_length=100)),
                ('forename', models.CharField(blank=True, max_length=100)),
                ('dob', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                ('phone', models.CharField(blank=True, max_length=30)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('address', models.CharField(blank=True, max_length=300)),
                ('postcode', models.CharField(blank=True, max_length=10)),
                ('language', models.CharField(blank=True, max_length=40)),
                ('sort_name', models.CharField(max_length=200)),
                ('search_text', models.TextField(default='')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='schools.parent')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PolicyValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60)),
                ('value', models.JSONField()),
                ('start', models.DateField()),
                ('reason', models.TextField()),
                ('set_at', models.DateTimeField()),
                ('set_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'start'), name='policy_one_value_a_day'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='policy_value_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Pupil',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('upn', models.CharField(blank=True, max_length=13, null=True, unique=True, verbose_name='UPN')),
                ('surname', models.CharField(max_length=100)),
                ('forename', models.CharField(max_length=100)),
                ('known_as', models.CharField(blank=True, max_length=100)),
                ('dob', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                ('sex', models.CharField(blank=True, choices=[('F', 'Female'), ('M', 'Male')], max_length=1)),
                ('address', models.CharField(blank=True, max_length=300)),
                ('postcode', models.CharField(blank=True, max_length=10)),
                ('sort_name', models.CharField(db_index=True, max_length=200)),
                ('search_text', models.TextField(default='')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='schools.pupil')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search_text'], name='pupil_search', opclasses=['gin_trgm_ops'])],
                'constraints': [models.CheckConstraint(condition=models.Q(('upn', ''), _negated=True), name='pupil_without_upn_is_null')],
                'triggers': [pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "schools_pupilevent" ("address", "created_at", "dob", "forename", "id", "known_as", "merged_into_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "search_text", "sex", "sort_name", "surname", "upn") VALUES (OLD."address", OLD."created_at", OLD."dob", OLD."forename", OLD."id", OLD."known_as", OLD."merged_into_id", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."postcode", OLD."search_text", OLD."sex", OLD."sort_name", OLD."surname", OLD."upn"); RETURN NULL;', hash='e7784822597631f9450744ab8d3c5812da71e84f', operation='UPDATE', pgid='pgtrigger_update_update_7dd0c', table='schools_pupil', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "schools_pupilevent" ("address", "created_at", "dob", "forename", "id", "known_as", "merged_into_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "search_text", "sex", "sort_name", "surname", "upn") VALUES (OLD."address", OLD."created_at", OLD."dob", OLD."forename", OLD."id", OLD."known_as", OLD."merged_into_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."postcode", OLD."search_text", OLD."sex", OLD."sort_name", OLD."surname", OLD."upn"); RETURN NULL;', hash='7b04dd13b9b0612dcc3cca5c4a9e00c8ec337559', operation='DELETE', pgid='pgtrigger_delete_delete_74e29', table='schools_pupil', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='FormerUpn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('upn', models.CharField(db_index=True, max_length=13, verbose_name='UPN')),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_upns', to='schools.pupil')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('pupil', 'upn'), name='former_upn_once_a_pupil')],
            },
        ),
        migrations.CreateModel(
            name='FormerName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('surname', models.CharField(max_length=100)),
                ('forename', models.CharField(max_length=100)),
                ('until', models.DateField(blank=True, null=True)),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_names', to='schools.pupil')),
            ],
        ),
        migrations.CreateModel(
            name='Enrolment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField()),
                ('end', models.DateField(blank=True, null=True)),
                ('kind', models.CharField(choices=[('main', 'Main'), ('subsidiary', 'Subsidiary (dual registered)')], default='main', max_length=10)),
                ('start_from_marks', models.BooleanField(default=False)),
                ('year_group', models.CharField(blank=True, max_length=3)),
                ('leaving_reason', models.CharField(blank=True, max_length=60)),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='schools.pupil')),
            ],
            options={
                'triggers': [pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "schools_enrolmentevent" ("end", "id", "kind", "leaving_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pupil_id", "school_id", "start", "start_from_marks", "year_group") VALUES (OLD."end", OLD."id", OLD."kind", OLD."leaving_reason", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."pupil_id", OLD."school_id", OLD."start", OLD."start_from_marks", OLD."year_group"); RETURN NULL;', hash='db3eabcc853fa8413776c67fdb3d5f919f1da6a7', operation='UPDATE', pgid='pgtrigger_update_update_7d38e', table='schools_enrolment', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "schools_enrolmentevent" ("end", "id", "kind", "leaving_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pupil_id", "school_id", "start", "start_from_marks", "year_group") VALUES (OLD."end", OLD."id", OLD."kind", OLD."leaving_reason", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."pupil_id", OLD."school_id", OLD."start", OLD."start_from_marks", OLD."year_group"); RETURN NULL;', hash='094b734e28b482552fc8f18e250223b5ace7926f', operation='DELETE', pgid='pgtrigger_delete_delete_96163', table='schools_enrolment', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='CharacteristicEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('fsm', 'Free school meals'), ('sen_support', 'SEN support'), ('ehcp', 'Education, health and care plan'), ('cla', 'Looked after'), ('previously_cla', 'Previously looked after'), ('cin', 'Child in need'), ('cp', 'Child protection plan'), ('social_worker_ever', 'Has ever had a social worker'), ('young_carer', 'Young carer'), ('yjs', 'Youth justice service'), ('eal', 'English as an additional language'), ('service_child', 'Service child'), ('new_arrival', 'New arrival'), ('part_time', 'Part-time timetable'), ('medical', 'Medical needs')], max_length=20)),
                ('start', models.DateField()),
                ('end', models.DateField(blank=True, null=True)),
                ('source', models.CharField(blank=True, max_length=60)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='schools.characteristic')),
                ('pupil', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='schools.pupil')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='characteristic',
            name='pupil',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='characteristics', to='schools.pupil'),
        ),
        migrations.AddIndex(
            model_name='characteristic',
            index=models.Index(fields=['kind', 'pupil'], name='characteristic_by_kind'),
        ),
        migrations.AddConstraint(
            model_name='characteristic',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='characteristic_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='characteristic',
            constraint=models.UniqueConstraint(fields=('pupil', 'kind', 'start'), name='characteristic_starts_once'),
        ),
        migrations.CreateModel(
            name='PupilEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('upn', models.CharField(blank=True, max_length=13, null=True, verbose_name='UPN')),
                ('surname', models.CharField(max_length=100)),
                ('forename', models.CharField(max_length=100)),
                ('known_as', models.CharField(blank=True, max_length=100)),
                ('dob', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                ('sex', models.CharField(blank=True, choices=[('F', 'Female'), ('M', 'Male')], max_length=1)),
                ('address', models.CharField(blank=True, max_length=300)),
                ('postcode', models.CharField(blank=True, max_length=10)),
                ('sort_name', models.CharField(max_length=200)),
                ('search_text', models.TextField(default='')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('merged_into', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='schools.pupil')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='schools.pupil')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Responsibility',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('relationship', models.CharField(choices=[('mother', 'Mother'), ('father', 'Father'), ('step_parent', 'Step-parent'), ('grandparent', 'Grandparent'), ('foster_carer', 'Foster carer'), ('guardian', 'Guardian'), ('other', 'Other')], default='other', max_length=12)),
                ('parental_responsibility', models.BooleanField(null=True)),
                ('lives_with', models.BooleanField(default=True)),
                ('priority', models.PositiveSmallIntegerField(default=1)),
                ('parent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='responsibilities', to='schools.parent')),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='responsibilities', to='schools.pupil')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('pupil', 'parent'), name='responsibility_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "schools_responsibilityevent" ("id", "lives_with", "parent_id", "parental_responsibility", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "pupil_id", "relationship") VALUES (OLD."id", OLD."lives_with", OLD."parent_id", OLD."parental_responsibility", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."priority", OLD."pupil_id", OLD."relationship"); RETURN NULL;', hash='4d60ab5f88198aba0db105dd1f8f5f657501d8fd', operation='UPDATE', pgid='pgtrigger_update_update_62546', table='schools_responsibility', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "schools_responsibilityevent" ("id", "lives_with", "parent_id", "parental_responsibility", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "pupil_id", "relationship") VALUES (OLD."id", OLD."lives_with", OLD."parent_id", OLD."parental_responsibility", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."priority", OLD."pupil_id", OLD."relationship"); RETURN NULL;', hash='4db03b8553f77d66e60f6427e64eedde1bcbdbf1', operation='DELETE', pgid='pgtrigger_delete_delete_240d6', table='schools_responsibility', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='ResponsibilityEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('relationship', models.CharField(choices=[('mother', 'Mother'), ('father', 'Father'), ('step_parent', 'Step-parent'), ('grandparent', 'Grandparent'), ('foster_carer', 'Foster carer'), ('guardian', 'Guardian'), ('other', 'Other')], default='other', max_length=12)),
                ('parental_responsibility', models.BooleanField(null=True)),
                ('lives_with', models.BooleanField(default=True)),
                ('priority', models.PositiveSmallIntegerField(default=1)),
                ('parent', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='schools.parent')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='schools.responsibility')),
                ('pupil', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='schools.pupil')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='School',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('urn', models.PositiveIntegerField(unique=True, verbose_name='URN')),
                ('la_code', models.CharField(max_length=3)),
                ('estab', models.CharField(blank=True, max_length=4, verbose_name='establishment number')),
                ('name', models.CharField(max_length=200)),
                ('sort_name', models.CharField(db_index=True, max_length=200)),
                ('phase', models.CharField(choices=[('nursery', 'Nursery'), ('primary', 'Primary'), ('secondary', 'Secondary'), ('all_through', 'All-through'), ('special', 'Special'), ('pru', 'Pupil referral unit'), ('sixteen_plus', '16 plus'), ('unknown', 'Not known')], default='unknown', max_length=12)),
                ('type_code', models.CharField(blank=True, max_length=3)),
                ('type_name', models.CharField(blank=True, max_length=120)),
                ('type_group', models.CharField(blank=True, max_length=60)),
                ('independent', models.BooleanField(default=False)),
                ('opened', models.DateField(blank=True, null=True)),
                ('closed', models.DateField(blank=True, null=True)),
                ('low_age', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('high_age', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('capacity', models.PositiveIntegerField(blank=True, null=True)),
                ('number_of_pupils', models.PositiveIntegerField(blank=True, null=True)),
                ('fsm_percent', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True)),
                ('street', models.CharField(blank=True, max_length=200)),
                ('locality', models.CharField(blank=True, max_length=200)),
                ('town', models.CharField(blank=True, max_length=100)),
                ('postcode', models.CharField(blank=True, max_length=10)),
                ('telephone', models.CharField(blank=True, max_length=30)),
                ('website', models.CharField(blank=True, max_length=200)),
                ('head_name', models.CharField(blank=True, max_length=120)),
                ('search_text', models.TextField(default='')),
                ('cluster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cluster_schools', to='schools.area')),
                ('ward', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ward_schools', to='schools.area')),
                ('trust', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='schools', to='schools.trust')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('closed__isnull', True), ('opened__isnull', True), ('closed__gte', models.F('opened')), _connector='OR'), name='school_closes_after_it_opens')],
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('lead', 'Authority single point of contact'), ('cover', "Cover for the authority's contact"), ('contact', 'School single point of contact'), ('staff', 'School staff')], max_length=8)),
                ('start', models.DateField()),
                ('end', models.DateField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='schools.school')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='posting_ends_after_start'), models.UniqueConstraint(fields=('user', 'school', 'start'), name='posting_once_a_day')],
            },
        ),
        migrations.CreateModel(
            name='EnrolmentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('start', models.DateField()),
                ('end', models.DateField(blank=True, null=True)),
                ('kind', models.CharField(choices=[('main', 'Main'), ('subsidiary', 'Subsidiary (dual registered)')], default='main', max_length=10)),
                ('start_from_marks', models.BooleanField(default=False)),
                ('year_group', models.CharField(blank=True, max_length=3)),
                ('leaving_reason', models.CharField(blank=True, max_length=60)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='schools.enrolment')),
                ('pupil', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='schools.pupil')),
                ('school', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='schools.school')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='enrolment',
            name='school',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='schools.school'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(fields=['school', 'start'], name='enrolment_by_school'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='enrolment_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.UniqueConstraint(fields=('school', 'pupil', 'start'), include=('end',), name='enrolment_starts_once'),
        ),
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('start', models.DateField()),
                ('end', models.DateField()),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closures', to='schools.school')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('end__gte', models.F('start'))), name='closure_ends_after_start'), models.UniqueConstraint(fields=('school', 'start'), name='closure_starts_once')],
            },
        ),
        migrations.CreateModel(
            name='SchoolLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60)),
                ('since', models.DateField(blank=True, null=True)),
                ('moved_at', models.DateTimeField(blank=True, null=True)),
                ('predecessor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='successor_links', to='schools.school')),
                ('successor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='predecessor_links', to='schools.school')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('predecessor', 'successor'), name='school_link_once'), models.CheckConstraint(condition=models.Q(('predecessor', models.F('successor')), _negated=True), name='school_follows_another')],
            },
        ),
        migrations.CreateModel(
            name='TeamMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('champion', 'Senior attendance champion'), ('attendance_lead', 'Attendance lead'), ('governor', 'Named attendance governor'), ('sen', 'SEN contact'), ('early_help', 'Linked early-help worker'), ('social_worker', 'Linked social worker'), ('nurse', 'School nurse'), ('virtual', 'Virtual school link'), ('other', 'Somebody else')], max_length=16)),
                ('role_words', models.CharField(blank=True, max_length=80)),
                ('name', models.CharField(max_length=120)),
                ('job', models.CharField(blank=True, max_length=160)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('start', models.DateField()),
                ('end', models.DateField(blank=True, null=True)),
                ('note', models.TextField(blank=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
                ('form_token', models.UUIDField(null=True, unique=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_why', models.TextField(blank=True)),
                ('changed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='team', to='schools.school')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='team_entries', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['school', 'role'], name='team_by_school')],
                'constraints': [models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='team_ends_after_start'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='team_has_a_name'), models.CheckConstraint(condition=models.Q(models.Q(('role', 'other'), models.Q(('role_words', ''), _negated=True)), models.Q(models.Q(('role', 'other'), _negated=True), ('role_words', '')), _connector='OR'), name='team_other_says_what'), models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_why', '')), models.Q(('withdrawn_at__isnull', False), models.Q(('withdrawn_why', ''), _negated=True)), _connector='OR'), name='team_withdrawn_says_why'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('role__in', ['champion', 'attendance_lead', 'governor']), ('withdrawn_at__isnull', True)), expressions=[('school', '='), ('role', '='), (models.Func('start', 'end', django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='team_one_at_a_time')],
                'triggers': [pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='3c9f51a94e2d6bfc194557f509685f844f4e0ef3', operation='DELETE', pgid='pgtrigger_never_deleted_0992d', table='schools_teammember', when='BEFORE')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "schools_teammemberevent" ("changed_at", "changed_by_id", "email", "end", "form_token", "id", "job", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "role_words", "school_id", "start", "user_id", "version", "withdrawn_at", "withdrawn_why") VALUES (OLD."changed_at", OLD."changed_by_id", OLD."email", OLD."end", OLD."form_token", OLD."id", OLD."job", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."phone", OLD."role", OLD."role_words", OLD."school_id", OLD."start", OLD."user_id", OLD."version", OLD."withdrawn_at", OLD."withdrawn_why"); RETURN NULL;', hash='33f057a5624821ba849aa212b85a7a000af763d3', operation='UPDATE', pgid='pgtrigger_update_update_78670', table='schools_teammember', when='AFTER')), pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "schools_teammemberevent" ("changed_at", "changed_by_id", "email", "end", "form_token", "id", "job", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "role_words", "school_id", "start", "user_id", "version", "withdrawn_at", "withdrawn_why") VALUES (OLD."changed_at", OLD."changed_by_id", OLD."email", OLD."end", OLD."form_token", OLD."id", OLD."job", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."phone", OLD."role", OLD."role_words", OLD."school_id", OLD."start", OLD."user_id", OLD."version", OLD."withdrawn_at", OLD."withdrawn_why"); RETURN NULL;', hash='24f284df9c074359eee95f6c444b6fb581bab6e6', operation='DELETE', pgid='pgtrigger_delete_delete_b7ebb', table='schools_teammember', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='TeamMemberEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('role', models.CharField(choices=[('champion', 'Senior attendance champion'), ('attendance_lead', 'Attendance lead'), ('governor', 'Named attendance governor'), ('sen', 'SEN contact'), ('early_help', 'Linked early-help worker'), ('social_worker', 'Linked social worker'), ('nurse', 'School nurse'), ('virtual', 'Virtual school link'), ('other', 'Somebody else')], max_length=16)),
                ('role_words', models.CharField(blank=True, max_length=80)),
                ('name', models.CharField(max_length=120)),
                ('job', models.CharField(blank=True, max_length=160)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('start', models.DateField()),
                ('end', models.DateField(blank=True, null=True)),
                ('note', models.TextField(blank=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
                ('form_token', models.UUIDField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_why', models.TextField(blank=True)),
                ('changed_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='schools.teammember')),
                ('school', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='schools.school')),
                ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Term',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('start', models.DateField()),
                ('end', models.DateField()),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='terms', to='schools.school')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('end__gte', models.F('start'))), name='term_ends_after_start'), models.UniqueConstraint(fields=('school', 'start'), name='term_starts_once')],
            },
        ),
    ]
