"""Every component in every state, at /ui/: for signed-in users, and for everybody in debug mode."""

from datetime import UTC, date, datetime, timedelta

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from quen.core import phones
from quen.core.text import fold
from quen.ui import command_palette, errors, icons
from quen.ui.charts import Chart, ChartKind, Colour, Series
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
from quen.ui.pages import page, success
from quen.ui.tags import filters
from quen.ui.tags.choices import PickerOption
from quen.ui.widgets import ComboboxInput, DayField, StringListField, SwitchInput

SAMPLE_TAGS = ("VIP", "da nhạy cảm", "quà tặng", "livestream", "mẹ bầu", "hội chợ", "sỉ", "tóc")
SAMPLE_CONTACTS = (
    ("Nguyễn Thị Thảo Vy", "+84905318274", 18_640_000, ("VIP", "da nhạy cảm", "sỉ")),
    ("Trần Quốc Bảo", "+84914027665", 6_215_000, ("quà tặng",)),
    ("Ẩm thực Cô Ổi (bà Nguyễn Thị Ổi)", "+842363824410", 22_900_000, ()),
    ("Lê Hoàng Yến Nhi", "+84978440913", None, ("livestream",)),
)


class SampleForm(forms.Form):
    """One field of each layout."""

    name = forms.CharField(label=gettext_lazy("Full name"))
    email = forms.EmailField(label=gettext_lazy("Email"), required=False)
    born_on = DayField(label=gettext_lazy("Birthday"), required=False)
    place = forms.ChoiceField(
        label=gettext_lazy("Location"), choices=[("dn", "Đà Nẵng"), ("hue", "Huế")], required=False
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    secret = forms.CharField(label=gettext_lazy("Password"), widget=forms.PasswordInput, required=False)
    amount = forms.CharField(label=gettext_lazy("Amount"), required=False)
    tags = StringListField(
        label=gettext_lazy("Tags"), widget=ComboboxInput(options=SAMPLE_TAGS), required=False
    )
    existing = forms.ChoiceField(
        label=gettext_lazy("Existing customers"),
        choices=[("skip", gettext_lazy("Skip")), ("fill", gettext_lazy("Fill empty fields"))],
        widget=forms.RadioSelect,
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Channels"),
        choices=[("email", "Email"), ("sms", "SMS")],
        widget=forms.CheckboxSelectMultiple,
    )
    agreed = forms.BooleanField(label=gettext_lazy("These customers gave consent"), required=False)
    quick = forms.BooleanField(label=gettext_lazy("Show immediately"), widget=SwitchInput, required=False)
    file = forms.FileField(label=gettext_lazy("File"), required=False, help_text="CSV, TSV, XLS, XLSX")


def sample_list() -> ListTable:
    """Return a list with every kind of cell."""
    now = datetime(2026, 10, 13, 1, 49, tzinfo=UTC)
    columns = [
        Column("name", _("Customer"), "title", sort="name", phone="title", width="w-1/4"),
        Column("company", _("Company"), "text", min_width=80),
        Column("source", _("Source"), "note", min_width=112),
        Column("comment", _("Note"), "wrapped", min_width=192),
        Column("phone", _("Phone"), "phone", phone="note", min_width=44),
        Column("status", _("Status"), "state", phone="foot"),
        Column("stage", _("Stage"), "badge", min_width=96),
        Column("tags", _("Tags"), "tags", phone="foot-side", min_width=62),
        Column("trend", _("Trend"), "spark", hide_label=True, min_width=88),
        Column("orders", _("Orders"), "number", min_width=56),
        Column("opened", _("Opened"), "percent", min_width=68),
        Column(
            "spent", _("Spent, ₫"), "money", sort="spent", descending_first=True, phone="note-side", unit="₫"
        ),
        Column("birthday", _("Birthday"), "day", min_width=128),
        Column("created", _("Created"), "instant", min_width=160),
        Column("activity", _("Last activity"), "time_ago", phone="side", min_width=50),
        Column("link", "", "html", hide_label=True, min_width=192),
    ]
    rows = [
        Row(
            [
                Title(name, avatar=True),
                "Mộc Sen" if spent else "",
                "sapo-thang-11.xlsx",
                "Thích trà ướp hoa, hay mua vào cuối tuần.",
                phone,
                StatusLabel(_("Subscribed"), "good", "circle-check"),
                StatusLabel(_("Running"), "live", "loader"),
                tags,
                [3, 4, 4, 6, 5, 8],
                12,
                41.2,
                spent,
                date(1991, 10, 20),
                now,
                now - timedelta(minutes=11 * (number + 1)),
                icons.svg("external-link", 14),
            ],
            key=number,
            name=name,
            href=f"?contact={number}",
        )
        for number, (name, phone, spent, tags) in enumerate(SAMPLE_CONTACTS)
    ]
    pager = {"next": "?after=4", "first": 1, "last": 4, "total": 2087, "noun": _("customers")}
    empty = EmptyState(_("No customers yet"), picture="people")
    return ListTable(_("Every kind of cell"), columns, rows, empty, sort="-spent", pager=pager, now=now)


def sample_charts() -> list[Chart]:
    """Return a chart of every kind, and an empty one."""
    days = [filters.day(date(2026, 10, number)) for number in range(1, 15)]
    sent = [0, 120, 0, 256, 310, 0, 0, 180, 402, 90, 0, 512, 0, 60]
    opened = [0, 48, 12, 120, 141, 30, 8, 77, 180, 61, 14, 233, 40, 22]
    empty = _("Nothing was sent in this period.")
    return [
        Chart(ChartKind.BARS, _("Opened by day"), _("Day"), days, [Series(_("Opened"), opened)], empty),
        Chart(
            ChartKind.STACKED_BARS,
            _("Sent by day"),
            _("Day"),
            days,
            [Series(_("Opened"), opened), Series(_("Sent"), sent, Colour.REST)],
            empty,
        ),
        Chart(
            ChartKind.LINES,
            _("Opened and sent"),
            _("Day"),
            days,
            [Series(_("Opened"), opened), Series(_("Sent"), sent)],
            empty,
        ),
        Chart(
            ChartKind.AREA,
            _("Revenue by day"),
            _("Day"),
            days,
            [Series(_("Revenue"), [value * 10_000 for value in opened])],
            empty,
            unit="₫",
            low=True,
        ),
        Chart(
            ChartKind.FUNNEL,
            _("From sent to clicked"),
            _("Step"),
            [_("Sent"), _("Delivered"), _("Opened"), _("Clicked")],
            [Series(_("Customers"), [256, 253, 120, 43])],
            empty,
        ),
        Chart(
            ChartKind.DONUT,
            _("Customers by status"),
            _("Status"),
            [_("Subscribed"), _("Not subscribed"), _("Unsubscribed")],
            [Series(_("Customers"), [1480, 612, 129])],
            empty,
        ),
        Chart(
            ChartKind.HEAT_MAP,
            _("Opened by weekday and hour"),
            _("Hour"),
            [f"{hour}:00" for hour in range(7, 22, 2)],
            [
                Series(name, [(number * 7 + hour * 5) % 23 for hour in range(8)])
                for number, name in enumerate((_("Monday"), _("Wednesday"), _("Friday"), _("Sunday")))
            ],
            empty,
        ),
        Chart(ChartKind.BARS, _("Clicked by day"), _("Day"), days[:1], [Series(_("Clicked"), [0])], empty),
    ]


def require_sign_in(request: HttpRequest) -> None:
    """Raise Http404 for anonymous visitors, unless in debug mode."""
    user = getattr(request, "user", None)
    if not settings.DEBUG and not (user is not None and user.is_authenticated):
        raise Http404


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component."""
    require_sign_in(request)
    filled = {
        "name": SAMPLE_CONTACTS[0][0],
        "email": SAMPLE_CONTACTS[0][0],
        "existing": "skip",
        "tags": SAMPLE_TAGS[:2],
        "born_on": "20/10/1991",
    }
    context = {
        "form": SampleForm(
            initial={"name": SAMPLE_CONTACTS[0][0], "existing": "skip", "agreed": True, "channels": ["email"]}
        ),
        "wrong": SampleForm(
            {**filled, "email": "vy.nguyen@example", "born_on": "32/13/1991", "existing": ""}
        ),
        "contacts": SAMPLE_CONTACTS,
        "tags": SAMPLE_TAGS,
        "pick_groups": [
            (_("Used most"), [PickerOption(tag, tag) for tag in SAMPLE_TAGS[:2]]),
            (_("Tags"), [PickerOption(tag, tag) for tag in SAMPLE_TAGS]),
        ],
        "spark": [3, 4, 4, 6, 5, 8, 9, 8, 11],
        "sample_list": sample_list(),
        "charts": sample_charts(),
        "tabs": [
            {"text": _("All"), "href": "?view=all", "count": 128204, "on": True},
            {
                "text": _("Regular customers"),
                "href": "?view=regulars",
                "count": 6412,
                "changed": _("Changed, not saved"),
            },
        ],
        "segments": [{"text": _("Day"), "value": "day"}, {"text": _("Week"), "value": "week"}],
        "pictures": [
            ("people", _("No customers yet")),
            ("import", _("No file yet")),
            ("search", _("Nothing found")),
            ("tags", _("No tags yet")),
            ("notices", _("No notifications")),
            ("mail", _("No mail yet")),
            ("shield", _("The list is empty")),
            ("ledger", _("No entries yet")),
        ],
        "selection": format_html_join(
            "",
            '<button type="button" hx-post="action/" hx-swap="none" hx-include="closest [data-list]">'
            "{}{}</button>",
            ((icons.svg("tag", 14), _("Tag")), (icons.svg("refresh-cw", 14), _("Change status"))),
        ),
        "steps": [(_("File"), "?step=1"), (_("Columns"), "?step=2"), (_("Settings"), ""), (_("Result"), "")],
        "crumbs": [(_("Customers"), "?crumb=1"), (_("Import"), "?crumb=2")],
    }
    return page(request, "ui/gallery.html", context, part=request.GET.get("part"), status=200)


@require_GET
def drawer(request: HttpRequest) -> HttpResponse:
    """Show the drawer of one sample row."""
    require_sign_in(request)
    try:
        contact = SAMPLE_CONTACTS[int(request.GET.get("n", "0"))]
    except (ValueError, IndexError):
        raise Http404 from None
    return page(request, "ui/gallery_drawer.html", {"contact": contact})


@require_GET
def options(request: HttpRequest) -> HttpResponse:
    """Return the results of the sample command palette."""
    require_sign_in(request)
    query = fold(request.GET.get("q", ""))
    results = (
        command_palette.PaletteResult(
            title=name, href="?found=1", hint=_("Customer"), icon="user", detail=phones.display(phone)
        )
        for name, phone, *_more in SAMPLE_CONTACTS
        if query in fold(name)
    )
    return command_palette.palette_response(request, results)


@require_POST
def sample_action(request: HttpRequest) -> HttpResponse:
    """Return a toast, with an undo button unless `plain` is posted; refuse when `refuse` is."""
    require_sign_in(request)
    if request.POST.get("refuse"):
        raise PermissionDenied(_("Only the owner can do this. Ask Trần Mỹ Hạnh."))
    undo = "" if request.POST.get("plain") else request.path
    return success(request, message=_("Tagged 2,087 customers."), event="gallery:changed", undo=undo)


@require_GET
def error(request: HttpRequest, status: int) -> HttpResponse:
    """Show an error page."""
    require_sign_in(request)
    pages = {403: errors.forbidden, 404: errors.not_found, 400: errors.bad_request}
    if status in pages:
        return pages[status](request)
    return errors.server_error(request)
