"""Components that hold others: cards, dialogs, menus, notices, tabs, breadcrumbs."""

from collections.abc import Mapping, Sequence

from django.utils.safestring import SafeString

from quen.ui.library import attributes, register, render_component
from quen.ui.tags.basics import BUTTON_CLASSES

NOTICE_STYLES = {
    "": ("notice", "info"),
    "good": ("notice notice-good", "circle-check"),
    "wait": ("notice notice-wait", "triangle-alert"),
    "bad": ("notice notice-bad", "octagon-x"),
}


@register.simple_block_tag
def ui_card(
    content: SafeString,
    title: str = "",
    id: str = "",
    note: str = "",
    href: str = "",
    link: str = "",
    flush: bool = False,
    classes: str = "",
    level: int = 2,
    **extra: object,
) -> SafeString:
    return render_component(
        "card",
        content=content,
        title=title,
        id=id,
        note=note,
        href=href,
        link=link,
        flush=flush,
        classes=classes,
        level=level,
        extra=attributes(extra),
    )


@register.simple_block_tag
def ui_modal(
    content: SafeString, id: str, title: str, wide: bool = False, open: bool = False, **extra: object
) -> SafeString:
    return render_component(
        "modal", content=content, id=id, title=title, wide=wide, open=open, extra=attributes(extra)
    )


@register.simple_block_tag
def ui_menu(
    content: SafeString,
    text: str = "",
    icon: str = "",
    label: str = "",
    tone: str = "line",
    size: str = "sm",
    end: bool = False,
    above: bool = False,
    **extra: object,
) -> SafeString:
    return render_component(
        "menu",
        content=content,
        text=text,
        icon=icon,
        label=label,
        tone=BUTTON_CLASSES[tone],
        small="btn-sm" if size == "sm" else "",
        end=end,
        above=above,
        extra=attributes(extra),
    )


@register.simple_tag
def ui_menu_item(
    text: str,
    icon: str = "",
    href: str = "",
    type: str = "button",
    tone: str = "",
    on: bool = False,
    **extra: object,
) -> SafeString:
    return render_component(
        "menu_item",
        text=text,
        icon=icon,
        href=href,
        type=type,
        bad=tone == "danger",
        on=on,
        extra=attributes(extra),
    )


@register.simple_tag
def ui_menu_rule() -> SafeString:
    return render_component("menu_rule")


@register.simple_block_tag
def ui_notice(
    content: SafeString, tone: str = "", icon: str = "", id: str = "", alert: bool = False
) -> SafeString:
    classes, default_icon = NOTICE_STYLES[tone]
    return render_component(
        "notice", content=content, classes=classes, icon=icon or default_icon, id=id, alert=alert
    )


@register.simple_tag
def ui_tabs(items: Sequence[Mapping[str, object]], label: str, high: bool = False) -> SafeString:
    return render_component("tabs", items=items, label=label, high=high)


@register.simple_tag
def ui_seg(
    items: Sequence[Mapping[str, object]], label: str, name: str = "", value: object = "", **extra: object
) -> SafeString:
    return render_component(
        "seg", items=items, label=label, name=name, value=str(value), extra=attributes(extra)
    )


@register.simple_tag
def ui_breadcrumb(items: Sequence[tuple[str, str]], current: str) -> SafeString:
    return render_component("breadcrumb", items=items, current=current)
