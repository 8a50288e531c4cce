"""What the import wizard shows for contacts: groups of fields, row preview, settings, template files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.audience import queries as audience
from quen.apps.contacts import queries, registry
from quen.apps.contacts.importing import row_preview
from quen.apps.contacts.importing.settings_form import ContactImportSettingsForm
from quen.apps.contacts.importing.targets import FIELD_PREFIX, system_targets
from quen.apps.import_export.registry import (
    ColumnMapping,
    FieldTarget,
    ImportContext,
    ResultAction,
    Row,
    RowPreview,
    SheetTemplate,
    TargetGroup,
)

_ADDRESS_FIELDS: Final = (
    "address_line",
    "address2",
    "ward",
    "district",
    "city",
    "area",
    "country",
    "country_code",
)
_CONTACT_FIELDS: Final = (
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
_CONSENT_FIELDS: Final = ("status", "consent_email", "consent_sms", "consent_zalo", "consent_call")
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
    **dict.fromkeys(_ADDRESS_FIELDS, "map-pin"),
    **dict.fromkeys(_CONSENT_FIELDS, "shield-check"),
}
_SAPO_HEADERS: Final = (
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
_UPGO_HEADERS: Final = ("Tên khách hàng", "Số điện thoại", "Email", "Ngày sinh", "Giới tính")
_TANIGO_HEADERS: Final = ("Email", "Họ", "Tên", "Điện thoại")
_OWN_TARGETS: Final = (
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


class ContactImportScreens:
    """The wizard's screens for contacts."""

    settings_template = "contacts/importing/settings.html"

    def groups(self, targets: Sequence[FieldTarget]) -> list[TargetGroup]:
        """Return personal details, location, tags and consent, the rest, then custom fields."""
        by_key = {target.key: target for target in targets}
        custom = [target for target in targets if target.key.startswith(FIELD_PREFIX)]
        listed = [*_CONTACT_FIELDS, *_ADDRESS_FIELDS, *_CONSENT_FIELDS, "tags", "groups"]
        others = [target for target in targets if target.key not in listed and target not in custom]
        groups = [
            TargetGroup(_("Personal details"), tuple(by_key[key] for key in _CONTACT_FIELDS)),
            TargetGroup(_("Location"), tuple(by_key[key] for key in _ADDRESS_FIELDS)),
            TargetGroup(
                _("Tags and consent"), tuple(by_key[key] for key in ("tags", "groups", *_CONSENT_FIELDS))
            ),
            TargetGroup(_("More"), tuple(others)),
            TargetGroup(_("Custom fields"), tuple(custom)),
        ]
        return [group for group in groups if group.targets]

    def icon(self, target: str) -> str:
        """Return the icon of a field."""
        return _ICONS.get(target, "text-cursor-input" if target.startswith(FIELD_PREFIX) else "circle-dot")

    def preview_row(self, context: ImportContext, row: Row) -> RowPreview:
        """Return the preview of a row."""
        return row_preview.preview_row(context, row)

    def estimate(self, context: ImportContext, rows: Sequence[Row]) -> tuple[int, list[tuple[str, int]]]:
        """Return how many of the rows can be imported, and why the others cannot."""
        return row_preview.estimate(context, rows)

    def settings_form(
        self, data: Any, *, settings: Mapping[str, Any], columns: Sequence[ColumnMapping]
    ) -> ContactImportSettingsForm:
        """Return the settings form."""
        return ContactImportSettingsForm(
            data,
            settings=settings,
            columns=columns,
            required=accounts.current_workspace().required_fields,
            today=timezone.localdate(),
        )

    def templates(self) -> list[SheetTemplate]:
        """Return our own template, and those of Sapo, UPGO and Tanigo (R-20)."""
        labels = {target.key: target.label for target in system_targets()}
        return [
            SheetTemplate(
                "quen",
                _("Template of Quen"),
                "quen-khach-hang.csv",
                [labels[key] for key in _OWN_TARGETS],
                [_OWN_ROW, _OWN_SECOND_ROW],
            ),
            SheetTemplate("sapo", _("Template of Sapo"), "sapo-khach-hang.csv", _SAPO_HEADERS, [_SAPO_ROW]),
            SheetTemplate("upgo", _("Template of UPGO"), "upgo-khach-hang.csv", _UPGO_HEADERS, [_UPGO_ROW]),
            SheetTemplate(
                "tanigo", _("Template of Tanigo"), "tanigo-lien-he.txt", _TANIGO_HEADERS, [_TANIGO_ROW]
            ),
        ]

    def result_path(self, settings: Mapping[str, Any], *, since: date, until: date) -> str:
        """Return the path of the contact list, filtered to imports on these days and to the import's tags."""
        return f"/contacts/?{urlencode({'sort': '-created', 'rules': _result_rules(settings, since, until)})}"

    def result_actions(self, settings: Mapping[str, Any], *, since: date, until: date) -> list[ResultAction]:
        """Return what other apps offer to do with a filter of the list, for those who were imported."""
        rules = _result_rules(settings, since, until)
        return [
            ResultAction(str(each.label), each.icon, each.url(rules), each.right)
            for each in registry.filter_actions()
        ]


def _result_rules(settings: Mapping[str, Any], since: date, until: date) -> str:
    """Return the conditions on those who were imported on these days with these tags, for a URL."""
    imported = {
        "event": "contact_imported",
        "op": "at_least",
        "times": 1,
        "from": since.isoformat(),
        "to": until.isoformat(),
    }
    tag_ids = [tag.pk for tag in queries.find_tags(settings.get("tags") or []).values()]
    tag_conditions = [{"field": "tags", "op": "all", "value": tag_ids}] if tag_ids else []
    tree = audience.parse({"all": [imported, *tag_conditions]})
    return audience.tree_to_query(tree)


_OWN_ROW: Final = (
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
_OWN_SECOND_ROW: Final = (
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
