"""Tables that kept pages are made of leave a trace when they change (dashboards/kept.py). A statement that touches no row leaves one,
too: that costs a look.
"""

from django.db import migrations

NOTE = """
    create function dashboards_note_change() returns trigger language plpgsql as $$
    begin
        insert into dashboards_change ("table", transaction, number)
        values (tg_table_name, pg_current_xact_id()::text::bigint, 1) on conflict do nothing;
        return null;
    end $$
"""
WATCHED = {
    "accounts": "user",
    "schools": "area authority characteristic closure enrolment policyvalue posting pupil school schoollink term trust",
    "attendance": "enrolmentfigures flag notsupplying publishedarea publishedfigure rating schoolcut schoolflags schoolyear "
    "statisticalneighbour",
    "casework": "case consideration contact entry moved plan planreview",
    "meetings": "advice meeting meetingschool yearplan",
    "legal": "notice request",
}


def watch(apps, schema_editor):
    schema_editor.execute(NOTE)
    for app, names in WATCHED.items():
        for name in names.split():
            when = "insert or delete or truncate or update"
            if (app, name) == ("accounts", "user"):
                when += " of name, email, role, is_active"  # and not when somebody signs in
            schema_editor.execute(
                f"create trigger dashboards_note_change after {when} on {app}_{name} "
                "for each statement execute function dashboards_note_change()"
            )


def watch_no_more(apps, schema_editor):
    schema_editor.execute("drop function dashboards_note_change() cascade")


class Migration(migrations.Migration):
    replaces = [("dashboards", "0005_considerations")]

    dependencies = [(app, "0001_all_tables") for app in ("dashboards", *WATCHED)]

    operations = [migrations.RunPython(watch, watch_no_more)]
