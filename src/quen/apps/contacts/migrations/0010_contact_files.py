"""Files of contacts."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0009_tag_colours"),
        ("team", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="ContactFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("png", "PNG picture"), ("jpeg", "JPEG picture"), ("webp", "WebP picture"), ("gif", "GIF picture"), ("heic", "HEIC picture"), ("pdf", "PDF"), ("word", "Word document"), ("excel", "Excel workbook"), ("slides", "PowerPoint slides"), ("text", "Text"), ("audio", "Audio recording"), ("video", "Video"), ("archive", "Archive"), ("other", "File")], default="other", max_length=20)),
                ("at", models.DateTimeField()),
                ("member_id", models.BigIntegerField(null=True)),
                ("member_name", models.CharField(blank=True, max_length=120)),
                ("contact", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="files", to="contacts.contact")),
                ("file", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="team.file")),
            ],
            options={"ordering": ["-at", "-id"]},
        ),
        migrations.AddIndex(
            model_name="contactfile",
            index=models.Index(fields=["contact", "-at"], name="contactfile_newest"),
        ),
    ]
