"""`{% load ui %}`: every component tag and every filter of the house."""

from quen.ui.library import register
from quen.ui.tags import basics, choices, fields, filters, lists, shells

__all__ = ["basics", "choices", "fields", "filters", "lists", "register", "shells"]
