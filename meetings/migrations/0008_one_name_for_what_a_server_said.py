from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('meetings', '0007_longer_names'),
    ]

    operations = [
        migrations.RenameField(
            model_name='briefingmail',
            old_name='said',
            new_name='error',
        ),
    ]
