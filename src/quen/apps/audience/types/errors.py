"""Errors of condition trees. Each names the invalid node by a JSON pointer in ``params["path"]``: ``/all/0/value``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class InvalidTree(DomainError):
    """The tree cannot be parsed."""

    code = "invalid_tree"
    text = _("These conditions can't be read.")

    @property
    def path(self) -> str:
        """Return the JSON pointer of the invalid node or argument."""
        return str(self.params.get("path", ""))


class NotJson(InvalidTree):
    """The text is not JSON."""

    code = "not_json"
    text = _("These conditions are not valid JSON.")


class BadNode(InvalidTree):
    """A node is neither a group nor a condition."""

    code = "bad_node"
    text = _("Part of the conditions is neither a group nor a condition (%(path)s).")


class TreeTooDeep(InvalidTree):
    """Groups are nested too deep."""

    code = "too_deep"
    text = _("Groups can be nested up to %(limit)d levels deep.")


class TreeTooLarge(InvalidTree):
    """There are too many conditions."""

    code = "too_large"
    text = _("There can be up to %(limit)d conditions.")


class UnknownConditionType(InvalidTree):
    """No such field or event kind."""

    code = "unknown_condition_type"
    text = _("There is no condition called “%(key)s”.")


class FieldArchived(InvalidTree):
    """The custom field was archived; its values are kept, but it cannot be used in conditions."""

    code = "field_archived"
    text = _("The field “%(label)s” is archived. Restore it, or remove the condition.")


class UnknownOperator(InvalidTree):
    """The condition type does not have this operator."""

    code = "unknown_operator"
    text = _("“%(label)s” can't be compared this way.")


class UnknownArgument(InvalidTree):
    """The operator does not have this argument."""

    code = "unknown_argument"
    text = _("“%(label)s” doesn't accept “%(argument)s”.")


class ArgumentMissing(InvalidTree):
    """A required argument is missing."""

    code = "argument_missing"
    text = _("Enter a value for “%(label)s”.")


class BadArgument(InvalidTree):
    """The value is not valid for its argument."""

    code = "bad_argument"
    text = _("“%(value)s” is not valid for “%(label)s”.")


class UnknownChoice(InvalidTree):
    """The value is not one of the choices."""

    code = "unknown_choice"
    text = _("“%(value)s” is not an option of “%(label)s”.")


class RangeReversed(InvalidTree):
    """The range ends before it starts."""

    code = "range_reversed"
    text = _("“%(label)s”: the range starts after it ends.")
