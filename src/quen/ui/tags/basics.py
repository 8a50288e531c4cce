"""Icons, buttons, people, words with a colour: the smallest parts."""

import unicodedata
from collections.abc import Sequence

from django.utils.safestring import SafeString

from quen.ui import icons
from quen.ui.library import attributes, draw, register

BUTTONS = {
    "main": "btn btn-primary",
    "line": "btn btn-line",
    "quiet": "btn btn-quiet",
    "danger": "btn btn-danger",
    "danger-full": "btn btn-danger-full",
}
PILLS = {
    "": "pill",
    "good": "pill pill-good",
    "wait": "pill pill-wait",
    "bad": "pill pill-bad",
    "live": "pill pill-live",
}
INKS = {
    "": "text-ink-3",
    "good": "text-success",
    "wait": "text-warning",
    "bad": "text-error",
    "live": "text-primary",
}
CHIPS = {"": "chip", "on": "chip chip-on", "add": "chip chip-add", "inverse": "chip chip-inverse"}
AVATARS = {"": "", "md": "ava-md", "lg": "ava-lg"}
GROUNDS = ("ava-1", "ava-2", "ava-3", "ava-4", "ava-5")


@register.simple_tag
def ui_icon(name: str, size: int = 16, classes: str = "", label: str = "") -> SafeString:
    return icons.svg(name, size, classes, str(label))


@register.simple_tag
def ui_logo(size: int = 24) -> SafeString:
    return draw("logo", size=size)


def initials(name: str) -> str:
    """The first letters of the last two words: Vietnamese names end with the given name."""
    words = unicodedata.normalize("NFC", name).split()[-2:]
    return "".join(word[0] for word in words).upper()


@register.simple_tag
def ui_avatar(name: str, size: str = "") -> SafeString:
    ground = GROUNDS[sum(map(ord, name)) % len(GROUNDS)]
    return draw("avatar", initials=initials(name), ground=ground, size=AVATARS[size])


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
    **extra: object,
) -> SafeString:
    return draw(
        "button",
        text=text,
        tone=BUTTONS[tone],
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
    return draw(
        "icon_button", icon=icon, label=label, href=href, type=type, size=size, extra=attributes(extra)
    )


@register.simple_tag
def ui_tag(text: str, remove: str = "", **extra: object) -> SafeString:
    return draw("tag", text=text, remove=remove, extra=attributes(extra))


@register.simple_tag
def ui_tags(names: Sequence[str], most: int = 2) -> SafeString:
    shown, left = list(names[:most]), list(names[most:])
    return draw("tags", shown=tuple(shown), left=tuple(left), left_words=", ".join(map(str, left)))


@register.simple_tag
def ui_chip(
    text: str,
    value: str = "",
    tone: str = "",
    icon: str = "",
    href: str = "",
    remove: str = "",
    **extra: object,
) -> SafeString:
    return draw(
        "chip",
        text=text,
        value=value,
        tone=CHIPS[tone],
        icon=icon,
        href=href,
        remove=remove,
        extra=attributes(extra),
    )


@register.simple_tag
def ui_badge(text: str, tone: str = "", icon: str = "") -> SafeString:
    return draw("badge", text=text, tone=PILLS[tone], icon=icon)


@register.simple_tag
def ui_pill(text: str, tone: str = "", icon: str = "") -> SafeString:
    return draw("badge", text=text, tone=PILLS[tone], icon=icon)


@register.simple_tag
def ui_state(text: str, tone: str = "", icon: str = "circle-dashed", faint: bool = False) -> SafeString:
    return draw("state", text=text, ink=INKS[tone], icon=icon, faint=faint)


@register.simple_tag
def ui_count(value: int, on: bool = False, label: str = "") -> SafeString:
    return draw("count", value=value, on=on, label=label)


@register.simple_tag
def ui_kbd(keys: str) -> SafeString:
    return draw("kbd", keys=keys)
