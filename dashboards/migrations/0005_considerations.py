from django.db import migrations

# How many safeguarding considerations are missing is kept, too (dashboards/kept.py).
WATCHED = ('casework_consideration', 'casework_contact', 'casework_entry', 'casework_moved', 'casework_planreview')


def watch(apps, schema_editor):
    for table in WATCHED:
        schema_editor.execute(
            f'create trigger dashboards_note_change after insert or delete or truncate or update on {table} '
            'for each statement execute function dashboards_note_change()'
        )


def watch_no_more(apps, schema_editor):
    for table in WATCHED:
        schema_editor.execute(f'drop trigger dashboards_note_change on {table}')


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0009_assessments_and_plans'),
        ('dashboards', '0004_stories'),
    ]

    operations = [
        migrations.RunPython(watch, watch_no_more, elidable=False),
    ]
