"""Codes, further phones and emails are found by their beginning; birthday conditions read the calendar too."""

from django.db import migrations, models

_ALIVE = models.Q(("deleted_at", None))
_COVERED = (
    "status",
    "consent_email",
    "consent_sms",
    "consent_zalo",
    "gender",
    "birth_on",
    "birth_day",
    "birth_is_lunar",
    "province",
    "province_before",
    "spent",
    "orders_count",
    "first_order_at",
    "last_order_at",
    "first_source",
    "latest_source",
    "member_since",
    "created_at",
    "last_activity_at",
    "incomplete",
)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0004_lunar_birthdays")]

    operations = [
        migrations.RemoveIndex("contact", "contact_covering"),
        migrations.AddIndex(
            "contact",
            models.Index(fields=["id"], include=_COVERED, condition=_ALIVE, name="contact_covering"),
        ),
        migrations.AddIndex(
            "contactidentity",
            models.Index(
                fields=["external_id"],
                opclasses=["text_pattern_ops"],
                condition=_ALIVE,
                name="identity_begins",
            ),
        ),
    ]
