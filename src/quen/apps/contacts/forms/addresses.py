"""The form of a further address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quen.apps.contacts.forms.contact import ADDRESS_KEYS, OTHER_PROVINCE, ContactForm

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.contacts.models import ContactAddress


class AddressForm(ContactForm):
    """An address besides the default one."""

    def __init__(
        self, data: Any = None, *, workspace: Workspace, address: ContactAddress | None = None
    ) -> None:
        super().__init__(data, workspace=workspace, custom=[], only=ADDRESS_KEYS, required=())
        if address is not None:
            self.initial = {key: getattr(address, key) for key in ADDRESS_KEYS}
            if address.province and not address.province_before:
                self.initial["city"] = ""
            elif address.city:
                self.initial["province"] = OTHER_PROVINCE
