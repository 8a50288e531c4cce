"""Words are indexed by their beginnings, phones, emails and codes by any part of them; see docs/algorithms/search.md."""

import django.contrib.postgres.indexes
from django.db import migrations, models

import quen.apps.contacts.models

_ALIVE = models.Q(("deleted_at", None))


class Migration(migrations.Migration):
    dependencies = [("contacts", "0005_identifiers_are_searched")]

    operations = [
        migrations.RemoveIndex("contact", "contact_search_trgm"),
        migrations.RemoveField("contact", "search"),
        migrations.AddField(
            "contact",
            "search",
            models.GeneratedField(
                expression=quen.apps.contacts.models.SearchWords(),
                output_field=models.TextField(),
                db_persist=True,
            ),
        ),
        migrations.AddIndex(
            "contact",
            django.contrib.postgres.indexes.GinIndex(
                quen.apps.contacts.models.Lexemes("search"), name="contact_search_words", condition=_ALIVE
            ),
        ),
        migrations.AddIndex(
            "contact",
            django.contrib.postgres.indexes.GinIndex(
                fields=["phone", "email"],
                opclasses=["gin_trgm_ops", "gin_trgm_ops"],
                name="contact_search_keys",
                condition=_ALIVE,
            ),
        ),
        migrations.RemoveIndex("contactidentity", "identity_begins"),
        migrations.AddIndex(
            "contactidentity",
            django.contrib.postgres.indexes.GinIndex(
                fields=["external_id"], opclasses=["gin_trgm_ops"], name="identity_parts", condition=_ALIVE
            ),
        ),
    ]
