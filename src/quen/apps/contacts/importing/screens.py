"""What the import wizard shows of people: fields in groups, a row as a person, settings, sheets to fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.audience import queries as audience
from quen.apps.contacts import queries
from quen.apps.contacts.importing import showing
from quen.apps.contacts.importing.settings_form import ImportSettingsForm
from quen.apps.contacts.importing.targets import FIELD, system_targets
from quen.apps.contacts.types import FieldFormat
from quen.apps.import_export.registry import (
    ColumnPlan,
    FieldTarget,
    ImportOrder,
    Row,
    RowShown,
    SheetTemplate,
    TargetGroup,
)

_PLACE: Final = ("address_line", "address2", "ward", "district", "city", "area", "country", "country_code")
_PERSON: Final = (
    "full_name",
    "phone",
    "email",
    "family_name",
    "middle_name",
    "given_name",
    "salutation",
    "phone2",
    "email2",
    "birth_on",
    "gender",
    "company",
    "language",
    "note",
)
_CONSENT: Final = ("status", "consent_email", "consent_sms", "consent_zalo", "consent_call")
_ICONS: Final = {
    "full_name": "user",
    "family_name": "user",
    "middle_name": "user",
    "given_name": "user",
    "salutation": "user",
    "phone": "phone",
    "phone2": "phone",
    "email": "mail",
    "email2": "mail",
    "birth_on": "cake",
    "company": "building-2",
    "tags": "tag",
    "groups": "users",
    "external_id": "hash",
    "note": "notebook-pen",
    "member_since": "calendar",
    "source": "signpost",
    "language": "languages",
    **dict.fromkeys(_PLACE, "map-pin"),
    **dict.fromkeys(_CONSENT, "shield-check"),
}
_NEW_FORMATS: Final = (
    FieldFormat.TEXT,
    FieldFormat.NUMBER,
    FieldFormat.DATE,
    FieldFormat.YES_NO,
    FieldFormat.SINGLE,
    FieldFormat.LINK,
)
_SAPO: Final = (
    "First Name(Tên)",
    "Email",
    "Last Name(Họ)",
    "Company(Đơn vị)",
    "Address 1(Địa chỉ mặc định 1)",
    "City(Thành phố)",
    "Country(Quốc gia)",
    "Country Code(Mã quốc gia)",
    "Phone(Điện thoại)",
    "Accepts Marketing",
    "Tags",
)
_UPGO: Final = ("Tên khách hàng", "Số điện thoại", "Email", "Ngày sinh", "Giới tính")
_TANIGO: Final = ("Email", "Họ", "Tên", "Điện thoại")
_OURS: Final = (
    "full_name",
    "phone",
    "email",
    "birth_on",
    "gender",
    "address_line",
    "city",
    "tags",
    "consent_email",
    "external_id",
    "note",
)


class ContactScreens:
    """The wizard's screens for people."""

    settings_template = "contacts/importing/settings.html"

    def groups(self, targets: Sequence[FieldTarget]) -> list[TargetGroup]:
        """The person, the place, tags and consent, the rest, then the workspace's own fields."""
        by_key = {target.key: target for target in targets}
        own = [target for target in targets if target.key.startswith(FIELD)]
        named = [*_PERSON, *_PLACE, *_CONSENT, "tags", "groups"]
        rest = [target for target in targets if target.key not in named and target not in own]
        groups = [
            TargetGroup(_("Person"), tuple(by_key[key] for key in _PERSON)),
            TargetGroup(_("Place"), tuple(by_key[key] for key in _PLACE)),
            TargetGroup(_("Tags and consent"), tuple(by_key[key] for key in ("tags", "groups", *_CONSENT))),
            TargetGroup(_("More"), tuple(rest)),
            TargetGroup(_("Your own fields"), tuple(own)),
        ]
        return [group for group in groups if group.targets]

    def icon(self, target: str) -> str:
        """A sign beside the field's name."""
        return _ICONS.get(target, "text-cursor-input" if target.startswith(FIELD) else "circle-dot")

    def new_formats(self) -> list[tuple[str, str]]:
        """Formats a column's own field may have."""
        return [(each.value, str(each.label)) for each in _NEW_FORMATS]

    def show_row(self, order: ImportOrder, row: Row) -> RowShown:
        """The person a row becomes."""
        return showing.show_row(order, row)

    def weigh(self, order: ImportOrder, rows: Sequence[Row]) -> tuple[int, list[tuple[str, int]]]:
        """How many of the rows come in, and why the others do not."""
        return showing.weigh(order, rows)

    def settings_form(
        self, data: Any, *, settings: Mapping[str, Any], columns: Sequence[ColumnPlan]
    ) -> ImportSettingsForm:
        """What is asked before the start."""
        return ImportSettingsForm(
            data,
            settings=settings,
            columns=columns,
            required=accounts.current_workspace().required_fields,
            today=timezone.localdate(),
        )

    def templates(self) -> list[SheetTemplate]:
        """Our own sheet, and those of Sapo, UPGO and Tanigo (R-20)."""
        labels = {target.key: target.label for target in system_targets()}
        return [
            SheetTemplate(
                "quen",
                _("Template of Quen"),
                "quen-khach-hang.csv",
                [labels[key] for key in _OURS],
                [_OUR_ROW, _OUR_SECOND_ROW],
            ),
            SheetTemplate("sapo", _("Template of Sapo"), "sapo-khach-hang.csv", _SAPO, [_SAPO_ROW]),
            SheetTemplate("upgo", _("Template of UPGO"), "upgo-khach-hang.csv", _UPGO, [_UPGO_ROW]),
            SheetTemplate("tanigo", _("Template of Tanigo"), "tanigo-lien-he.txt", _TANIGO, [_TANIGO_ROW]),
        ]

    def people_address(self, *, tags: Sequence[str], since: date, until: date) -> str:
        """The list of those whom an import of these days brought or changed, with its tags where it gave some."""
        came = {
            "event": "contact_imported",
            "op": "at_least",
            "times": 1,
            "from": since.isoformat(),
            "to": until.isoformat(),
        }
        given = [tag.pk for tag in queries.find_tags(tags).values()]
        tagged = [{"field": "tags", "op": "all", "value": given}] if given else []
        tree = audience.parse({"all": [came, *tagged]})
        return f"/contacts/?{urlencode({'sort': '-created', 'rules': audience.tree_to_query(tree)})}"


_OUR_ROW: Final = (
    "Nguyễn Thị Thảo Vy",
    "0905318274",
    "thaovy@example.com",
    "20/10/1991",
    "Nữ",
    "12 Lê Lợi",
    "Đà Nẵng",
    "VIP, da nhạy cảm",
    "Có",
    "KH0001",
    "",
)
_OUR_SECOND_ROW: Final = (
    "Trần Văn Nam",
    "0914027665",
    "",
    "05/03",
    "Nam",
    "",
    "Hà Nội",
    "",
    "Không",
    "KH0002",
    "",
)
_SAPO_ROW: Final = (
    "Thảo Vy",
    "thaovy@example.com",
    "Nguyễn Thị",
    "",
    "12 Lê Lợi",
    "Đà Nẵng",
    "Vietnam",
    "VN",
    "0905318274",
    "yes",
    "VIP",
)
_UPGO_ROW: Final = ("Nguyễn Thị Thảo Vy", "0905318274", "thaovy@example.com", "20/10/1991", "Nữ")
_TANIGO_ROW: Final = ("thaovy@example.com", "Nguyễn Thị", "Thảo Vy", "0905318274")
