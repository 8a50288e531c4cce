"""The words with which files refuse, as regular expressions on words without diacritics.

A word that would be another one with its diacritics (dung: dừng, dùng) counts only with the right ones, or in a heading
that has none at all.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from quen.core.text import fold

VIETNAMESE_NO: Final = (
    r"(?:tu choi|khong|ko|kg|k(?= (?:nhan|dong y|muon|gui|goi|lien he))|hong|mien|ngung|huy(?: bo)?|chan|dung"
    r"|tat|bo|thoi|cam|rut(?: lai)?|phan doi"
    r"|loai (?:bo|tru|khoi)(?: khoi)?|go (?:bo|khoi)(?: khoi)?)"
)
#: what may stand between a Vietnamese refusal and what is refused
BETWEEN: Final = (
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
VIETNAMESE_OBJECT: Final = (
    rf"(?:{_VIETNAMESE_EMAIL}|{_VIETNAMESE_SMS}|{_ZALO}|{_VIETNAMESE_CALL}|{_MARKETING}|tin|thong bao"
    rf"|thong diep|lien he"
    r"|lien lac|lam phien|quay ray|dong y|dong thuan|chap thuan|cho phep|spam|noti(?:fications?)?"
    r"|dang k[yi](?! (?:kinh doanh|thue|xe|hoc|lop|khoa|lich|thanh vien|tai khoan|the|dich vu|goi|mon|tham gia|su kien"
    r"|tam tru|ket hon|ban quyen|phong|tour|ve))|consent|opt ?in|subscri\w+)"
)
#: "không liên lạc được" is a number that can't be reached, "từ chối gọi hàng" no refusal of ours
VIETNAMESE_REFUSAL: Final = re.compile(
    rf"\b{VIETNAMESE_NO}{BETWEEN} {VIETNAMESE_OBJECT}\b(?! (?:duoc|hang|don|xe|tien)\b)"
)
VIETNAMESE_NOT_YET: Final = re.compile(rf"\bchua{BETWEEN} {VIETNAMESE_OBJECT}\b(?! duoc\b)")
VIETNAMESE_LIST: Final = re.compile(
    r"\b(?:danh sach|ds|list) (?:den|chan|cam|tu choi|loai tru|huy|ngung|hac che|han che"
    r"|(?:khong|ko|dung|ngung|cam) \w+)\b|\b(?:loai|go|xoa|rut)(?: bo)?(?: ten)? (?:ra )?khoi (?:danh sach|ds|list)\b"
)
CONSENT_TAKEN_BACK: Final = re.compile(
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
ENGLISH_STRONG: Final = re.compile("|".join(_ENGLISH_REFUSAL))
OPT_OUT: Final = re.compile(
    r"\b(?:has )?opt(?:s|ed|ing)? ?outs?\b|\boptouts?\b|\boptedout\w*\b|\bun ?sub(?:s|bed|bing|scri\w*)?\b"
    r"|\bdesubscri\w*\b"
)
LIST: Final = re.compile(
    r"\b(?:black|block|deny|suppress(?:ion)?|stop|ignore|exclu(?:de|sion)|ban|kill|opt ?out|unsub\w*|robinson"
    r"|do not \w+|dnc)"
    r" ?list(?:ed|ing|s)?\b|\bsuppress(?:ed|ion|ions)?\b"
)
REGISTER: Final = re.compile(r"\b(?:dnc|dnd|dne|dncr|dnm)\b")
NOT_YET: Final = re.compile(
    r"\b(?:not|non|never|isnt|isn t|hasnt|hasn t)(?: \w+){0,2}? (?:subscri\w*|consent\w*|opt\w* ?in|optin"
    r"|confirm\w*|agree\w*"
    r"|accept\w*|allow\w*|permit\w*|market\w*|e ?mail\w*|contact\w*|interested)\b"
)
COMPLAINT: Final = re.compile(
    r"\b(?:spam|abuse|e ?mail|fbl) (?:complain\w*|reports?|reported|flag\w*|mark\w*)\b|\b(?:mark|report"
    r"|flag)\w* (?:as )?spam\b"
    r"|\b(?:bao|bao cao|danh dau|to|khieu nai)(?: la| thu rac)? spam\b|\bdanh dau (?:la )?thu rac\b"
)
BOUNCE: Final = re.compile(
    r"\b(?:hard |soft |e ?mail |mail )?bounce[ds]?\b|\bhardbounce[ds]?\b|\bundeliverable\b|\b(?:e ?mail"
    r"|thu) (?:bi )?(?:hong|tra lai|tra ve)\b"
)
WEAK: Final = re.compile(
    r"(?:(?:khach|khach hang|kh|nguoi dung|contact|customer|user|is|was|has|da|bi|dang|ngay|thoi gian|thoi diem"
    r"|date|time)(?: |$))*"
    r"(?:tu choi|chan|huy nhan|(?:khong|ko|ngung|dung|thoi|tu choi|huy) (?:nhan|gui)|tu choi _?tu van|(?:bo|huy"
    r"|ngung) theo doi|blocked"
    r"|refused|declined|spam"
    r"|complained|complaints?|cleaned|opposed|banned|muted|unfollow(?:ed)?|stop(?:ped)?|thu rac)"
    r"(?: (?:khach|date|at|on|ngay|time|luc))*"
)
#: a refusal denied: "chưa hủy đăng ký", "not unsubscribed"
DENIED: Final = re.compile(
    r"\b(?:khong|ko|kg|chua|not|never|non|no|isnt|hasnt|dont|donot)(?: (?:bi|he|co|muon|phai|con|dang|yet|been"
    r"|to|be|is|has|he bi))*"
    r" (?:tu choi|ngung|huy|chan|tat|cam|opt\w* ?out\w*|unsub\w*|refus\w*|block\w*|black ?list\w*|suppress\w*"
    r"|declin\w*|withdr\w*"
    r"|bounc\w*|complain\w*)\b"
)
#: the subject of a heading that is about refusals and holds something else than yes, no or a date
ABOUT: Final = re.compile(
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
QUESTION: Final = re.compile(r"^(?:co )?(?P<asked>.+?) (?:khong|ko|k|chua|hong|hay chua)$")
NEGATION: Final = re.compile(
    r"\b(?:khong|ko|kg|chua|tu choi|ngung|huy|chan|dung|tat|cam|thoi|rut|not|no|never|non|dont|donot|without"
    r"|opt\w* ?outs?|unsub\w*"
    r"|refus\w*|declin\w*|reject\w*|withdr\w*|revok\w*|den(?:y|ied)|disallow\w*|exclu\w*|stop\w*|block\w*"
    r"|black ?list\w*|suppress\w*"
    r"|dnc|dnd|bounce\w*|spam|off|against)\b"
)

EMAIL_WORDS: Final = re.compile(rf"\b(?:{_VIETNAMESE_EMAIL}|e ?mail\w*|mail\w*|bounce[ds]?)\b")
SMS_WORDS: Final = re.compile(rf"\b(?:{_VIETNAMESE_SMS}|text(?:s|ed|ing)?)\b")
ZALO_WORDS: Final = re.compile(rf"\b(?:{_ZALO})\b")
CALL_WORDS: Final = re.compile(rf"\b(?:{_VIETNAMESE_CALL}|call(?:ed|ing)?|phone|phoned|telemarketing)\b")
SUBSCRIPTION: Final = re.compile(r"\bun ?sub\w*\b|\bhuy(?: bo)? dang k[yi]\b|\bsubscri\w*\b")

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


@lru_cache(4096)
def words_of(header: str) -> str:
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
