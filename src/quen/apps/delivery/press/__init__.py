"""Mails in the words of each reader, made beside the hand-over in a process of their own.

No Django set-up and no database in here: what comes in is whole, what goes out are bytes.
"""

from quen.apps.delivery.press.process import Press
from quen.apps.delivery.press.writing import Item, Mail, Order, Unwritten, Writer, bound, write

__all__ = ["Item", "Mail", "Order", "Press", "Unwritten", "Writer", "bound", "write"]
