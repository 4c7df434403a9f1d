from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0025_peer_ranges"),
    ]

    operations = [
        migrations.RenameField("flag", "checked_at", "changed_at"),
    ]
