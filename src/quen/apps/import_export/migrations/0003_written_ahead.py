"""Rows that a part of a batch has written ahead of the position; see docs/algorithms/import.md."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("import_export", "0002_remembered_matching")]

    operations = [migrations.AddField("import", "written_ahead", models.JSONField(default=list))]
