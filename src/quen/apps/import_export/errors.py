"""Why a file cannot be read, each with what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class UnreadableFile(DomainError):
    """The file holds no table we can read. Each reason is a subclass with its own code."""

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
    text = _(
        "This workbook is locked with a password. Open it, remove the password, save it and choose it again."
    )


class BrokenFile(UnreadableFile):
    code = "file_broken"
    text = _("This file is damaged or was not downloaded completely. Download or save it again.")


class UnpacksTooLarge(UnreadableFile):
    code = "file_unpacks_too_large"
    text = _("This workbook grows far too large when unpacked. Save the sheet as .csv and choose that file.")


class FileTooLarge(UnreadableFile):
    code = "file_too_large"
    text = _("This file is larger than %(limit_mb)s MB. Split it, or save an old .xls workbook as .csv.")


class ForbiddenXml(UnreadableFile):
    code = "file_forbidden_xml"
    text = _("This workbook holds declarations that no spreadsheet needs. Save it again as .xlsx in Excel.")


class WebPage(UnreadableFile):
    code = "file_web_page"
    text = _("This file is a web page with the name of a workbook. Open it in Excel and save it as .xlsx.")


class OtherWorkbook(UnreadableFile):
    code = "file_other_workbook"
    text = _("This kind of workbook is not read here. Open it and save it as .xlsx or .csv.")


class UnclosedQuote(UnreadableFile):
    code = "file_unclosed_quote"
    text = _(
        "A quotation mark opens in row %(row)s and never closes, so the rows after it run together. "
        "Delete that mark, or choose to read quotation marks as plain text."
    )


class CellTooLong(UnreadableFile):
    code = "file_cell_too_long"
    text = _(
        "A cell in row %(row)s is far too long. Check the separator and the quotation marks of the file."
    )


class LineTooLong(UnreadableFile):
    code = "file_line_too_long"
    text = _("This file has a line of more than %(limit_mb)s MB. Check that it has one row a line.")


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
    text = _("The text of this file is not %(encoding)s. Choose another encoding, or let us find it.")
