"""Lunar dates of birth are stored in the usual calendar; before, they were stored as if they were of it."""

from datetime import date
from typing import Any

from django.db import migrations

from quen.core import lunar


def convert(apps: Any, _schema_editor: Any) -> None:
    contacts = apps.get_model("contacts", "Contact")._base_manager
    lunar_ones = contacts.filter(birth_is_lunar=True).exclude(birth_on=None)
    for pk, born in lunar_ones.values_list("pk", "birth_on"):
        contacts.filter(pk=pk).update(birth_on=_solar(born))


def _solar(born: date) -> date | None:
    try:
        return lunar.to_solar(born.year, born.month, born.day)
    except ValueError:
        return None


class Migration(migrations.Migration):
    dependencies = [("contacts", "0003_consent_origin")]

    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
