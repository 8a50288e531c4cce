"""An import keeps what an earlier file was matched to, so that its own matching is no memory."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("import_export", "0001_initial")]

    operations = [migrations.AddField("import", "remembered", models.JSONField(null=True))]
