"""Things one switches, picks or types to find."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from quen.ui.library import attributes, draw, register


@register.simple_tag
def ui_switch(name: str, label: str, checked: bool = False, hint: str = "", **extra: object) -> SafeString:
    return draw("switch", name=name, label=label, checked=checked, hint=hint, extra=attributes(extra))


@register.simple_tag
def ui_checkbox(
    name: str,
    value: str = "",
    label: str = "",
    checked: bool = False,
    hide_label: bool = False,
    **extra: object,
) -> SafeString:
    return draw(
        "checkbox",
        name=name,
        value=value,
        label=label,
        checked=checked,
        hide_label=hide_label,
        extra=attributes(extra),
    )


@register.simple_tag
def ui_combobox(
    name: str,
    label: str,
    options: Sequence[str] = (),
    chosen: Sequence[str] = (),
    url: str = "",
    create: bool = True,
    id: str = "",
    hint: str = "",
    **extra: object,
) -> SafeString:
    return draw(
        "combobox",
        widget={
            "name": name,
            "attrs": {"id": id or f"id_{name}"},
            "options": list(options),
            "chosen": list(chosen),
            "url": url,
            "create": create,
        },
        label=label,
        hint=hint,
        extra=attributes(extra),
    )


@register.simple_tag
def ui_search(
    name: str = "q",
    value: str = "",
    label: str = "",
    placeholder: str = "",
    key: str = "/",
    size: str = "sm",
    **extra: object,
) -> SafeString:
    return draw(
        "search",
        name=name,
        value=value or "",
        label=label,
        placeholder=placeholder,
        key=key,
        small="box-sm" if size == "sm" else "",
        extra=attributes(extra),
    )
