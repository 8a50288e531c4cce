"""Starting designs: ready-made emails to edit, in both languages (CAM-20, CAM-37, R-38)."""
# ruff: noqa: E501  # sentences of mails stay on their lines

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.content.rules import blanks
from quen.core.errors import NotFound

_HELLO_VI = '<p>Chào {{ addressee | default: "Quý khách" }},</p>'
_HELLO_EN = '<p>Dear {{ addressee | default: "valued customer" }},</p>'


@dataclass(frozen=True, slots=True)
class DesignText:
    """A design in one language; the body as the editor writes it."""

    subject: str
    preview: str
    body: str


@dataclass(frozen=True, slots=True)
class Design:
    """An email to start from."""

    key: str
    name: str | Promise
    description: str | Promise
    versions: Mapping[str, DesignText]

    def text_in(self, language: str) -> DesignText:
        """Return the design's text in a language, Vietnamese if it has none in it."""
        return self.versions.get(language) or self.versions["vi"]


def _button(text: str) -> str:
    return f'<div class="button" style="text-align: center"><a href="{{{{ shop_website }}}}">{text}</a></div>'


DESIGNS = (
    Design(
        "offer",
        _("Offer"),
        _("A discount with its deadline and conditions"),
        {
            "vi": DesignText(
                "{{ call_name | default: \"Bạn\" }} ơi, ưu đãi 20% chờ bạn đến Chủ nhật",
                "Áp dụng cho mọi sản phẩm, tại cửa hàng và trên trang web.",
                "<h1>Ưu đãi 20% đến hết Chủ nhật</h1>" + _HELLO_VI
                + "<p>Từ hôm nay đến hết Chủ nhật, {{ shop_name }} giảm <strong>20%</strong> cho mọi sản phẩm. Bạn chỉ cần"
                " nhập mã <strong>[mã giảm giá]</strong> khi đặt hàng.</p>" + _button("Xem sản phẩm")
                + "<h3>Điều kiện</h3><ul><li><p>Mỗi khách hàng dùng mã một lần.</p></li><li><p>Không cộng với ưu đãi"
                " khác.</p></li><li><p>Giá đã gồm thuế, chưa gồm phí giao hàng.</p></li></ul><p>Hẹn gặp bạn,<br>{{ shop_name }}</p>",
            ),
            "en": DesignText(
                "{{ call_name | default: \"Hello\" }}, 20% off until Sunday",
                "On every product, in the shop and online.",
                "<h1>20% off until Sunday</h1>" + _HELLO_EN
                + "<p>From today until Sunday night, {{ shop_name }} takes <strong>20%</strong> off every product. Enter the"
                " code <strong>[discount code]</strong> when you order.</p>" + _button("See the products")
                + "<h3>Conditions</h3><ul><li><p>Each customer may use the code once.</p></li><li><p>Not together with other"
                " offers.</p></li><li><p>Prices include tax, delivery is extra.</p></li></ul><p>See you soon,<br>{{ shop_name }}</p>",
            ),
        },
    ),
    Design(
        "new_product",
        _("New product"),
        _("One product, its benefits, one button"),
        {
            "vi": DesignText(
                "Vừa về: sản phẩm mới tại {{ shop_name }}",
                "Bạn là một trong những người biết đầu tiên.",
                "<h1>Có gì mới ở {{ shop_name }}</h1>" + _HELLO_VI
                + "<p>Chúng tôi vừa ra mắt <strong>[tên sản phẩm]</strong> và muốn bạn là một trong những người biết đầu"
                " tiên.</p><h2>Vì sao bạn sẽ thích</h2><ul><li><p>[Điểm hay thứ nhất]</p></li><li><p>[Điểm hay thứ"
                " hai]</p></li><li><p>[Điểm hay thứ ba]</p></li></ul><p>Giá: <strong>[giá] ₫</strong>, đã gồm thuế.</p>"
                + _button("Xem chi tiết") + "<p>Có câu hỏi, bạn gọi {{ shop_phone }} nhé.</p>",
            ),
            "en": DesignText(
                "Just in: something new at {{ shop_name }}",
                "You are among the first to know.",
                "<h1>What is new at {{ shop_name }}</h1>" + _HELLO_EN
                + "<p>We have just launched <strong>[product]</strong>, and you are among the first to know.</p>"
                "<h2>Why you may like it</h2><ul><li><p>[First good thing]</p></li><li><p>[Second good thing]</p></li>"
                "<li><p>[Third good thing]</p></li></ul><p>Price: <strong>[price] ₫</strong>, tax included.</p>"
                + _button("See more") + "<p>Any question? Call {{ shop_phone }}.</p>",
            ),
        },
    ),
    Design(
        "win_back",
        _("Win back"),
        _("For customers who haven't bought for a while"),
        {
            "vi": DesignText(
                "Lâu rồi chưa gặp {{ call_name | default: \"bạn\" }}",
                "Một món quà nhỏ cho lần ghé tới.",
                "<h1>Lâu rồi chưa gặp bạn</h1>" + _HELLO_VI
                + "<p>Lần gần nhất bạn mua hàng là ngày {{ last_order_date | default: \"nào đó trước đây\" }}. Từ đó"
                " {{ shop_name }} có nhiều điều mới, và chúng tôi muốn mời bạn ghé lại.</p><p>Tặng bạn <strong>50.000 ₫</strong>"
                " cho đơn hàng tiếp theo từ 300.000 ₫, mã <strong>[mã giảm giá]</strong>, dùng trong 14 ngày.</p>"
                + _button("Ghé lại cửa hàng") + "<p>Nếu lần trước có điều gì chưa vừa ý, bạn trả lời thư này nhé. Chúng tôi đọc hết.</p>",
            ),
            "en": DesignText(
                "We have not seen you for a while, {{ call_name | default: \"friend\" }}",
                "A small gift for your next visit.",
                "<h1>It has been a while</h1>" + _HELLO_EN
                + "<p>Your last order was on {{ last_order_date | default: \"a day long ago\" }}. Much is new at {{ shop_name }}"
                " since then, and we would like to see you again.</p><p>Take <strong>50.000 ₫</strong> off your next order of"
                " 300.000 ₫ or more with the code <strong>[discount code]</strong>, within 14 days.</p>"
                + _button("Visit the shop") + "<p>Was something not right last time? Answer this mail; we read everything.</p>",
            ),
        },
    ),
    Design(
        "thanks",
        _("Thank you"),
        _("After a purchase or an anniversary"),
        {
            "vi": DesignText(
                "Cảm ơn {{ addressee | default: \"Quý khách\" }}",
                "Vài dòng từ cả cửa hàng.",
                "<h1>Cảm ơn bạn</h1>" + _HELLO_VI
                + "<p>Cảm ơn bạn đã chọn {{ shop_name }}. Nhờ những khách hàng như bạn mà chúng tôi được làm công việc mình yêu"
                " thích mỗi ngày.</p><p>Nếu hài lòng, bạn kể cho bạn bè nghe nhé. Nếu chưa, bạn nói với chúng tôi qua"
                " {{ shop_phone }} hoặc {{ shop_email }}.</p><p>Trân trọng,<br>{{ shop_name }}</p>",
            ),
            "en": DesignText(
                "Thank you, {{ addressee | default: \"valued customer\" }}",
                "A few lines from all of us.",
                "<h1>Thank you</h1>" + _HELLO_EN
                + "<p>Thank you for choosing {{ shop_name }}. Customers like you let us do the work we love.</p><p>If you are"
                " happy, tell your friends. If not, tell us: {{ shop_phone }} or {{ shop_email }}.</p><p>With kind"
                " regards,<br>{{ shop_name }}</p>",
            ),
        },
    ),
    Design(
        "birthday",
        _("Birthday"),
        _("A birthday wish and a gift"),
        {
            "vi": DesignText(
                "Chúc mừng sinh nhật {{ call_name | default: \"bạn\" }} 🎂",
                "Một món quà cho tháng sinh nhật của bạn.",
                "<h1>Chúc mừng sinh nhật</h1>" + _HELLO_VI
                + "<p>{{ shop_name }} chúc bạn một tuổi mới nhiều sức khỏe và niềm vui.</p><p>Quà của bạn: giảm"
                " <strong>15%</strong> cho một đơn hàng trong tháng này, mã <strong>[mã quà tặng]</strong>.</p>"
                + _button("Nhận quà") + "<p>Thân mến,<br>{{ shop_name }}</p>",
            ),
            "en": DesignText(
                "Happy birthday, {{ call_name | default: \"friend\" }} 🎂",
                "A gift for the month of your birthday.",
                "<h1>Happy birthday</h1>" + _HELLO_EN
                + "<p>All of us at {{ shop_name }} wish you health and joy in the year ahead.</p><p>Your gift:"
                " <strong>15%</strong> off one order this month with the code <strong>[gift code]</strong>.</p>"
                + _button("Take the gift") + "<p>Yours,<br>{{ shop_name }}</p>",
            ),
        },
    ),
)  # fmt: skip


#: every blank of a starting design, as it is written there: nothing may be sent before it is filled in
BLANKS: tuple[str, ...] = tuple(
    dict.fromkeys(
        blank
        for design in DESIGNS
        for text in design.versions.values()
        for part in (text.subject, text.preview, text.body)
        for blank in blanks.in_brackets(part)
    )
)


def get_design(key: str) -> Design:
    """Return a design. Raises NotFound."""
    for design in DESIGNS:
        if design.key == key:
            return design
    raise NotFound()
