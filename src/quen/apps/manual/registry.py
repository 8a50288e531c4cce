"""The pages of the manual in reading order, and the page about each app."""

from __future__ import annotations

from typing import Final

from quen.apps.manual.types import ManualPage

PAGES: Final = (
    ManualPage("getting-started", vi="bat-dau", en="getting-started"),
    ManualPage("importing", vi="nhap-khach-hang", en="importing"),
    ManualPage("customers", vi="khach-hang", en="customers"),
    ManualPage("groups", vi="nhom-khach-hang", en="groups"),
    ManualPage("forms", vi="bieu-mau", en="forms"),
    ManualPage("tasks", vi="cong-viec", en="tasks"),
    ManualPage("website", vi="website", en="website"),
    ManualPage("segments", vi="phan-khuc", en="segments"),
    ManualPage("content", vi="noi-dung", en="content"),
    ManualPage("campaigns", vi="chien-dich", en="campaigns"),
    ManualPage("channels", vi="kenh-gui", en="channels"),
    ManualPage("sending-rules", vi="quy-dinh-gui", en="sending-rules"),
    ManualPage("message-log", vi="nhat-ky-tin", en="message-log"),
    ManualPage("webhooks", vi="webhook", en="webhooks"),
    ManualPage("api", vi="api", en="api"),
    ManualPage("command-line", vi="dong-lenh", en="command-line"),
)
_by_key = {page.key: page for page in PAGES}
_about: dict[str, ManualPage] = {}


def page(key: str) -> ManualPage | None:
    """Return a page, or None."""
    return _by_key.get(key)


def register_page_about(app: str, key: str) -> None:
    """Open this page from the help button on the app's pages. Raises ValueError for a page that does not exist."""
    if key not in _by_key:
        raise ValueError(f"The manual has no page {key!r}, which {app} declares.")
    _about[app] = _by_key[key]


def page_about(app: str) -> ManualPage:
    """Return the page about an app; the first page for an app without one."""
    return _about.get(app, PAGES[0])
