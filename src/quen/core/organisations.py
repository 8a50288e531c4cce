"""Names that are those of companies, shops, schools and offices, not of people."""

import re
from functools import lru_cache
from typing import Final

from quen.core.syllables import is_syllable
from quen.core.text import fold

#: beginnings of such names. With other diacritics they are names of people: Nhã Hằng, Cô Quân
_BEGINNING: Final = (
    r"(?:(?:tổng )?(?:công ty|công ti|c ?t ?y|cti)|ct (?:tnhh|cp|cổ phần|cptm|cpđt)|(?:tnhh|dntn|htx|hkd|hkdct)"
    r"|dn ?tư nhân|doanh nghiệp|hợp tác xã|liên hiệp htx|hộ (?:kinh doanh|kd)|tập đoàn|nhóm công ty|ctcp"
    r"|cửa (?:hàng|hiệu)|đại lý|siêu thị|tạp h(?:óa|oá)|tiệm|shop|store|showroom|ki ?ốt|sạp|quầy (?:thuốc|hàng|lẻ|sách)"
    r"|nhà (?:hàng|thuốc|sách|may|xe|nghỉ|khách|trẻ|xuất bản|văn h(?:óa|oá)|phân phối|thầu|cung cấp|hát|thờ|máy|vườn)"
    r"|khách sạn|khu (?:nghỉ dưỡng|du lịch|công nghiệp|đô thị|chế xuất)|homestay|resort|hotel|villas?"
    r"|ngân hàng|quỹ (?:tín dụng|từ thiện|đầu tư|bảo trợ|khuyến học)|bảo hiểm|bưu điện|kho bạc"
    r"|bệnh viện|phòng (?:khám|tập|vé|giao dịch|gd|trà|net|thu)|trạm y tế|trung tâm(?= )"
    r"|viện (?:thẩm mỹ|nghiên cứu|khoa học|kiểm|quy hoạch|hàn lâm)|thẩm mỹ viện|mỹ viện|học viện|bảo tàng|thư viện"
    r"|trường (?:tiểu học|trung (?:học|cấp)|th|thcs|thpt|ptth|pt|phổ thông|mầm non|mn|mẫu giáo|đại học|đh|cao đẳng|cđ"
    r"|quốc tế|dạy|nghề|liên cấp|cấp|năng khiếu|dân lập|tư thục|song ngữ|chuyên|anh ngữ|ngoại ngữ|lái|quân sự"
    r"|sư phạm|chính trị)"
    r"|tiểu học|mầm non|mẫu giáo|thcs|thpt|đại học|cao đẳng|nhóm trẻ"
    r"|văn phòng|vp ?đd|vp ?gd|chi nhánh|chi cục|tổng cục|cục (?:thuế|hải quan|thống kê|quản lý)|kho hàng"
    r"|xí nghiệp|xưởng|cơ sở|cơ quan|phân xưởng|nông (?:trại|trường)|trang trại|lâm trường|vườn (?:lan|rau|cây|trái)"
    r"|lò (?:bánh|mổ|bún|mì)|gara|garage|tổ (?:chức|hợp tác|dân phố)|(?:ủy|uỷ) ban|ubnd|hđnd|mttq"
    r"|sở (?:giáo dục|y tế|công thương|kế hoạch|tài chính|xây dựng|tư pháp|nội vụ|văn h(?:óa|oá)|nông nghiệp|du lịch"
    r"|gd|lao động|thông tin|khoa học|tài nguyên|giao thông)"
    r"|ban (?:quản lý|ql|qlda|chỉ huy|từ thiện|giám hiệu|điều hành|tổ chức|thường trực)"
    r"|hiệp hội|liên đoàn|câu lạc bộ|clb|hội (?:liên hiệp|phụ nữ|nông dân|cựu chiến binh|chữ thập đỏ|người cao tuổi"
    r"|khuyến học|doanh nghiệp|đồng hương|doanh nhân|sinh viên|từ thiện)|đoàn (?:thanh niên|xã|trường|công tác)"
    r"|công đoàn|công an|t(?:òa|oà) án|viện kiểm sát|tạp chí|t(?:òa|oà) soạn|đài (?:truyền hình|phát thanh)|nxb|chùa"
    r"|salon|spa|studio|beauty|barber|nails?|cafe|cà phê|coffee|trà sữa|trà chanh|photo ?copy|in ấn|karaoke|bida"
    r"|nha khoa|tổng kho|kho (?:sỉ|lẻ|hàng|vải)|hoa tươi|mỹ phẩm|thời trang|vàng bạc|nội thất|phụ kiện|hair|lớp \d\w*"
    r"|quán(?! thị)|bách h(?:óa|oá)|điện máy|vật liệu xây dựng|vlxd|thế giới di động|công trình)\b"
)
_FOOD: Final = r"|(?:bún|phở|cơm|bánh|xôi|chè|lẩu|hủ tiếu|vựa|vườn|sửa xe|rửa xe|kho|tạp phẩm|chợ|vải)\b(?= )"
_MARKED: Final = re.compile(_BEGINNING + _FOOD)
#: words that are names of people without diacritics
_PLAIN: Final = re.compile(
    fold(_BEGINNING).replace(
        "|quan(?! thi)|", "|quan (?:com|cafe|ca phe|an|nhau|bun|oc|bia|nuoc|lau|nuong|banh|kem)|"
    )
)
#: short forms that are the beginnings of names, too, in small letters
_CAPITALS: Final = frozenset({"CH", "VP", "BV", "KS", "VPĐD", "VPGD", "TTTM", "TTYT"})
_LEGAL: Final = re.compile(
    r"\b(?:tnhh|dntn|cong ty|cty|c ty|co ltd|coltd|co limited|ltd|llc|inc|jsc|corp|corporation|company|gmbh|pte|plc"
    r"|joint stock|holdings?|cp (?:thuong mai|dau tu|xay dung|san xuat|dich vu|tm|sx)|tm ?dv|sxtm|xnk|& co)\b|\bgroup$"
)
_TRADE: Final = re.compile(
    r"\b(?:shop|store|boutique|restaurant|hotel|hostel|bank|school|mart|minimart|supermarket|fashion|cosmetics?"
    r"|official|authentic|beauty|bakery|coffee|cafe|media|agency|trading|spa|salon|studio|homestay|nails?|academy"
    r"|center|centre|clinic|pharmacy|dental|travel|tours?|logistics|express|auto|motors?|computers?|laptop|mobile"
    r"|accessories|decor|furniture|foods?|farm|florist|flowers?|gifts?|bookstore|books|optical|gym|yoga|fitness|club"
    r"|plaza|tower|residence|apartment|design|software|solutions?|services?|technology|tech|industrial|international"
    r"|house|kids|baby|mall|outlet|closet|lingerie|jewelry|jewellery|perfume|organic)$"
)
#: chains and makers by their names alone; none of these words is a person's
_BRANDS: Final = re.compile(
    r"(?:starbucks?|highlands coffee|kfc|lotteria|jollibee|mcdonalds?|mcdonald s|dominos?|domino s|pizza hut"
    r"|burger king|popeyes|texas chicken|baskin robbins|gong cha|mixue|circle k|gs ?25|7 ?eleven|family ?mart|ministop"
    r"|win ?mart|vin ?mart|co ?op ?mart|lotte|aeon|big c|watsons|pharmacity|decathlon|ikea|uniqlo|h&m|nike|adidas|puma"
    r"|muji|miniso|samsung|panasonic|toshiba|hitachi|canon|epson|xiaomi|huawei|nokia|microsoft|intel|lenovo|asus|acer"
    r"|honda|yamaha|suzuki|piaggio|toyota|mazda|hyundai|nissan|mitsubishi|bmw|audi|volvo|porsche|mercedes ?benz|lexus"
    r"|vin ?fast|vin ?homes|vin ?mec|vin ?school|vinamilk|vinaphone|mobifone|viettel|vietcombank|vietinbank|techcombank"
    r"|sacombank|agribank|prudential|manulife|dai ichi life|unilever|nestle|pepsico?|coca ?cola|heineken|sabeco|habeco"
    r"|masan|acecook|abbott|loreal|l oreal|shiseido|lancome|gucci|chanel|louis vuitton|sheraton|marriott|hilton)"
    r"(?: (?P<rest>.+))?$"
)
#: platforms and carriers; in front of a name they say where somebody came from: "Shopee Lan"
_PLATFORMS: Final = re.compile(
    r"(?:grab|gojek|ahamove|lalamove|shopee|lazada|tiki|sendo|facebook|google|tiktok|youtube|instagram|fedex|dhl|ups)"
    r"(?: (?:viet ?nam|vn|express))?$"
)
#: a trade behind a word that is foreign: "Highlands Coffee Nguyễn Huệ"
_FOREIGN_TRADE: Final = re.compile(
    r"(\w+) (?:coffee|cafe|mart|store|hotel|pizza|burger|bakery|fashion|mobile)\b"
)
_GAPS: Final = re.compile(r"[^\w&]+|_+")


@lru_cache(4096)
def is_one(name: str) -> bool:
    """Return whether a name is that of an organisation: "Công ty TNHH Hoa Sen", "Blue Sky Co., Ltd", "Starbucks"."""
    if begins_like_one(name):
        return True
    folded = fold(_words(name))
    if _is_brand(folded) or ((found := _FOREIGN_TRADE.match(folded)) and not is_syllable(found[1])):
        return True
    return " " in folded and (_LEGAL.search(folded) or _TRADE.search(folded)) is not None


def begins_like_one(name: str) -> bool:
    """Return whether a name begins like that of an organisation."""
    words = _words(name)
    first, _space, rest = words.partition(" ")
    if _MARKED.match(words.lower()) or (rest and first in _CAPITALS):
        return True
    found = _PLAIN.match(fold(words))
    return found is not None and words[: found.end()].isascii()


def _is_brand(folded: str) -> bool:
    """Return whether folded words are a brand or its branch; a given name behind one is perhaps a person's."""
    if _PLATFORMS.match(folded):
        return True
    found = _BRANDS.match(folded)
    return found is not None and not (found["rest"] and is_syllable(found["rest"]))


def _words(name: str) -> str:
    return " ".join(word for word in _GAPS.split(name) if word)
