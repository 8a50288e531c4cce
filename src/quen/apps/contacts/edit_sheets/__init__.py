"""Workbooks of contacts that are edited in a spreadsheet and brought back: columns, file, comparison."""
