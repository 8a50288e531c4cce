"""Icons, buttons, avatars, badges, tags: the smallest components."""

import unicodedata
from collections.abc import Sequence

from django.utils.safestring import SafeString

from quen.ui import icons
from quen.ui.library import attributes, register, render_component

BUTTON_CLASSES = {
    "main": "btn btn-primary",
    "line": "btn btn-line",
    "quiet": "btn btn-quiet",
    "danger": "btn btn-danger",
    "danger-full": "btn btn-danger-full",
}
PILL_CLASSES = {
    "": "pill",
    "good": "pill pill-good",
    "wait": "pill pill-wait",
    "bad": "pill pill-bad",
    "live": "pill pill-live",
}
TEXT_COLORS = {
    "": "text-ink-3",
    "good": "text-success",
    "wait": "text-warning",
    "bad": "text-error",
    "live": "text-primary",
}
CHIP_CLASSES = {"": "chip", "on": "chip chip-on", "add": "chip chip-add", "inverse": "chip chip-inverse"}
AVATAR_CLASSES = {"": "", "md": "ava-md", "lg": "ava-lg"}
AVATAR_COLORS = ("ava-1", "ava-2", "ava-3", "ava-4", "ava-5")


@register.filter
def text_color(tone: str) -> str:
    """Return the class that colours text in a tone."""
    return TEXT_COLORS[tone]


@register.simple_tag
def ui_icon(name: str, size: int = 16, classes: str = "", label: str = "") -> SafeString:
    return icons.svg(name, size, classes, str(label))


@register.simple_tag
def ui_logo(size: int = 24) -> SafeString:
    return render_component("logo", size=size)


def initials(name: str) -> str:
    """Return the first letters of the last two words: Vietnamese names end with the given name."""
    words = unicodedata.normalize("NFC", name).split()[-2:]
    return "".join(word[0] for word in words).upper()


@register.simple_tag
def ui_avatar(name: str, size: str = "") -> SafeString:
    color = AVATAR_COLORS[sum(map(ord, name)) % len(AVATAR_COLORS)]
    return render_component("avatar", initials=initials(name), color=color, size=AVATAR_CLASSES[size])


@register.simple_tag
def ui_button(
    text: str = "",
    tone: str = "line",
    size: str = "",
    icon: str = "",
    href: str = "",
    type: str = "submit",
    key: str = "",
    label: str = "",
    after: str = "",
    classes: str = "",
    **extra: object,
) -> SafeString:
    return render_component(
        "button",
        text=text,
        tone=f"{BUTTON_CLASSES[tone]} {classes}".strip(),
        small="btn-sm" if size == "sm" else "",
        icon=icon,
        icon_size=14 if size == "sm" else 16,
        href=href,
        type=type,
        key=key,
        label=label,
        after=after,
        extra=attributes(extra),
    )


@register.simple_tag
def ui_icon_button(
    icon: str, label: str, href: str = "", type: str = "button", size: int = 16, **extra: object
) -> SafeString:
    return render_component(
        "icon_button", icon=icon, label=label, href=href, type=type, size=size, extra=attributes(extra)
    )


@register.simple_tag
def ui_copy(text: str, label: str) -> SafeString:
    return render_component("copy", text=text, label=label)


@register.simple_tag
def ui_email(address: str) -> SafeString:
    local, at, domain = address.rpartition("@")
    return render_component("email", local=local if at else domain, domain=f"@{domain}" if at else "")


@register.simple_tag
def ui_tag(text: str, remove: str = "", colour: str = "", **extra: object) -> SafeString:
    return render_component("tag", text=text, remove=remove, colour=colour, extra=attributes(extra))


@register.simple_tag
def ui_tags(names: Sequence[str], max_shown: int = 2) -> SafeString:
    shown, hidden = list(names[:max_shown]), list(names[max_shown:])
    return render_component(
        "tags", shown=tuple(shown), hidden=tuple(hidden), hidden_text=", ".join(map(str, hidden))
    )


@register.simple_tag
def ui_chip(
    text: str,
    value: str = "",
    tone: str = "",
    icon: str = "",
    href: str = "",
    remove: str = "",
    cut: bool = False,
    **extra: object,
) -> SafeString:
    return render_component(
        "chip",
        text=text,
        value=value,
        tone=CHIP_CLASSES[tone],
        icon=icon,
        href=href,
        remove=remove,
        title=f"{text} {value}".strip() if cut else "",
        extra=attributes(extra),
    )


@register.simple_tag
def ui_badge(text: str, tone: str = "", icon: str = "") -> SafeString:
    return render_component("badge", text=text, tone=PILL_CLASSES[tone], icon=icon)


@register.simple_tag
def ui_pill(text: str, tone: str = "", icon: str = "") -> SafeString:
    return render_component("badge", text=text, tone=PILL_CLASSES[tone], icon=icon)


@register.simple_tag
def ui_state(text: str, tone: str = "", icon: str = "circle-dashed", faint: bool = False) -> SafeString:
    return render_component("state", text=text, color=TEXT_COLORS[tone], icon=icon, faint=faint)


@register.simple_tag
def ui_count(value: int, on: bool = False, label: str = "") -> SafeString:
    return render_component("count", value=value, on=on, label=label)


@register.simple_tag
def ui_kbd(keys: str) -> SafeString:
    return render_component("kbd", keys=keys)
