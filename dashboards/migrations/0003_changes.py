from django.db import migrations, models

# The tables that kept pages are made of (dashboards/kept.py). A statement that touches no row leaves a trace, too: that costs a look.
NOTE = """
    create function dashboards_note_change() returns trigger language plpgsql as $$
    begin
        insert into dashboards_change ("table", transaction, number)
        values (tg_table_name, pg_current_xact_id()::text::bigint, 1) on conflict do nothing;
        return null;
    end $$
"""
WATCHED = (
    'accounts_user',
    'schools_area', 'schools_authority', 'schools_characteristic', 'schools_closure', 'schools_enrolment', 'schools_policyvalue',
    'schools_posting', 'schools_pupil', 'schools_school', 'schools_schoollink', 'schools_term', 'schools_trust',
    'attendance_enrolmentfigures', 'attendance_flag', 'attendance_notsupplying', 'attendance_publishedarea',
    'attendance_publishedfigure', 'attendance_rating', 'attendance_schoolcut', 'attendance_schoolflags', 'attendance_schoolyear',
    'attendance_statisticalneighbour',
    'casework_case', 'casework_plan',
    'meetings_advice', 'meetings_meeting', 'meetings_meetingschool', 'meetings_yearplan',
    'legal_notice', 'legal_request',
)


def watch(apps, schema_editor):
    schema_editor.execute(NOTE)
    for table in WATCHED:
        when = "insert or delete or truncate or update"
        if table == 'accounts_user':
            when += ' of name, email, role, is_active'  # and not when somebody signs in
        schema_editor.execute(
            f'create trigger dashboards_note_change after {when} on {table} for each statement execute function dashboards_note_change()'
        )


def watch_no_more(apps, schema_editor):
    schema_editor.execute('drop function dashboards_note_change() cascade')


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_tables'),
        ('attendance', '0002_rows_and_room'),
        ('casework', '0001_tables'),
        ('dashboards', '0002_packs_of_meetings'),
        ('legal', '0001_tables'),
        ('meetings', '0006_kinds_of_meetings'),
        ('schools', '0001_tables'),
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
        migrations.RunPython(watch, watch_no_more),
    ]
