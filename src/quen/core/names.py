"""Vietnamese personal names: family, middle and given name, leading titles, and names of anonymous sales."""

import re
from dataclasses import dataclass
from functools import lru_cache

from quen.core.facts import load
from quen.core.syllables import is_syllable
from quen.core.text import clean, fold


@dataclass(frozen=True, slots=True)
class NameParts:
    """A name in Vietnamese order. A single word is the given name."""

    family: str
    middle: str
    given: str


# Longest first, so that Tôn Nữ does not cut Công Tằng Tôn Nữ short. Folded.
_COMPOUND_FAMILIES = (("cong", "tang", "ton", "nu"), ("ton", "that"), ("ton", "nu"), ("au", "duong"))
_COMPOUND_STARTS = frozenset({"cong", "công", "ton", "tôn", "au", "âu"})

_TITLES = {title: title for title in ("anh", "chị", "ông", "bà", "cô", "chú", "em", "bạn")} | {
    "a": "anh",
    "c": "chị",
    "e": "em",
    "mr": "anh",
    "ms": "chị",
    "mrs": "chị",
    "miss": "chị",
    "a/c": "",
    "anh/chị": "",
    "anh/chi": "",
    "anh chị": "",
    "ông/bà": "",
}
_TITLE = re.compile(
    r"(anh\s*/\s*ch[ịi]|anh\s+chị|ông\s*/\s*bà|a\s*/\s*c|anh|chị|ông|bà|cô|chú|em|bạn|mrs|mr|ms|miss|a|c|e)"
    r"(?:\s*[.:]\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
# Girls' names of two words in which Anh is no title.
_ANH_NAMES = frozenset({"anh thư", "anh đào", "anh thơ", "anh thy", "anh thi"})

_FAMILIES = (
    "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đào Đinh Đoàn Trịnh Mai Trương Lâm Tạ Hà "
    "Cao Lưu Lương Thái Châu Tô Quách Tăng Kiều Vương Nghiêm La Tôn Âu Phùng"
)
_MORE_FAMILIES = (
    "Lã Chu Văn Từ Tống Thạch Sơn Danh Kim Đàm Phí Hứa Doãn Giang Thân Mạc Cù Khuất Ninh Triệu Bạch Hàn Diệp Lục Nông "
    "Ma Lò Quàng Giàng Sùng Vàng Thào"
)
#: the usual family names, folded
FAMILY_NAMES = frozenset(map(fold, _FAMILIES.split()))
_WRITTEN_FAMILIES = frozenset(
    (*_FAMILIES.split(), *_MORE_FAMILIES.split(), *map(str.capitalize, FAMILY_NAMES))
)
#: words after a name that say something about the person, in any letters
_REMARKS_TEXT = (
    "ship shipper sỉ lẻ vip cod zalo fb facebook kh khách quen cũ mới shop ctv sale sales test order nợ "
    "bom ck cty hcm tphcm sg hn vn sdt sđt đt tel khach quý thân chuẩn tiềm live gấp cọc hẹn sl pk acc "
    "spa nick"
)
REMARKS = frozenset(_REMARKS_TEXT.split())

#: words of anonymous sales that are names with other diacritics
_SPELLED = {"le": "lẻ", "la": "lạ", "cu": "cũ", "si": "sỉ", "moi": "mới", "vang": "vãng", "lai": "lai"}
_ALONE = (
    "anh/chị",
    "anh chị",
    "a/c",
    "ông/bà",
    "ông bà",
    "quý khách",
    "cô",
    "chú",
    "bác",
    "ẩn danh",
    "nặc danh",
)
_WALK_IN_VALUES: list[str] = load("import_headers")["values"]["walk_in_names"]["values"]
# "Anh" and "Chị" alone name nobody, but their folded forms are names: Ánh, Chi.
_WALK_INS = frozenset((*(v.casefold() for v in _WALK_IN_VALUES), *_ALONE))
#: for folded words: what cash registers write where they know no name
_ANONYMOUS = re.compile(
    r"(?:(?:quy |ten )?(?:khach(?: hang)?|kh|k ?h|nguoi (?:mua|nhan|dung))"
    r"(?: (?:hang|vip|le|si|ban le|mua(?: le| ngoai| hang| do| tai quay| online)?|vang lai|vang|lai|qua duong|di duong"
    r"|ngoai|ben ngoai|ngoai he thong|tai (?:quay|shop|cho|cua hang)|quay|cua hang|ghe|ghe qua|la|moi|cu|quen"
    r"|walk ?in|online|onl|offline|off|facebook|fb|face|zalo|tiktok|tik tok|tt|shopee|lazada|tiki|sendo|instagram"
    r"|insta|ig|web|website|livestream|live|messenger|hotline|grab|grabfood|shopeefood|app|pos|vo danh|an danh"
    r"|khong (?:ten|ro|biet|lay|de lai|co)(?: ten)?|chua (?:co|ro|biet)(?: ten)?|mac dinh|chung|tu do|khac|unknown"
    r"|retail|no name|test))*"
    r"|(?:nguoi )?(?:mua|ban) (?:le|ngoai)|vang lai|qua duong|walk ?in(?: (?:customer|guest|client))?s?"
    r"|(?:cash|retail|pos|default|anonymous|unknown|guest|general|one time|online|shopee|new)? ?(?:customer|client"
    r"|guest|visitor|buyer|shopper)s?|anonymous(?: user)?|unknown(?: name)?|no ?name|nameless|undefined"
    r"|(?:khong|ko|chua|chua co|khong co)(?: (?:co|ro|biet|xac dinh|cung cap|dat|nhap|de|lay|ghi))*"
    r"(?: (?:ten|danh tinh|thong tin|ro))+"
    r"|khong xac dinh|khong ro|vo danh|giau ten)"
)
#: between a name and a note such as that of a branch
_NOTE = re.compile(r"\s+[-–]\s+|[()\[\]]+$|\s*[(\[]")
_LONGEST_CODE = 7
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def split(full_name: str) -> NameParts:
    """Split into family name (first word), given name (last word) and middle name (R-02).

    Four compound family names are known.
    """
    words = full_name.split()
    if len(words) < 2:
        return NameParts("", "", words[0] if words else "")
    taken = 1
    if len(words) > 2 and words[0].lower() in _COMPOUND_STARTS:
        taken = _family_words(words)
    return NameParts(" ".join(words[:taken]), " ".join(words[taken:-1]), words[-1])


def _family_words(words: list[str]) -> int:
    folded = tuple(fold(word) for word in words[:-1])
    return next((len(family) for family in _COMPOUND_FAMILIES if folded[: len(family)] == family), 1)


def join(parts: NameParts) -> str:
    """Return the full name of its parts."""
    return " ".join(part for part in (parts.family, parts.middle, parts.given) if part)


def strip_title(raw: str) -> tuple[str, str]:
    """Return (salutation, name) of "Chị Lan", "A. Tuấn", "C Hoa Q7". The salutation is empty when there is none.

    "Anh/chị Lan" loses its title without a salutation. A title alone stays the name (see is_walk_in).
    "Chi" without a mark is a name unless it comes before a single unmarked word, as in "Chi Hoa".
    """
    name = clean(raw)
    found = _TITLE.match(name)
    if found is None:
        return _strip_unmarked_chi(name)
    if name.lower() in _ANH_NAMES:
        return "", name
    word = re.sub(r"\s*/\s*", "/", found[1].lower())
    rest = name[found.end() :]
    return _TITLES[" ".join(word.split())], rest


def _strip_unmarked_chi(name: str) -> tuple[str, str]:
    words = name.split()
    if len(words) == 2 and words[0].lower() == "chi" and name.isascii() and words[1].isalpha():
        return "chị", words[1]
    return "", name


def is_ordinary(name: str) -> bool:
    """Return whether a name is written as most are: a usual family name, then capitalised Vietnamese words."""
    words = name.split()
    return (
        1 < len(words) < 6
        and words[0] in _WRITTEN_FAMILIES
        and all(map(_is_ordinary_word, words))
        and (len(words) > 2 or words[-1] not in ("Thị", "Văn"))
    )


@lru_cache(8192)
def _is_ordinary_word(word: str) -> bool:
    return (
        len(word) > 1
        and word.isalpha()
        and word.istitle()
        and is_syllable(word)
        and word.lower() not in REMARKS
        and word not in ("Nội", "Gòn", "Nẵng", "Phòng")
    )


def starts_with_family(name: str) -> bool:
    """Return whether the first word of a name is a usual family name, with its diacritics."""
    return name.partition(" ")[0] in _WRITTEN_FAMILIES


def is_walk_in(name: str) -> bool:
    """Return whether the name means anonymous sales (Khách lẻ, KH vãng lai 02), which never become a contact."""
    spelled = clean(name).casefold()
    if spelled in _WALK_INS:
        return True
    if is_ordinary(name):
        return False
    main, *notes = _NOTE.split(name)
    if notes and all(note.isupper() and len(note) < _LONGEST_CODE for note in notes):
        spelled = clean(main).casefold()
    words = [word for word in _NOT_LETTERS.split(spelled) if word]
    folded = [fold(word) for word in words]
    if _ANONYMOUS.fullmatch(" ".join(folded)) is None:
        return False
    return all(
        word.isascii() or word == _SPELLED.get(plain, word) for word, plain in zip(words, folded, strict=True)
    )
