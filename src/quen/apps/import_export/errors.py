"""Errors for files that cannot be read; each text says what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class UnreadableFile(DomainError):
    """The file contains no readable table. Each reason is a subclass with its own code."""

    code = "file_unreadable"
    text = _("We can't read this file. Save it as .xlsx or .csv and choose it again.")
    field = "file"


class EmptyFile(UnreadableFile):
    code = "file_empty"
    text = _("This file has no rows. Check that you chose the right file.")


class NotATable(UnreadableFile):
    code = "file_not_a_table"
    text = _("This file is not a table. Choose a file ending in .xlsx, .xls, .csv, .tsv or .txt.")


class ProtectedFile(UnreadableFile):
    code = "file_protected"
    text = _("This workbook is password-protected. Remove the password, save it and choose it again.")


class BrokenFile(UnreadableFile):
    code = "file_broken"
    text = _("This file is damaged or incomplete. Download or save it again.")


class UnpacksTooLarge(UnreadableFile):
    code = "file_unpacks_too_large"
    text = _("This workbook is too large when unpacked. Save the sheet as .csv and choose that file.")


class FileTooLarge(UnreadableFile):
    code = "file_too_large"
    text = _("This file is larger than %(limit_mb)s MB. Split it, or save an old .xls workbook as .csv.")


class ForbiddenXml(UnreadableFile):
    code = "file_forbidden_xml"
    text = _(
        "This workbook contains XML declarations that spreadsheets don't use. Save it again as .xlsx in Excel."
    )


class WebPage(UnreadableFile):
    code = "file_web_page"
    text = _(
        "This file is a web page saved with a spreadsheet's name. Open it in Excel and save it as .xlsx."
    )


class OtherWorkbook(UnreadableFile):
    code = "file_other_workbook"
    text = _("This type of workbook isn't supported. Open it and save it as .xlsx or .csv.")


class UnclosedQuote(UnreadableFile):
    code = "file_unclosed_quote"
    text = _(
        "A quotation mark in row %(row)s is never closed, so the rows after it run together. "
        "Remove it, or treat quotation marks as plain text."
    )


class CellTooLong(UnreadableFile):
    code = "file_cell_too_long"
    text = _("A cell in row %(row)s is too long. Check the file's separator and quotation marks.")


class LineTooLong(UnreadableFile):
    code = "file_line_too_long"
    text = _("This file has a line longer than %(limit_mb)s MB. Check that every row has its own line.")


class TooManyColumns(UnreadableFile):
    code = "file_too_many_columns"
    text = _(
        "This file has more than %(limit)s columns. Delete the columns you don't need and choose it again."
    )


class NoSuchSheet(UnreadableFile):
    code = "file_no_such_sheet"
    text = _("This workbook has no sheet named “%(sheet)s”. Choose another sheet.")


class WrongEncoding(UnreadableFile):
    code = "file_wrong_encoding"
    text = _("This file isn't encoded in %(encoding)s. Choose another encoding, or let Quen detect it.")
