"""Expressions of the columns and indexes that searching uses."""

from __future__ import annotations

from django.db import models

from quen.core.text import folded_in_sql


class SearchWords(models.Func):
    """The words a contact is found by, folded: ' =nguyen =thi =lan cong ty sen 12 le loi phuong 1 hai chau da nang'.

    Those of the name begin with "=", so that they can be told from those of the company and the address.
    """

    template = folded_in_sql(
        "' =' || replace(full_name, ' ', ' =') || ' ' || company || ' ' || address_line || ' ' || ward"
        " || ' ' || district || ' ' || city"
    )
    output_field = models.TextField()


class Lexemes(models.Func):
    """The words of a folded text as a tsvector, for an index of their beginnings.

    PostgreSQL refuses lexemes of more than 2,046 bytes; only a long text can have such words, and they are cut.
    """

    template = (
        "array_to_tsvector(array_remove(string_to_array(CASE WHEN octet_length(%(expressions)s) < 2047"
        " THEN %(expressions)s ELSE regexp_replace(%(expressions)s, '([^ ]{100})[^ ]+', '\\1', 'g') END, ' '), ''))"
    )
