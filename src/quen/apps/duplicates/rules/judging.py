"""What two contacts are taken for, by what they have in common (R-09): the name alone is never a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from quen.apps.duplicates.rules.names import NameMatch, compare_names
from quen.apps.duplicates.types import PairKind, PairVerdict, Person, Sign

#: spellings of the domains that most people have
DOMAINS: Final[Mapping[str, str]] = {
    typed: right
    for right, several in {
        "gmail.com": "gmail.con gmail.co gmail.cm gmail.om gmail.comm gmail.vn gmail.com.vn gmial.com gmai.com"
        " gamil.com gmal.com gmali.com gmaill.com gmail.coml gmail.cpm gmail.cim googlemail.com gmil.com gnail.com",
        "yahoo.com": "yahoo.con yahoo.co yahoo.cm yaho.com yhaoo.com yahooo.com yaoo.com yahoo.comm ymail.com",
        "yahoo.com.vn": "yahoo.com.v yahoo.vn yaho.com.vn yahoo.con.vn",
        "hotmail.com": "hotmail.con hotmai.com hotmial.com hotmail.co hotmail.com.vn hotmil.com",
        "outlook.com": "outlook.con outlok.com outlook.co outlook.com.vn outook.com",
        "icloud.com": "icloud.con iclould.com icoud.com icloud.co iclound.com",
    }.items()
    for typed in several.split()
}
_MALE: Final = frozenset({"anh", "ông", "chú", "bác trai", "cậu", "mr"})
_FEMALE: Final = frozenset({"chị", "bà", "cô", "mợ", "dì", "mrs", "ms"})
_SCORES: Final = {
    Sign.PHONE: 50,
    Sign.EMAIL: 45,
    Sign.PHONE_NEAR: 25,
    Sign.EMAIL_NEAR: 30,
    Sign.NAME: 25,
    Sign.NAME_NEAR: 12,
    Sign.BIRTHDAY: 30,
    Sign.ADDRESS: 20,
}
_IDENTIFIERS: Final = Sign.PHONE | Sign.EMAIL
SURE: Final = Sign.PHONE | Sign.EMAIL | Sign.NAME


def mailbox(email: str) -> str:
    """Return the mailbox that an address means: common slips of the domain mended, what Gmail ignores left out."""
    local, _at, domain = email.lower().rpartition("@")
    domain = DOMAINS.get(domain, domain)
    if domain == "gmail.com":
        local = local.partition("+")[0].replace(".", "")
    return f"{local}@{domain}"


def judge(mine: Person, other: Person) -> PairVerdict | None:
    """Return what two contacts are taken for; None where nothing speaks for one person or one household."""
    signs = _signs(mine, other)
    if not signs:
        return None
    name = compare_names(mine.full_name, other.full_name)
    if name == NameMatch.SAME:
        signs |= Sign.NAME
    elif name == NameMatch.NEAR:
        signs |= Sign.NAME_NEAR
    shares = bool(signs & _IDENTIFIERS)
    if name == NameMatch.OTHER or _contradicts(mine, other):
        return _verdict(PairKind.FAMILY, signs) if shares else None
    if shares:
        return _verdict(PairKind.PERSON, signs)
    if not signs & (Sign.NAME | Sign.NAME_NEAR):
        return None
    if signs & (Sign.PHONE_NEAR | Sign.EMAIL_NEAR):
        return _verdict(PairKind.PERSON, signs)
    if mine.province and other.province and mine.province != other.province:
        return None
    return _verdict(PairKind.PERSON, signs) if signs & (Sign.BIRTHDAY | Sign.ADDRESS) else None


def _signs(mine: Person, other: Person) -> Sign:
    """Return what two contacts have in common besides their names."""
    signs = Sign(0)
    if mine.phones & other.phones:
        signs |= Sign.PHONE
    elif any(_one_digit_apart(a, b) for a in mine.phones for b in other.phones):
        signs |= Sign.PHONE_NEAR
    if mine.emails & other.emails:
        signs |= Sign.EMAIL
    elif set(map(mailbox, mine.emails)) & set(map(mailbox, other.emails)):
        signs |= Sign.EMAIL_NEAR
    if mine.birth_on is not None and mine.birth_on == other.birth_on:
        signs |= Sign.BIRTHDAY
    if mine.address and mine.address == other.address:
        signs |= Sign.ADDRESS
    return signs


def _contradicts(mine: Person, other: Person) -> bool:
    """Return whether gender, title or year of birth tell two people apart."""
    if mine.gender and other.gender and mine.gender != other.gender:
        return True
    if mine.birth_on and other.birth_on and mine.birth_on.year != other.birth_on.year:
        return True
    titles = (mine.salutation.lower(), other.salutation.lower())
    return any(one in _MALE and two in _FEMALE for one, two in (titles, titles[::-1]))


def _one_digit_apart(mine: str, other: str) -> bool:
    if len(mine) != len(other):
        return False
    wrong = [i for i in range(len(mine)) if mine[i] != other[i]]
    if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
        i, j = wrong
        return mine[i] == other[j] and mine[j] == other[i]
    return len(wrong) == 1


def _verdict(kind: PairKind, signs: Sign) -> PairVerdict:
    return PairVerdict(kind, signs, sum(score for sign, score in _SCORES.items() if sign & signs))
