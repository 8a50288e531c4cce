"""By which name people are addressed, and which names are not those of people."""

import re
from itertools import takewhile

from quen.core import organisations, provinces
from quen.core.names import FAMILY_NAMES, REMARKS, is_ordinary, is_walk_in, strip_title
from quen.core.syllables import is_syllable
from quen.core.text import clean, fold

#: those that are names, too, and only count in small letters behind a capitalised name
_SMALL_REMARKS_TEXT = (
    "giao nhà mua bán con em bạn chị anh hàng nhận đại đổi hoàn trả số máy mẹ má bố vợ chồng chợ quán "
    "tiệm làm ở tại bên của hay không cho chủ đi về thợ dạy học lớp đường phố phường quận huyện xã tỉnh "
    "gần cạnh ngõ lầu tầng và với"
)
_SMALL_REMARKS = frozenset(_SMALL_REMARKS_TEXT.split())
#: a name after these is somebody else's, or there are two
_RELATIONS_TEXT = "mẹ má bố vợ chồng nhà mama papa mom dad ck vk người bạn con nhóm"
_RELATIONS = frozenset(_RELATIONS_TEXT.split())
#: titles and trades before a name, besides those that are forms of address
_BEFORE_TEXT = (
    "ts ths bs gs pgs ks ls dr prof bsck bscki ds kts thầy bác dì cậu mợ thím dượng cụ bé cháu sếp sir "
    "madam lady vip kh khách"
)
_BEFORE = frozenset(_BEFORE_TEXT.split())
_TRADES = re.compile(
    r"(?:bác sĩ|bác sỹ|kỹ sư|luật sư|giáo sư|tiến sĩ|thạc sĩ|dược sĩ|giám đốc|gđ|kế toán|trưởng phòng|quản lý|chủ shop"
    r"|chủ quán|ca sĩ|cô giáo|thầy giáo)\s+(?=\w)",
    re.IGNORECASE,
)
_ROMAN = frozenset({"II", "III", "IV", "VI", "VII", "VIII", "IX", "XI", "XII"})
_SUFFIXES = frozenset({"jr", "sr", "phd", "md", "mba", "cpa", "esq", "ms", "ma"})
_PLACES = frozenset(
    {
        "hà nội",
        "sài gòn",
        "đà nẵng",
        "hải phòng",
        "cần thơ",
        "đà lạt",
        "nha trang",
        "vũng tàu",
        "thủ đức",
        "ha noi",
    }
    | {"sai gon", "da nang", "hai phong", "can tho", "da lat", "vung tau", "thu duc", "biên hòa", "hội an"}
)
#: the families that are no given names, so that a name ending in one is in western order
_NOT_GIVEN_TEXT = "nguyễn trần phạm huỳnh đặng bùi đỗ ngô võ nguyen pham huynh"
_NOT_GIVEN = frozenset(_NOT_GIVEN_TEXT.split())
_MIDDLES_TEXT = (
    "thị văn ngọc minh thanh kim thu hồng xuân đức hữu quốc bảo mỹ phương thùy thuỳ thúy thuý như bích "
    "đình công trọng gia khánh hoàng quang mạnh tuấn tiến hải anh diễm kiều trúc quỳnh thị thi van ngoc "
    "hong xuan duc huu quoc bao my phuong thuy nhu bich dinh cong trong khanh hoang manh tuan tien hai "
    "diem kieu truc quynh"
)
_MIDDLES = frozenset(_MIDDLES_TEXT.split())
#: without diacritics a family or a given name (Tran: Trần, Trân)
_FAMILIES_TOO = frozenset({"tran", "dang", "bui", "ngo", "vo", "do", "phan"})
#: typed for Đ
_ICELANDIC = str.maketrans("Ðð", "Đđ")
_BRACKETS = re.compile(r"[(\[{<«\"“][^)\]}>»\"”]*[)\]}>»\"”]?")
_APART = re.compile(r"-(?=\d)|\s*[_|;/:,~=]\s*|\s+[-–—]+\s*|\s*[-–—]+\s+|[–—]")
#: before a legal form, which belongs to the name: "Blue Sky Co., Ltd"
_LEGAL_FORM = re.compile(r",\s*(?=(?:ltd|inc|llc|jsc|corp|limited|pte)\b)", re.IGNORECASE)
_TWO_PEOPLE = re.compile(r"[&+]|\s(?:và|va|and|với|cùng)\s", re.IGNORECASE)
_ADDRESS = re.compile(r"@|https?:|www\.|\.(?:com|vn|net)\b", re.IGNORECASE)
#: an initial written together with what follows: N.V.An
_INITIAL = re.compile(r"\.(?=[^\W\d_])")
_DECORATION = re.compile(r"[^\w\s.'’\-]+")
_SINGLE_LETTER_NAMES = frozenset("ýỷỵỳỹáàảãạôồốổỗộơờớởỡợêếềểễệúùủũụưứừửữựíìỉĩị")


def call_name(full_name: str) -> str:
    """Return the word a person is addressed by: the given name in proper letters, without title or remark.

    Empty for organisations and walk-in customers, and where it is not certain which word that is ("Trần Thị B.").
    """
    words = spoken(full_name).split()
    return _given(words) if words else ""


def spoken(full_name: str) -> str:
    """Return a person's name without its title and what a shop has noted around it ("C Hoa Q7 (sỉ)": Hoa).

    Empty for organisations and walk-in customers, and for names of several people or of somebody's relative.
    """
    if is_ordinary(full_name):
        return full_name
    name = clean(full_name).translate(_ICELANDIC)
    if not name or _ADDRESS.search(name) or is_organisation(name) or is_walk_in(name):
        return ""
    return " ".join(_person_words(strip_title(name)[1]))


def is_organisation(full_name: str) -> bool:
    """Return whether a name is that of a company, a shop or an office, and not of a person who works there."""
    if is_ordinary(full_name):
        return False
    name = clean(full_name)
    if organisations.begins_like_one(name):
        return True
    title, rest = strip_title(_LEGAL_FORM.sub(" ", name))
    main = _APART.split(_BRACKETS.sub(" ", rest).strip())[0].strip()
    words = main.split()
    if title or (
        len(words) > 2 and _is_family(words[0]) and words[1].lower() in ("thị", "văn", "thi", "van")
    ):
        return False
    if main != rest and len(words) > 1 and is_ordinary(main):
        return False
    return organisations.is_one(rest if main == rest or not words else main)


def _is_family(word: str) -> bool:
    return fold(word) in FAMILY_NAMES


def _person_words(name: str) -> list[str]:
    """Return the words of a person's name; none when it is not certain which they are."""
    outside = _BRACKETS.sub(" ", name).strip(" .-_")
    text = outside or name.strip('()[]{}<>«»"“” ')
    if _TWO_PEOPLE.search(text):
        return []
    pieces = [words for piece in _APART.split(text) if (words := _trimmed(piece))]
    if len(pieces) > 1:
        whole = [words for words in pieces if len(words) > 1 and _is_family(words[0])]
        pieces = whole if len(whole) == 1 else [words for words in pieces if not _is_note(words, pieces[0])]
    return pieces[0] if len(pieces) == 1 else []


def _is_note(words: list[str], first: list[str]) -> bool:
    """Return whether the words of a part are no name: a place, a code, or small letters beside a capitalised name."""
    if words[0].islower() and not first[0].islower():
        return True
    return _is_code(words[0]) or provinces.match(" ".join(words)) is not None


def _is_code(word: str) -> bool:
    return word.isupper() and len(word) < 5 and not is_syllable(word)


def _trimmed(piece: str) -> list[str]:
    """Return the words of a part of a name without decoration, numbers, titles, suffixes and remarks."""
    words = _DECORATION.sub(" ", _INITIAL.sub(". ", _TRADES.sub("", piece.strip()))).split()
    while words and any(map(str.isdigit, words[0])):
        del words[0]
    words = list(takewhile(lambda word: not any(map(str.isdigit, word)), words))
    while len(words) > 1 and words[0].rstrip(".").lower() in _BEFORE:
        del words[0]
    if " ".join(words[:2]).lower() in ("gia đình", "gia dinh", "ba bé", "ba của"):
        return []
    if words and (words[0].lower() in _RELATIONS or (len(words) == 1 and words[0].lower() in _BEFORE)):
        return []
    while len(words) > 1 and _is_suffix(words):
        del words[-1]
    capital = bool(words) and not words[0].islower()
    for at, word in enumerate(words):
        small = word.lower()
        if (small in REMARKS and not (at == 0 and len(words) == 1)) or (
            at and capital and word.islower() and small in _SMALL_REMARKS
        ):
            words = words[:at]
            break
    if len(words) > 1 and " ".join(words[-2:]).lower() in _PLACES:
        words = words[:-2]
    words = [_without_note(word) for word in words]
    return [word for word in words if any(map(str.isalpha, word))]


def _without_note(word: str) -> str:
    """Return a word without a remark or a code that is joined to it: "Lan-HN", "Lan-sỉ"."""
    first, _hyphen, note = word.partition("-")
    return first if note.lower() in REMARKS or (_is_code(note) and not first.isupper()) else word


def _is_suffix(words: list[str]) -> bool:
    last = words[-1].rstrip(".")
    if last in _ROMAN:
        return not is_syllable(last) or not words[-2].isupper()
    return last.lower() in _SUFFIXES and (words[-1].endswith(".") or not is_syllable(last))


def _given(words: list[str]) -> str:
    """Return the given name among the words of a name, "" when it is not certain."""
    if len(words) == 1:
        words = _hyphened(words[0])
    words = _in_small_letters(words)
    if not words:
        return ""
    last = words[-1]
    if len(words) > 1:
        if words[0][:2].lower() in ("h'", "h’"):  # names of the Ê Đê end with the clan
            return words[0]
        if not is_syllable(last.replace("-", "")) and not all(map(is_syllable, last.split("-"))):
            return _cased(last) if _is_family(words[0]) and last.isalpha() and not last.isupper() else ""
        western = last.lower() in _NOT_GIVEN and not _is_family(words[0])
        foreign = not is_syllable(words[0]) and not words[0].endswith(".")
        if western or (_is_family(last) and foreign):
            if len(words) > 2 and not all(map(is_syllable, words[:-1])):
                return ""  # "Mary Jane Nguyen": which of the two is not certain
            last = words[-2]
        elif foreign or (
            len(words) == 2 and last.lower() in (_NOT_GIVEN if _is_family(words[0]) else _FAMILIES_TOO)
        ):
            return ""
    return _cased(last) if _is_certain(last, words) else ""


def _is_certain(word: str, words: list[str]) -> bool:
    if word.endswith(("'s", "’s")):
        return False
    letters = word.replace("-", "").replace("'", "").replace("’", "")
    if not letters.isalpha():
        return False
    if len(letters) == 1:
        return letters.lower() in _SINGLE_LETTER_NAMES
    if word.lower() == "thị" or (
        len(words) == 2 and word.lower() in ("văn", "thi", "van") and _is_family(words[0])
    ):
        return False
    if len(words) == 1 and any(map(str.isupper, word[1:])) and not word.isupper() and "-" not in word:
        return False  # spelled like a brand: FedEx
    return len(words) > 1 or not (_is_code(word) or word.lower() in _NOT_GIVEN)


def _hyphened(word: str) -> list[str]:
    """Return the words of a name written as one: "Nguyễn-Thị-Lan"; two joined words stay a name of their own."""
    parts = [part for part in word.split("-") if part]
    return parts if len(parts) > 2 or (len(parts) == 2 and _is_family(parts[0])) else [word]


def _in_small_letters(words: list[str]) -> list[str]:
    """Return the words of a name some of which are in small letters; what may be a remark behind it is left out."""
    tail = len(words) - len(list(takewhile(str.islower, reversed(words))))
    if not 0 < tail < len(words):
        return words
    if not _is_family(words[0]):
        return words[:tail]
    usual = tail < 3 and (words[1].lower() in _MIDDLES or len(words) == 2)
    return words if usual and len(words) < 6 and all(map(is_syllable, words)) else []


def _cased(word: str) -> str:
    """Return a given name with one capital for each of its parts; a spelling of its own stays."""
    if word.isupper() or word[0].islower():
        return "-".join(part.capitalize() for part in word.split("-"))
    return word
