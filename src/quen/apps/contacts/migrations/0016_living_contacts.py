"""An index of the contacts that are not deleted by their id alone: what counts join to (audience)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the index."""

    dependencies = [("contacts", "0015_contact_changes")]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("deleted_at", None)), fields=["id"], name="contact_living"
            ),
        ),
    ]
