"""Django's own form error messages, listed so that our catalogue can override their translation."""

from django.utils.translation import gettext_noop as _

MESSAGES = (
    _("This field is required."),
    _("Ensure this value is less than or equal to %(limit_value)s."),
    _("Ensure this value is greater than or equal to %(limit_value)s."),
    _("Enter a whole number."),
    _("Enter a number."),
    _("Enter a valid date."),
    _("Enter a valid time."),
    _("Enter a valid URL."),
)
