"""Django's own words of refused forms, listed so that our catalogue says them as people here do."""

from django.utils.translation import gettext_noop as _

SENTENCES = (
    _("This field is required."),
    _("Ensure this value is less than or equal to %(limit_value)s."),
    _("Ensure this value is greater than or equal to %(limit_value)s."),
    _("Enter a whole number."),
    _("Enter a number."),
    _("Enter a valid date."),
    _("Enter a valid time."),
    _("Enter a valid URL."),
)
