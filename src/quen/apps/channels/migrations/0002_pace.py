"""What a server takes: the rate found, its last request to send less, its silence; and the shared pace."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("channels", "0001_initial")]

    operations = [
        migrations.AddField("connection", "found_rate", models.FloatField(null=True)),
        migrations.AddField("connection", "found_connections", models.SmallIntegerField(null=True)),
        migrations.AddField("connection", "slowed_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "connection", "slowdown_reply", models.CharField(blank=True, default="", max_length=300), preserve_default=False
        ),
        migrations.AddField("connection", "slowed_until", models.DateTimeField(null=True)),
        migrations.AddField("connection", "silent_at", models.DateTimeField(null=True)),
        migrations.AddField("connection", "silent_seconds", models.FloatField(null=True)),
        migrations.CreateModel(
            name="SendPace",
            fields=[
                ("key", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("next_at", models.DateTimeField()),
            ],
        ),
    ]
