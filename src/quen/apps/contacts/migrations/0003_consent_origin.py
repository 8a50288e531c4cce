"""Entries of the consent log say which row and column of a file they come from, and when the person answered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_erased_people")]

    operations = [
        migrations.AddField("consententry", "file_row", models.BigIntegerField(null=True)),
        migrations.AddField("consententry", "file_column", models.SmallIntegerField(null=True)),
        migrations.AddField("consententry", "answered_at", models.DateTimeField(null=True)),
    ]
