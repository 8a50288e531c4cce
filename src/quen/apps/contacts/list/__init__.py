"""The contact list: its filter and contacts, its state in the URL, columns and rows, the total.

A request reads ``ListState`` from its URL; ``ContactList`` is its filter at an instant; ``core.paging.read_large``
reads the ids of a page from it; ``columns.table_rows`` turns these contacts into rows.
"""
