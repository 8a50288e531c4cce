"""Refusals. Each names the wrong node by a JSON pointer in ``params["path"]``: ``/all/0/value``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class InvalidTree(DomainError):
    """The tree cannot be read."""

    code = "tree_refused"
    text = _("These conditions can't be read.")

    @property
    def path(self) -> str:
        """Give the JSON pointer of the wrong node or argument."""
        return str(self.params.get("path", ""))


class NotJson(InvalidTree):
    """Not JSON at all."""

    code = "not_json"
    text = _("These conditions are not valid JSON.")


class BadNode(InvalidTree):
    """Neither a group nor a condition."""

    code = "bad_node"
    text = _("A part of the conditions is neither a group nor a condition (%(path)s).")


class TreeTooDeep(InvalidTree):
    """Groups in groups in groups."""

    code = "too_deep"
    text = _("Groups can be nested up to %(limit)d levels deep.")


class TreeTooLarge(InvalidTree):
    """More conditions than anyone can read."""

    code = "too_large"
    text = _("There can be up to %(limit)d conditions.")


class UnknownConditionType(InvalidTree):
    """No such field or event."""

    code = "unknown_condition_type"
    text = _("There is no condition called “%(key)s”.")


class FieldArchived(InvalidTree):
    """The custom field was archived; its values are kept but no longer asked for."""

    code = "field_archived"
    text = _("The field “%(label)s” is archived. Restore it, or remove the condition.")


class UnknownOperator(InvalidTree):
    """The operator does not fit the criterion."""

    code = "unknown_operator"
    text = _("“%(label)s” can't be compared this way.")


class UnknownArgument(InvalidTree):
    """Something the operator does not take."""

    code = "unknown_argument"
    text = _("“%(label)s” does not take “%(argument)s”.")


class ArgumentMissing(InvalidTree):
    """The operator needs a value."""

    code = "argument_missing"
    text = _("Enter a value for “%(label)s”.")


class BadArgument(InvalidTree):
    """The value does not fit."""

    code = "bad_argument"
    text = _("“%(value)s” does not fit “%(label)s”.")


class UnknownChoice(InvalidTree):
    """Not one of the choices."""

    code = "unknown_choice"
    text = _("“%(value)s” is not a choice of “%(label)s”.")


class RangeReversed(InvalidTree):
    """From after to."""

    code = "range_reversed"
    text = _("“%(label)s”: the range starts after it ends.")
