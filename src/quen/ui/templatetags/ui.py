"""`{% load ui %}`: importing the modules of tags registers every component and filter."""

from quen.ui.library import register
from quen.ui.tags import basics, charts, choices, containers, fields, filters, lists, tables

__all__ = ["basics", "charts", "choices", "containers", "fields", "filters", "lists", "register", "tables"]
