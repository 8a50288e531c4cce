"""Words of refusal in files: columns whose heading says no, and cells that say that somebody left or can't be reached.

A heading such as "Từ chối nhận email" or "Do Not Call" reverses its values: a Yes is a refusal. Words are compared
without diacritics; a word that would be another one with its diacritics (dung: dừng, dùng) counts only with the right
ones, or in a heading that has none at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from quen.apps.contacts.types import Channel
from quen.core.text import fold

#: the channel of a heading that names none: every channel
EVERY_CHANNEL: Final = "all"


class Refusal(IntEnum):
    """What a file says against sending to somebody.

    OPT_OUT: they withdrew. BLOCK: the sender keeps them on a list of addresses to avoid. COMPLAINT: they reported spam.
    BOUNCE: the address doesn't take mail; the person said nothing.
    """

    OPT_OUT = 1
    BLOCK = 2
    COMPLAINT = 3
    BOUNCE = 4


@dataclass(frozen=True, slots=True)
class RefusingHeading:
    """What a heading that says no means.

    channel: of types.Channel, or EVERY_CHANNEL.  sure: False where the words may concern something else.
    """

    channel: str
    kind: Refusal = Refusal.OPT_OUT
    sure: bool = True


# Words

_VIETNAMESE_NO: Final = (
    r"(?:tu choi|khong|ko|kg|k(?= (?:nhan|dong y|muon|gui|goi|lien he))|hong|mien|ngung|huy(?: bo)?|chan|dung"
    r"|tat|bo|thoi|cam|rut(?: lai)?|phan doi"
    r"|loai (?:bo|tru|khoi)(?: khoi)?|go (?:bo|khoi)(?: khoi)?)"
)
#: what may stand between a Vietnamese refusal and what is refused
_BETWEEN: Final = (
    r"(?: (?:con|muon|xin|dong y|cho phep|cho|chap nhan|chap thuan|dong thuan|nen|can|tiep tuc|tiep|them|nua"
    r"|duoc|phep|de"
    r"|bi|co (?:nhu cau|dong y|muon|nguyen vong)|thich|quan tam|toi|viec|su|moi|cac|bat ky|toan bo|tat ca"
    r"|dang ky|dang ki"
    r"|nhan|nhan duoc|gui|goi|lien he|lien lac|lam phien|khach|kh|qua|bang|tu|den|ve|chuong trinh|tham gia|cuoc"
    r"|danh sach"
    r"|kenh|noi dung|hinh thuc|dien thoai|hoat dong|dich vu|thong tin))*"
)
_VIETNAMESE_EMAIL: Final = (
    r"e ?mails?|mails?|thu dien tu|thu quang cao|thu tiep thi|thu|newsletters?|ban tin|edm"
)
_VIETNAMESE_SMS: Final = r"sms|tin nhan|mms|brandname"
_ZALO: Final = r"zalo|zns"
_VIETNAMESE_CALL: Final = r"goi dien|goi|cuoc goi|calls?|telesales?"
_MARKETING: Final = (
    r"quang cao|qc|khuyen mai|km|uu dai|tiep thi|marketing|mkt|promotions?|promos?|cham soc|cskh"
)
_VIETNAMESE_OBJECT: Final = (
    rf"(?:{_VIETNAMESE_EMAIL}|{_VIETNAMESE_SMS}|{_ZALO}|{_VIETNAMESE_CALL}|{_MARKETING}|tin|thong bao"
    rf"|thong diep|lien he"
    r"|lien lac|lam phien|quay ray|dong y|dong thuan|chap thuan|cho phep|spam|noti(?:fications?)?"
    r"|dang k[yi](?! (?:kinh doanh|thue|xe|hoc|lop|khoa|lich|thanh vien|tai khoan|the|dich vu|goi|mon|tham gia|su kien"
    r"|tam tru|ket hon|ban quyen|phong|tour|ve))|consent|opt ?in|subscri\w+)"
)
#: "không liên lạc được" is a number that can't be reached, "từ chối gọi hàng" no refusal of ours
_VIETNAMESE_REFUSAL: Final = re.compile(
    rf"\b{_VIETNAMESE_NO}{_BETWEEN} {_VIETNAMESE_OBJECT}\b(?! (?:duoc|hang|don|xe|tien)\b)"
)
_VIETNAMESE_NOT_YET: Final = re.compile(rf"\bchua{_BETWEEN} {_VIETNAMESE_OBJECT}\b(?! duoc\b)")
_VIETNAMESE_LIST: Final = re.compile(
    r"\b(?:danh sach|ds|list) (?:den|chan|cam|tu choi|loai tru|huy|ngung|hac che|han che"
    r"|(?:khong|ko|dung|ngung|cam) \w+)\b|\b(?:loai|go|xoa|rut)(?: bo)?(?: ten)? (?:ra )?khoi (?:danh sach|ds|list)\b"
)
_CONSENT_TAKEN_BACK: Final = re.compile(
    r"\b(?:rut|huy|thu hoi|cham dut|go)(?: bo| lai)?(?: su)? (?:dong y|chap thuan|consent|cho phep)\b"
    rf"|\b(?:{_MARKETING}|{_VIETNAMESE_EMAIL}|{_VIETNAMESE_SMS}|{_ZALO}|lien he|lien lac)(?: \w+)? (?:bi |da |da bi )*"
    r"(?:tu choi|chan|huy|tat|ngung|dung)\b(?! (?:don|hang|duoc))"
    rf"|\b(?:{_MARKETING}|{_VIETNAMESE_EMAIL}|{_VIETNAMESE_SMS}|{_ZALO}|tin)(?: \w+)? "
    r"(?:khong|ko|ngung|dung|tu choi|thoi) (?:muon )?nhan$"
)

_ENGLISH_CHANNEL: Final = (
    r"(?:e ?mail(?:s|ed|ing)?|mail(?:s|ed|ing|ings)?|call(?:s|ed|ing)?|phone|phoned|sms|text(?:s|ed|ing)?"
    r"|newsletters?|zalo"
    r"|zns)"
)
_ENGLISH_OBJECT: Final = (
    rf"(?:{_ENGLISH_CHANNEL}|contact(?:s|ed|ing)?|disturb\w*|market\w*|mkt|messag\w*|send|sent|spam|solicit\w*"
    rf"|promot\w*|promos?"
    r"|advert\w*|ads|communicat\w*|notif\w*|subscri\w*|consent\w*|permission|offers?|campaigns?|mailing ?list)"
)
_NOT_AN_OBJECT: Final = r"(?! (?:address|addresses|id|name|person|number|no|on file|exists|available|info)\b)"
_ENGLISH_REFUSAL: Final = (
    r"\b(?:do|does|did|please do|should|must|may|can|will|shall) ?n(?:o|ot|t|t t)?t?\b(?: \w+){0,3}? "
    + _ENGLISH_OBJECT
    + r"\b",
    r"\b(?:dont|donot|don t|doesnt|doesn t|never|not to|no longer|cannot)\b(?: \w+){0,3}? "
    + _ENGLISH_OBJECT
    + r"\b",
    r"\bdo ?n(?:o|')?t ?(?:e ?mail|mail|call|contact|sms|text|spam|disturb|market|send|message|solicit)\w*",
    r"\bno (?:more |further |direct |any )?" + _ENGLISH_OBJECT + r"\b" + _NOT_AN_OBJECT,
    r"\b(?:refus|declin|reject|object|withdr[ae]w|revok|disallow|prohibit|forbid|forbad|exclud|exclus|suppress"
    r"|stop|block|mut"
    r"|disabl|oppos|ban(?:ned)?\b|den(?:y|ied|ies)\b|halt|ceas)\w*(?: \w+){0,3}? "
    + _ENGLISH_OBJECT
    + r"\b"
    + _NOT_AN_OBJECT,
    r"\b"
    + _ENGLISH_OBJECT
    + r"(?: \w+){0,2}? (?:is |was |been |has )*(?:refus(?:ed|al)|declined|rejected|withdrawn|withdrawal|revoked"
    r"|revocation|denied|disallowed|prohibited|forbidden|excluded|suppressed|stopped|blocked|muted|disabled"
    r"|banned|ended|off)\b",
    r"\b(?:cancel\w*|terminat\w*|end(?:ed|s)?) (?:\w+ )?(?:subscri\w*|newsletters?|mailing\w*|e ?mails?)\b",
    r"\b(?:subscri\w*|newsletters?|mailing\w*) (?:cancel\w*|terminat\w*|ended)\b",
    r"\b(?:remov\w*|left|leave|take|taken|off) (?:me )?(?:from |off )?(?:the |our |all |my )*(?:mailing|e ?mail"
    r"|marketing|call|contact)"
    r" ?lists?\b",
    r"\b(?:mailing|e ?mail|marketing) ?list (?:removed|removal|left)\b",
    r"\bno(?:e?mails?|sms|calls?|contact|marketing|newsletter)\b",
    r"\b(?:without|lacks?|missing) (?:\w+ )?consent\b",
)
_ENGLISH_STRONG: Final = re.compile("|".join(_ENGLISH_REFUSAL))
_OPT_OUT: Final = re.compile(
    r"\b(?:has )?opt(?:s|ed|ing)? ?outs?\b|\boptouts?\b|\boptedout\w*\b|\bun ?sub(?:s|bed|bing|scri\w*)?\b"
    r"|\bdesubscri\w*\b"
)
_LIST: Final = re.compile(
    r"\b(?:black|block|deny|suppress(?:ion)?|stop|ignore|exclu(?:de|sion)|ban|kill|opt ?out|unsub\w*|robinson"
    r"|do not \w+|dnc)"
    r" ?list(?:ed|ing|s)?\b|\bsuppress(?:ed|ion|ions)?\b"
)
_REGISTER: Final = re.compile(r"\b(?:dnc|dnd|dne|dncr|dnm)\b")
_NOT_YET: Final = re.compile(
    r"\b(?:not|non|never|isnt|isn t|hasnt|hasn t)(?: \w+){0,2}? (?:subscri\w*|consent\w*|opt\w* ?in|optin"
    r"|confirm\w*|agree\w*"
    r"|accept\w*|allow\w*|permit\w*|market\w*|e ?mail\w*|contact\w*|interested)\b"
)
_COMPLAINT: Final = re.compile(
    r"\b(?:spam|abuse|e ?mail|fbl) (?:complain\w*|reports?|reported|flag\w*|mark\w*)\b|\b(?:mark|report"
    r"|flag)\w* (?:as )?spam\b"
    r"|\b(?:bao|bao cao|danh dau|to|khieu nai)(?: la| thu rac)? spam\b|\bdanh dau (?:la )?thu rac\b"
)
_BOUNCE: Final = re.compile(
    r"\b(?:hard |soft |e ?mail |mail )?bounce[ds]?\b|\bhardbounce[ds]?\b|\bundeliverable\b|\b(?:e ?mail"
    r"|thu) (?:bi )?(?:hong|tra lai|tra ve)\b"
)
_WEAK: Final = re.compile(
    r"(?:(?:khach|khach hang|kh|nguoi dung|contact|customer|user|is|was|has|da|bi|dang|ngay|thoi gian|thoi diem"
    r"|date|time)(?: |$))*"
    r"(?:tu choi|chan|huy nhan|(?:khong|ko|ngung|dung|thoi|tu choi|huy) (?:nhan|gui)|tu choi _?tu van|(?:bo|huy"
    r"|ngung) theo doi|blocked"
    r"|refused|declined|spam"
    r"|complained|complaints?|cleaned|opposed|banned|muted|unfollow(?:ed)?|stop(?:ped)?|thu rac)"
    r"(?: (?:khach|date|at|on|ngay|time|luc))*"
)
#: a refusal denied: "chưa hủy đăng ký", "not unsubscribed"
_DENIED: Final = re.compile(
    r"\b(?:khong|ko|kg|chua|not|never|non|no|isnt|hasnt|dont|donot)(?: (?:bi|he|co|muon|phai|con|dang|yet|been"
    r"|to|be|is|has|he bi))*"
    r" (?:tu choi|ngung|huy|chan|tat|cam|opt\w* ?out\w*|unsub\w*|refus\w*|block\w*|black ?list\w*|suppress\w*"
    r"|declin\w*|withdr\w*"
    r"|bounc\w*|complain\w*)\b"
)
#: the subject of a heading that is about refusals and holds something else than yes, no or a date
_ABOUT: Final = re.compile(
    r"\b(?:ly do|nguyen nhan|reasons?|why|link|url|campaigns?|chien dich|id|so lan|ty le|ti le|rate|counts?"
    r"|total|tong|nguon|source"
    r"|ghi chu|note|comments?|title|ip|by|boi|nguoi|fees?|phi|hours?|gio|amount)\b"
)
#: what offers the answers, and says nothing itself
_HINT: Final = re.compile(
    r"\b(?:co|dong y) (?:hay |hoac )?(?:khong|ko|k)\b(?! (?:nhan|dong y|muon|cho|gui|dang ky))"
    r"|\byes (?:or )?no\b|\by n\b"
    r"|\btrue (?:or )?false\b|\b(?:khong|ko) bat buoc\b|\bnot required\b|\bneu (?:co|khong)\b|\bhay (?:khong|ko|chua)\b"
)
_QUESTION: Final = re.compile(r"^(?:co )?(?P<asked>.+?) (?:khong|ko|k|chua|hong|hay chua)$")
_NEGATION: Final = re.compile(
    r"\b(?:khong|ko|kg|chua|tu choi|ngung|huy|chan|dung|tat|cam|thoi|rut|not|no|never|non|dont|donot|without"
    r"|opt\w* ?outs?|unsub\w*"
    r"|refus\w*|declin\w*|reject\w*|withdr\w*|revok\w*|den(?:y|ied)|disallow\w*|exclu\w*|stop\w*|block\w*"
    r"|black ?list\w*|suppress\w*"
    r"|dnc|dnd|bounce\w*|spam|off|against)\b"
)

_EMAIL_WORDS: Final = re.compile(rf"\b(?:{_VIETNAMESE_EMAIL}|e ?mail\w*|mail\w*|bounce[ds]?)\b")
_SMS_WORDS: Final = re.compile(rf"\b(?:{_VIETNAMESE_SMS}|text(?:s|ed|ing)?)\b")
_ZALO_WORDS: Final = re.compile(rf"\b(?:{_ZALO})\b")
_CALL_WORDS: Final = re.compile(rf"\b(?:{_VIETNAMESE_CALL}|call(?:ed|ing)?|phone|phoned|telemarketing)\b")
_SUBSCRIPTION: Final = re.compile(r"\bun ?sub\w*\b|\bhuy(?: bo)? dang k[yi]\b|\bsubscri\w*\b")

# Spellings

#: words that are others with other diacritics, and the spellings that count
_SPELLINGS: Final = {
    "dung": {"dừng", "đừng"},
    "chan": {"chặn"},
    "huy": {"hủy", "huỷ"},
    "tat": {"tắt", "tất"},
    "bo": {"bỏ", "bộ"},
    "cam": {"cấm"},
    "thoi": {"thôi", "thời"},
    "rut": {"rút"},
    "go": {"gỡ"},
    "loai": {"loại"},
    "tu": {"từ"},
    "choi": {"chối"},
    "khong": {"không"},
    "ngung": {"ngừng", "ngưng"},
    "chua": {"chưa"},
    "hong": {"hông", "hổng", "hỏng"},
    "nhan": {"nhận", "nhắn"},
    "tin": {"tin"},
    "thu": {"thư", "thu"},
    "goi": {"gọi", "gởi"},
    "den": {"đen", "đến"},
}
#: those that are Vietnamese words without diacritics, too; in a heading with others they are those words
_NEEDS_MARKS: Final = frozenset(
    {"dung", "chan", "huy", "tat", "bo", "cam", "thoi", "go", "thu", "nhan", "den"}
)
#: words of two syllables that end in "dung", in a heading without diacritics
_WITH_DUNG: Final = re.compile(
    r"\b(noi|su|ap|tac|tin|xay|nguoi|tieu|tan|vat|da|dang|han|co) dung\b(?! (?:nhan|gui))"
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NUMBER_SIGN: Final = re.compile(r"\bno\.(?=\s|$)")
_GAPS: Final = re.compile(r"[^\w]+|_+")


def read_heading(header: str) -> RefusingHeading | None:
    """Return what a heading refuses, None when it refuses nothing or its meaning is doubtful (``is_doubtful``)."""
    words = _words(header)
    if not words or _DENIED.search(words) or _question(words) is not None:
        return None
    kind = _kind(words)
    if kind is not None:
        return RefusingHeading(_channel(words, kind), kind, sure=not _ABOUT.search(words))
    if _VIETNAMESE_NOT_YET.search(words) or _NOT_YET.search(words) or _WEAK.fullmatch(words):
        return RefusingHeading(_channel(words, Refusal.OPT_OUT), sure=False)
    return None


def is_doubtful(header: str) -> bool:
    """Return whether a heading contains a word of negation, so that it must not be taken for consent unseen."""
    return _NEGATION.search(_words(header)) is not None


def asked_for(header: str) -> str:
    """Return what a heading asks for, without the particle of the question: "Có nhận email không" asks "nhan email"."""
    return _question(_words(header)) or ""


def _kind(words: str) -> Refusal | None:
    if _COMPLAINT.search(words):
        return Refusal.COMPLAINT
    if _LIST.search(words) or _VIETNAMESE_LIST.search(words) or _REGISTER.search(words):
        return Refusal.OPT_OUT if _OPT_OUT.search(words) or _REGISTER.search(words) else Refusal.BLOCK
    if _OPT_OUT.search(words):
        return Refusal.OPT_OUT
    if _BOUNCE.search(words):
        return Refusal.BOUNCE
    found = (
        _VIETNAMESE_REFUSAL.search(words)
        or _CONSENT_TAKEN_BACK.search(words)
        or _ENGLISH_STRONG.search(words)
    )
    return Refusal.OPT_OUT if found else None


def _channel(words: str, kind: Refusal) -> str:
    tests = {
        Channel.EMAIL: _EMAIL_WORDS,
        Channel.SMS: _SMS_WORDS,
        Channel.ZALO: _ZALO_WORDS,
        Channel.CALL: _CALL_WORDS,
    }
    found = [channel.value for channel, test in tests.items() if test.search(words)]
    if len(found) == 1:
        return found[0]
    if not found and (kind in {Refusal.COMPLAINT, Refusal.BOUNCE} or _SUBSCRIPTION.search(words)):
        return Channel.EMAIL.value
    return EVERY_CHANNEL


def _question(words: str) -> str | None:
    found = _QUESTION.match(words)
    if found is None or _NEGATION.search(found["asked"]):
        return None
    return found["asked"]


@lru_cache(4096)
def _words(header: str) -> str:
    """Return the words of a heading without diacritics, apart by single spaces, hints at the answers left out."""
    spelled = _CAMEL.sub(" ", unicodedata.normalize("NFC", header)).lower()
    for found, plain in (("'", ""), ("’", ""), ("sổ đen", "danh sách đen")):
        spelled = spelled.replace(found, plain)
    spelled = _NUMBER_SIGN.sub("number ", spelled)
    tokens = [token for token in _GAPS.split(spelled) if token]
    marked = any(not token.isascii() for token in tokens)
    words = _WITH_DUNG.sub(r"\1 _dung", " ".join(_word(token, marked) for token in tokens))
    return " ".join(_HINT.sub(" ", words).split())


def _word(token: str, among_marked: bool) -> str:
    folded = fold(token)
    if folded not in _SPELLINGS:
        return folded
    if token.isascii():
        return f"_{folded}" if among_marked and folded in _NEEDS_MARKS else folded
    return folded if token in _SPELLINGS[folded] else f"_{folded}"


# Cells

_OPT_OUT_VALUES: Final = (
    "unsubscribe|unsubscribed|unsub|unsubbed|unsubscription|opt out|opted out|opting out|optout|optedout"
    "|refused|refuse|declined"
    "|withdrawn|revoked|objected|do not contact|do not email|do not mail|do not call|do not sms|do not text"
    "|do not disturb|dnc|dnd"
    "|dont contact|dont email|dont call|no contact|no email|no emails|no marketing|no mail|no sms|no calls"
    "|not interested"
    "|consent withdrawn|consent revoked|removed by user|left list"
)
_BLOCK_VALUES: Final = (
    "blocklisted|blocklist|blacklisted|blacklist|blocked|denylisted|suppressed|suppression|banned|black list"
    "|block list|chan|bi chan"
    "|da chan|da bi chan|danh sach den|trong danh sach den|danh sach chan|cam|stop list|stoplist"
)
_COMPLAINT_VALUES: Final = (
    "complained|complaint|complaints|spam|spammed|spam complaint|spam report|spam reported|reported spam"
    "|reported as spam|marked spam"
    "|marked as spam|mark as spam|abuse|abuse complaint|abuse report|bao spam|bao cao spam|danh dau spam"
    "|danh dau la spam|danh dau thu rac"
    "|khieu nai spam|bi bao spam|junk"
)
_BOUNCE_VALUES: Final = (
    "bounced|bounce|bounces|hard bounce|hard bounced|hardbounce|hardbounced|hard bounces|permanent bounce"
    "|permanent failure|cleaned"
    "|undeliverable|undelivered email|mailbox not found|mailbox does not exist|no such user|user unknown"
    "|invalid email|invalid address"
    "|email invalid|invalid mailbox|dead|dead email|email hong|email loi|email khong ton tai|email sai"
    "|email khong hop le"
    "|dia chi khong ton tai|thu bi tra lai|mail bi tra lai|email bi tra lai|email bi tra ve|bi tra lai thu"
    "|khong gui duoc email"
)
_KNOWN_VALUES: Final = {
    word: kind
    for kind, words in (
        (Refusal.OPT_OUT, _OPT_OUT_VALUES),
        (Refusal.BLOCK, _BLOCK_VALUES),
        (Refusal.COMPLAINT, _COMPLAINT_VALUES),
        (Refusal.BOUNCE, _BOUNCE_VALUES),
    )
    for word in words.split("|")
}
_VIETNAMESE_VALUE: Final = re.compile(
    r"(?:(?:khach|khach hang|kh|nguoi dung|nguoi nhan)(?: |$))?(?:(?:da|dang|xin|bi|yeu cau|tu|de nghi)(?: |$))*"
    rf"(?:(?:tu choi|huy(?: bo)? (?:dang k[yi]|theo doi tin|nhan)|ngung (?:nhan|dang k[yi])|dung nhan"
    rf"|rut (?:lai )?(?:su )?dong y"
    rf"|khong dong y|khong cho phep|khong chap nhan){_BETWEEN}(?: {_VIETNAMESE_OBJECT}| nhan)*"
    rf"|{_VIETNAMESE_NO}{_BETWEEN} {_VIETNAMESE_OBJECT}(?: {_VIETNAMESE_OBJECT})*)"
)
#: an address or a number is missing, and nothing refused
_MISSING: Final = frozenset(
    {"khong email", "ko email", "khong mail", "ko mail", "khong zalo", "ko zalo", "no email", "no mail"}
)
_MAX_VALUE: Final = 60
#: short forms of a refusal that mean one only where the column is about consent
_ANSWERS: Final = frozenset(
    {
        "huy",
        "da huy",
        "ngung",
        "da ngung",
        "dung lai",
        "stop",
        "stopped",
        "out",
        "roi danh sach",
        "never",
        "removed",
    }
    | {"khong nhan", "ko nhan", "khong muon"}
)


def read_value(cell: object) -> Refusal | None:
    """Return what a cell of any column says against sending, None when it says nothing of the kind."""
    return _read_value(cell) if isinstance(cell, str) and 2 < len(cell) <= _MAX_VALUE else None


def read_answer(cell: object) -> Refusal | None:
    """Return what a cell of a column about consent says against sending; short words count, too: "Hủy", "Stop"."""
    if not isinstance(cell, str) or len(cell) > _MAX_VALUE:
        return None
    return _read_value(cell) or (Refusal.OPT_OUT if _words(cell) in _ANSWERS else None)


@lru_cache(4096)
def _read_value(cell: str) -> Refusal | None:
    words = _words(cell)
    known = _KNOWN_VALUES.get(words)
    if words in _MISSING or _DENIED.search(words):
        return None
    if known is not None:
        return known
    return Refusal.OPT_OUT if _VIETNAMESE_VALUE.fullmatch(words) else None


def parts_that_refuse(text: str) -> Iterable[str]:
    """Yield the parts of a cell that refuse: a cell of tags may contain several."""
    for part in re.split(r"[,;|\n]", text):
        if read_value(part.strip()) is not None:
            yield part.strip()
