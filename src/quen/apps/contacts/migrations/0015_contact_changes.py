from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("contacts", "0014_edit_sheets"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactChange",
            fields=[
                ("contact_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "contacts_contactchange",
                "indexes": [
                    models.Index(fields=["seq"], name="contactchange_order"),
                    models.Index(fields=["at"], name="contactchange_time"),
                ],
            },
        ),
        # Contacts that exist already come first, the one that changed longest ago before the others.
        migrations.RunSQL(
            [
                "INSERT INTO contacts_contactchange (contact_id, seq, at)"
                " SELECT id, row_number() OVER (ORDER BY updated_at, id), updated_at FROM contacts_contact"
                " WHERE deleted_at IS NULL"
            ],
            [],
        ),
    ]
