"""A shop with many customers, some of them twice as cashiers type, and families that share a number."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from quen.apps.contacts.models import Contact, ContactIdentity
from quen.core.text import fold

_RARE_TEXT = "Phan Trương Bùi Đặng Đỗ Ngô Hồ Dương Lý Đinh Mai Lâm Trịnh Cao"
_OFTEN = {"Nguyễn": 38, "Trần": 11, "Lê": 10, "Phạm": 7, "Hoàng": 5, "Huỳnh": 5, "Võ": 4}
_FAMILIES = [name for name, times in _OFTEN.items() for _each in range(times)] + _RARE_TEXT.split()
_MIDDLES_TEXT = (
    "Thị Văn Thị Văn Thị Văn Thị Đức Minh Hữu Quốc Thanh Ngọc Kim Thu Hồng Bích Mỹ Phương Xuân Gia Bảo "
    "Hoàng Tuấn Anh Khánh Thùy Diệu Như Tường Nhật Trọng Công Đình Phúc Hải Quang Việt Hoài Cẩm Lệ Mai Tố "
    "Diễm Yến"
)
_MIDDLES = _MIDDLES_TEXT.split()
_GIVENS_TEXT = (
    "Lan Hoa Hồng Huệ Cúc Mai Đào Hương Thảo Trang Linh Ngân Ngọc Nga Nhung Oanh Phượng Quyên Thanh Thúy "
    "Thủy Tuyết Vân Yến Anh Bình Chi Châu Diệp Dung Duyên Giang Hà Hạnh Hằng Hiền Hòa Loan Ly Minh My Nhi "
    "Như Phương Quỳnh Sương Tâm Thơ Thu Trâm Trinh Trúc Uyên Vy Xuân Hùng Dũng Cường Tuấn Tú Toàn Thắng "
    "Thành Tài Tân Sơn Sang Quân Quang Phúc Phong Phát Nhân Nghĩa Nam Mạnh Long Lộc Lâm Kiên Khoa Khánh "
    "Huy Hưng Hoàng Hải Giáp Đức Đạt Công Bảo An Khang Vinh"
)
_GIVENS = _GIVENS_TEXT.split()
_STREETS_TEXT = (
    "Lê Lợi|Trần Phú|Nguyễn Huệ|Hai Bà Trưng|Lý Thường Kiệt|Quang Trung|Phan Chu Trinh|Điện Biên Phủ|Hùng "
    "Vương|Nguyễn Trãi|Lê Duẩn|Hoàng Diệu|Ông Ích Khiêm|Nguyễn Văn Linh|Trưng Nữ Vương|Bạch "
    "Đằng|Pasteur|Yên Bái"
)
_STREETS = _STREETS_TEXT.split("|")
_PREFIXES_TEXT = (
    "090 091 093 094 096 097 098 086 088 089 032 033 034 035 036 037 038 039 070 076 077 078 079 081 082"
)
_PREFIXES = _PREFIXES_TEXT.split()
_DOMAINS = ["gmail.com"] * 8 + ["yahoo.com.vn", "outlook.com", "hotmail.com"]
_SLIPS = {
    "gmail.com": "gmail.con gmial.com gmai.com gmail.com.vn",
    "outlook.com": "outlok.com",
    "hotmail.com": "hotmai.com",
}


@dataclass(slots=True)
class Planted:
    """Who was planted: the pairs that are one person, and those that are two of one family."""

    people: set[tuple[int, int]]
    families: set[tuple[int, int]]


def plant(*, contacts: int, pairs: int, families: int, now: datetime, seed: int = 11) -> Planted:
    """Write contacts, among them so many pairs of one person and so many of one family; return which."""
    chance = random.Random(seed)
    shop = _Shop(chance, now)
    people, shared = [], []
    for _each in range(pairs):
        first = shop.person()
        people.append((first, shop.typed_again(first)))
    for _each in range(families):
        first = shop.person()
        shared.append((first, shop.relative(first)))
    while len(shop.made) < contacts:
        shop.person()
    shop.write()
    return Planted({_ids(pair) for pair in people}, {_ids(pair) for pair in shared})


def _ids(pair: tuple[Contact, Contact]) -> tuple[int, int]:
    first, second = sorted(each.pk for each in pair)
    return first, second


class _Shop:
    def __init__(self, chance: random.Random, now: datetime) -> None:
        self._chance, self._now = chance, now
        self.made: list[Contact] = []
        self._phones: set[str] = set()
        self._emails: set[str] = set()
        self._further: list[tuple[Contact, str, str]] = []

    def person(self) -> Contact:
        chance = self._chance
        words = [chance.choice(_FAMILIES), chance.choice(_MIDDLES), chance.choice(_GIVENS)]
        if chance.random() < 0.25:
            words.insert(2, chance.choice(_GIVENS))
        name = " ".join(words)
        has_birthday, has_address = chance.random() < 0.5, chance.random() < 0.45
        return self._make(
            full_name=name,
            phone=self._phone(),
            email=self._email(name) if chance.random() < 0.6 else None,
            birth_on=date(1955, 1, 1) + timedelta(days=chance.randrange(18_000)) if has_birthday else None,
            province=chance.choice(("48", "79", "01", "46", "31")) if has_address else "",
            address_line=f"{chance.randrange(1, 400)} {chance.choice(_STREETS)}" if has_address else "",
        )

    def typed_again(self, first: Contact) -> Contact:
        """Return the same person as another cashier typed them: something else is missing, the name is not quite it."""
        ways = [self._same_number, self._wrong_digit]
        if first.email:
            ways += [self._same_mailbox, self._wrong_domain]
        if first.birth_on:
            ways += [self._birthday, self._birthday]
        if first.address_line:
            ways.append(self._address)
        way = self._chance.choice(ways)
        other = self._make(full_name=self._mistyped(first.full_name), **way(first))
        if way == self._same_number:
            self._further.append((other, "phone", str(first.phone)))
        return other

    def relative(self, first: Contact) -> Contact:
        """Return somebody of the same household, with the same number in second place, and another given name."""
        chance = self._chance
        words = first.full_name.split()
        while fold(given := chance.choice(_GIVENS)) == fold(words[-1]):
            continue
        family = words[0] if chance.random() < 0.7 else chance.choice(_FAMILIES)
        other = self._make(
            full_name=f"{family} {chance.choice(_MIDDLES)} {given}",
            phone=self._phone(),
            birth_on=first.birth_on + timedelta(days=chance.randrange(-9_000, 9_000))
            if first.birth_on
            else None,
            province=first.province,
            address_line=first.address_line,
        )
        self._further.append((other, "phone", str(first.phone)))
        return other

    def write(self) -> None:
        Contact.all_objects.bulk_create(self.made, batch_size=5_000)
        ContactIdentity.objects.bulk_create(
            (
                ContactIdentity(contact=contact, system=system, external_id=value, created_at=self._now)
                for contact, system, value in self._further
            ),
            batch_size=5_000,
        )

    def _make(self, **values: Any) -> Contact:
        contact = Contact(
            member_since=self._now,
            last_activity_at=self._now,
            created_at=self._now,
            updated_at=self._now,
            **values,
        )
        self.made.append(contact)
        return contact

    def _same_number(self, first: Contact) -> dict[str, Any]:
        return {"phone": self._phone(), "province": first.province}

    def _wrong_digit(self, first: Contact) -> dict[str, Any]:
        chance, number = self._chance, str(first.phone)
        while True:
            i = chance.randrange(5, len(number))
            typed = number[:i] + str(chance.randrange(10)) + number[i + 1 :]
            if chance.random() < 0.3 and i + 1 < len(number):
                typed = number[:i] + number[i + 1] + number[i] + number[i + 2 :]
            if typed != number and typed not in self._phones:
                self._phones.add(typed)
                return {"phone": typed}

    def _same_mailbox(self, first: Contact) -> dict[str, Any]:
        local, _at, domain = str(first.email).partition("@")
        typed = f"{local[:3]}.{local[3:]}@{domain}" if domain == "gmail.com" else f"{local}@{domain}.vn"
        return {"phone": self._phone(), "email": typed} if domain == "gmail.com" else self._wrong_digit(first)

    def _wrong_domain(self, first: Contact) -> dict[str, Any]:
        local, _at, domain = str(first.email).partition("@")
        if domain not in _SLIPS:
            return self._wrong_digit(first)
        typed = f"{local}@{self._chance.choice(_SLIPS[domain].split())}"
        return {"phone": self._phone(), "email": typed, "birth_on": first.birth_on}

    def _birthday(self, first: Contact) -> dict[str, Any]:
        return {"phone": self._phone(), "birth_on": first.birth_on, "province": first.province}

    def _address(self, first: Contact) -> dict[str, Any]:
        return {"phone": self._phone(), "address_line": first.address_line, "province": first.province}

    def _mistyped(self, name: str) -> str:
        """Return a name as it is typed in a hurry: without marks, with the words turned, or one letter off."""
        chance, words = self._chance, name.split()
        match chance.randrange(10):
            case 0 | 1 | 2:
                return name
            case 3 | 4 | 5:
                return plain(name)
            case 6:
                return " ".join([*words[1:], words[0]])
            case 7:
                return f"{words[0]} {words[-1]}"
            case 8:
                return name.upper()
        letters = list(plain(words[-1]) if len(words[-1]) > 3 else plain(name))
        i = chance.randrange(1, len(letters))
        letters[i] = chance.choice("qwzxjk") if letters[i] != " " else " "
        typed = "".join(letters)
        return " ".join([*words[:-1], typed]) if len(words[-1]) > 3 else typed

    def _phone(self) -> str:
        while True:
            typed = f"+84{self._chance.choice(_PREFIXES)[1:]}{self._chance.randrange(10**7):07d}"
            if typed not in self._phones:
                self._phones.add(typed)
                return typed

    def _email(self, name: str) -> str:
        chance = self._chance
        while True:
            typed = f"{fold(name).replace(' ', '')}{chance.randrange(10**5)}@{chance.choice(_DOMAINS)}"
            if typed not in self._emails:
                self._emails.add(typed)
                return typed


def plain(name: str) -> str:
    """Return a name without its marks."""
    spelled = unicodedata.normalize("NFD", name).replace("đ", "d").replace("Đ", "D")
    return "".join(letter for letter in spelled if not unicodedata.combining(letter))
