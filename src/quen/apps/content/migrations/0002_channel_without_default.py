"""The channel of a content is always given: none is the usual one."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("content", "0001_initial")]

    operations = [
        migrations.AlterField("content", "channel", models.CharField(max_length=10)),
    ]
