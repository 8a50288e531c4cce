"""What forms of other systems send: form-encoded, multipart, JSON, or LadiPage's list of names and values.

facts/commerce-apis §7: flat, named as the merchant typed ("Họ và tên"), repeated keys possible, no signature, no id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from quen.core.text import clean, fold

MAX_FIELDS = 100
MAX_VALUE_CHARS = 5_000
MAX_NAME_CHARS = 120
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_MAX_UTM_CHARS = 200
_MAX_PAGE_CHARS = 500
_PAGE_KEYS = frozenset({"link", "urlpage", "url", "pageurl", "page"})
#: what is about the sending, not about the person
_ABOUT = frozenset({
    "ip", "ladiformid", "ladipageid", "formconfigid", "formid", "messagetime", "timezone", "isverified", "varianturl",
    "variantcontent", "useragent", "referer", "referrer", "token", "submit", "createdat", "time", "totalrevenue",
})  # fmt: skip
#: a code that proves a number once is never stored
_DROPPED = frozenset(
    {"otpcode", "otp", "maotp", "maxacnhan", "verifycode", "verificationcode", "password", "matkhau"}
)
_LISTS = ("form_data", "tracking_form")
#: beside the vocabulary of imports, as seen in forms
ALIASES: Mapping[str, str] = {
    "hoten": "full_name", "hovaten": "full_name", "fullname": "full_name", "ten": "full_name", "name": "full_name",
    "tenkhachhang": "full_name", "hotenkhachhang": "full_name", "tencuaban": "full_name", "yourname": "full_name",
    "sdt": "phone", "sodienthoai": "phone", "dienthoai": "phone", "phone": "phone", "mobile": "phone", "tel": "phone",
    "phonenumber": "phone", "didong": "phone", "sodidong": "phone", "sozalo": "phone", "zalo": "phone",
    "email": "email", "gmail": "email", "mail": "email", "diachiemail": "email", "emailcuaban": "email",
    "diachi": "address_line", "address": "address_line", "ngaysinh": "birth_on", "sinhnhat": "birth_on",
    "gioitinh": "gender", "congty": "company", "tinh": "province", "thanhpho": "province", "tinhthanh": "province",
    "loinhan": "note", "ghichu": "note", "message": "note", "noidung": "note", "note": "note",
}  # fmt: skip
_NOT_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(slots=True)
class ExternalLead:
    """A call, read. values: by the sender's own names.  capture: half-filled, never a registration."""

    values: dict[str, str] = field(default_factory=dict)
    page: str = ""
    utm: dict[str, str] = field(default_factory=dict)
    form: str = ""
    capture: bool = False


def read_lead(body: bytes, content_type: str) -> ExternalLead:
    """Return what a call says. Whatever cannot be read is a lead without values, for somebody to look at."""
    lead = ExternalLead()
    for name, value in _pairs(body, content_type):
        _take(lead, clean(storable(name))[:MAX_NAME_CHARS], clean(storable(value))[:MAX_VALUE_CHARS])
    if lead.page and not lead.utm:
        # Not split as an address: "https://[" is none, and still the page of a lead.
        query = parse_qsl(lead.page.partition("#")[0].partition("?")[2])[:MAX_FIELDS]
        lead.utm = {name: clean(value)[:_MAX_UTM_CHARS] for name, value in query if name in UTM}
    return lead


def storable(text: str) -> str:
    """Return a text without what JSON can say and the database can't store: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def fold_key(name: str) -> str:
    """Return the letters and digits of a name without accents: "Họ và tên" is "hovaten"."""
    return _NOT_WORD.sub("", fold(name))


def _take(lead: ExternalLead, name: str, value: str) -> None:
    key = fold_key(name)
    if not name or key in _DROPPED:
        return
    if key in (fold_key(utm) for utm in UTM):
        lead.utm[next(utm for utm in UTM if fold_key(utm) == key)] = value[:_MAX_UTM_CHARS]
    elif key in _PAGE_KEYS and value.startswith(("http://", "https://")):
        lead.page = lead.page or value[:_MAX_PAGE_CHARS]
    elif key == "statussend":
        lead.capture = fold(value) == "capture"
    elif key == "ladiformid":
        lead.form = value[:MAX_NAME_CHARS]
    elif key not in _ABOUT and len(lead.values) < MAX_FIELDS and value:
        known = lead.values.get(name)
        lead.values[name] = value if known in (None, value) else f"{known}, {value}"[:MAX_VALUE_CHARS]


def _pairs(body: bytes, content_type: str) -> list[tuple[str, str]]:
    kind = content_type.partition(";")[0].strip().lower()
    text = body.decode("utf-8", "replace").replace("\x00", "")
    if kind == "multipart/form-data":
        try:
            return _multipart(body, content_type)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            # The library's reading of headers fails in many ways on what is none.
            return []
    if kind == "application/json" or text.lstrip()[:1] in ("{", "["):
        try:
            return _json_pairs(json.loads(text))
        except (ValueError, RecursionError):
            return []
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS * 2)
    except ValueError:
        return []


def _multipart(body: bytes, content_type: str) -> list[tuple[str, str]]:
    header = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(header + body)
    if not message.is_multipart():
        return []
    found: list[tuple[str, str]] = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and part.get_filename() is None and isinstance(payload, bytes):
            found.append((name, payload.decode("utf-8", "replace").replace("\x00", "").rstrip("\r\n")))
    return found[: MAX_FIELDS * 2]


def _json_pairs(data: Any) -> list[tuple[str, str]]:
    if isinstance(data, list):
        data = {"form_data": data}
    if not isinstance(data, Mapping):
        return []
    found: list[tuple[str, str]] = []
    for name, value in list(data.items())[: MAX_FIELDS * 2]:
        if name in _LISTS and isinstance(value, list):
            found += [
                (str(each["name"]), _flat(each.get("value")))
                for each in value[:MAX_FIELDS]
                if isinstance(each, Mapping) and "name" in each
            ]
        else:
            found.append((str(name), _flat(value)))
    return found


def _flat(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(each) for each in value[:MAX_FIELDS] if not isinstance(each, dict | list))
    return "" if isinstance(value, Mapping) else str(value)
