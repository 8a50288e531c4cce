"""The emails of the demo shop, as its owner would write them; without holidays, since the demo starts in any season."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

SITE = "https://trasen.example"
_GREETING = '<p>Chào {{ addressee | default: "Quý khách" }},</p>'


@dataclass(frozen=True, slots=True)
class DemoMail:
    """A campaign to create: its name, content, audience and engagement.

    segment: key of the segment it goes to; tags: names.  days: days before now, negative for the future.
    topic: its place among the shop's topics.
    opens: share of recipients who open.  clicks: share of those who follow a link.
    """

    name: str
    subject: str
    preview: str
    body: str
    segment: str = ""
    topic: int = 0
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    days: int = 0
    clock: time = time(19, 30)
    opens: float = 0.4
    clicks: float = 0.3
    #: links and their weights
    links: dict[str, int] = field(default_factory=dict)


def _button(label: str, path: str) -> str:
    return f'<div class="button" style="text-align: center"><a href="{SITE}{path}">{label}</a></div>'


def _link(label: str, path: str) -> str:
    return f'<a href="{SITE}{path}">{label}</a>'


SENT = (
    DemoMail(
        name="Trà ướp hoa nhài đã về lại",
        topic=1,
        subject="{{ call_name | default: \"Bạn\" }} ơi, trà ướp hoa nhài đã về lại",
        preview="Mẻ mới ướp bốn lần hoa, hộp 200 g giá 245.000 ₫.",
        body="<h1>Trà ướp hoa nhài đã về lại</h1>" + _GREETING
        + "<p>Mẻ trước hết chỉ sau chín ngày, nên lần này {{ shop_name }} ướp nhiều hơn một chút. Trà Thái Nguyên ướp"
        " <strong>bốn lần</strong> với hoa nhài hái lúc chập tối, để nguyên cánh cho bạn dễ nhận.</p>"
        "<ul><li><p>Hộp thiếc 200 g: <strong>245.000 ₫</strong></p></li><li><p>Túi dùng thử 30 g: 45.000 ₫</p></li>"
        "<li><p>Giao trong ngày ở Đà Nẵng, hai đến bốn ngày ở tỉnh khác</p></li></ul>"
        + _button("Đặt trà hoa nhài", "/tra-uop-hoa-nhai")
        + f"<p>Bạn mới uống lần đầu? Xem {_link('cách pha cho thơm mà không chát', '/cach-pha-tra')} nhé.</p>"
        "<p>Thân mến,<br>{{ shop_name }}</p>",
        segment="bought", days=23, opens=0.46, clicks=0.34,
        links={f"{SITE}/tra-uop-hoa-nhai": 78, f"{SITE}/cach-pha-tra": 22},
    ),
    DemoMail(
        name="Lâu rồi chưa gặp, tặng 50.000 ₫",
        subject="Lâu rồi chưa gặp {{ call_name | default: \"bạn\" }}",
        preview="Một món quà nhỏ cho lần ghé tới, dùng trong 14 ngày.",
        body="<h1>Lâu rồi chưa gặp bạn</h1>" + _GREETING
        + "<p>Lần gần nhất bạn mua hàng là ngày {{ last_order_date | default: \"nào đó trước đây\" }}. Từ đó"
        " {{ shop_name }} có thêm trà túi lọc gừng và hộp quà An Yên bản mới, gói bằng giấy kraft.</p>"
        "<p>Tặng bạn <strong>50.000 ₫</strong> cho đơn tiếp theo từ 300.000 ₫, mã <strong>GAPLAI</strong>, dùng trong"
        " 14 ngày kể từ hôm nay.</p>" + _button("Xem có gì mới", "/hang-moi")
        + "<p>Nếu lần trước có điều gì chưa vừa ý, bạn trả lời thư này nhé. Chúng tôi đọc hết.</p>",
        segment="inactive", days=11, clock=time(9, 0), opens=0.29, clicks=0.22,
        links={f"{SITE}/hang-moi": 100},
    ),
    DemoMail(
        name="Hộp quà An Yên, giảm 20% ba ngày",
        subject="Giảm 20% hộp quà An Yên, chỉ ba ngày",
        preview="Trà sen, nến thơm và thiệp viết tay, gói sẵn để tặng.",
        body="<h1>Hộp quà An Yên giảm 20%</h1>" + _GREETING
        + "<p>Ba ngày tới, hộp quà An Yên còn <strong>552.000 ₫</strong> thay vì 690.000 ₫. Trong hộp có trà sen Tây Hồ"
        " 100 g, một cây nến hoa sen và một tấm thiệp chúng tôi viết tay theo lời bạn dặn.</p>"
        + _button("Chọn hộp quà", "/hop-qua-an-yen")
        + f"<p>Cần từ mười hộp trở lên cho công ty? Xem {_link('bảng giá quà doanh nghiệp', '/qua-doanh-nghiep')}, hoặc"
        " gọi {{ shop_phone }}.</p><h3>Điều kiện</h3><ul><li><p>Mỗi khách tối đa năm hộp với giá này.</p></li>"
        "<li><p>Không cộng với mã giảm khác, giá đã gồm thuế.</p></li></ul>",
        segment="bought", without_tags=("sỉ",), days=2, opens=0.41, clicks=0.37,
        links={f"{SITE}/hop-qua-an-yen": 84, f"{SITE}/qua-doanh-nghiep": 16},
    ),
)  # fmt: skip

SCHEDULED = DemoMail(
    name="Mời khách thân thiết nếm trà sen đầu mùa",
    topic=1,
    subject="Mời {{ addressee | default: \"Quý khách\" }} nếm trà sen đầu mùa",
    preview="Chiều thứ Bảy tại quầy Hải Châu, có bánh đậu xanh.",
    body="<h1>Nếm trà sen đầu mùa</h1>" + _GREETING
    + "<p>Chiều thứ Bảy này, từ 15:00 đến 17:00, {{ shop_name }} mời riêng khách thân thiết đến quầy Hải Châu nếm mẻ"
    " trà sen đầu mùa. Có bánh đậu xanh và một gói trà nhỏ mang về.</p>"
    "<p>Chỗ ngồi có hạn, bạn giữ chỗ giúp chúng tôi nhé.</p>" + _button("Giữ chỗ cho tôi", "/nem-tra")
    + "<p>Hẹn gặp bạn,<br>{{ shop_name }}</p>",
    tags=("VIP", "thân thiết"), days=-4, clock=time(9, 0),
)  # fmt: skip

DRAFT = DemoMail(
    name="Quà cho người sắp đến sinh nhật",
    subject="Chúc mừng sinh nhật {{ call_name | default: \"bạn\" }}",
    preview="Một món quà cho tháng sinh nhật của bạn.",
    body="<h1>Chúc mừng sinh nhật</h1>" + _GREETING
    + "<p>{{ shop_name }} chúc bạn một tuổi mới nhiều sức khỏe và niềm vui.</p><p>Quà của bạn: giảm"
    " <strong>15%</strong> cho một đơn hàng trong tháng này, mã <strong>SINHNHAT</strong>.</p>"
    + _button("Nhận quà", "/sinh-nhat") + "<p>Thân mến,<br>{{ shop_name }}</p>",
    segment="birthday",
)  # fmt: skip
