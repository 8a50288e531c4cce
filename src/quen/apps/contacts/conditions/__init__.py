"""Conditions on contacts: one file per type, registered with the audience app."""

from django.utils.translation import gettext_lazy as _

from quen.apps.audience import registry
from quen.apps.audience.types import ConditionGroup
from quen.apps.contacts.conditions.custom_fields import CustomFieldConditions
from quen.apps.contacts.conditions.population import POPULATION
from quen.apps.contacts.conditions.settings import SettingsConditions
from quen.apps.contacts.conditions.system import condition_types
from quen.apps.contacts.models import Contact


def register() -> None:
    """Register the population, the conditions of every workspace, and those of its custom fields."""
    registry.register_group(ConditionGroup("demographics", _("Demographics"), "users", 10))
    registry.register_group(ConditionGroup("tags_and_status", _("Tags and status"), "tag", 60))
    registry.register_group(ConditionGroup("custom", _("Custom fields"), "text-cursor-input", 80))
    columns = (field.name for field in Contact._meta.concrete_fields)
    registry.register_readable(
        *(f"contact.{column}" for column in columns), "contact.tags", "contact.attrs.*"
    )
    registry.register_population(POPULATION)
    registry.register_condition_types(condition_types())
    registry.register_condition_provider("contacts.settings", SettingsConditions())
    registry.register_condition_provider("contacts", CustomFieldConditions())
