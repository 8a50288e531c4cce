"""Switches, checkboxes, comboboxes, pickers and the search box."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.safestring import SafeString

from quen.ui.library import attributes, register, render_component


class PickerOption(NamedTuple):
    """One thing of a picker."""

    value: str
    label: str


@register.simple_tag
def ui_switch(name: str, label: str, checked: bool = False, hint: str = "", **extra: object) -> SafeString:
    return render_component(
        "switch", name=name, label=label, checked=checked, hint=hint, extra=attributes(extra)
    )


@register.simple_tag
def ui_checkbox(
    name: str,
    value: str = "",
    label: str = "",
    checked: bool = False,
    hide_label: bool = False,
    **extra: object,
) -> SafeString:
    return render_component(
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
    selected: Sequence[str] = (),
    url: str = "",
    create: bool = True,
    id: str = "",
    hint: str = "",
    **extra: object,
) -> SafeString:
    return render_component(
        "combobox",
        widget={
            "name": name,
            "attrs": {"id": id or f"id_{name}"},
            "options": list(options),
            "selected": list(selected),
            "url": url,
            "create": create,
        },
        label=label,
        hint=hint,
        extra=attributes(extra),
    )


@register.simple_tag
def ui_picker(
    name: str,
    label: str,
    groups: Sequence[tuple[str, Sequence[Any]]],
    button: str,
    find: str = "",
    command: str = "",
    id: str = "",
    autofocus: bool = False,
) -> SafeString:
    return render_component(
        "picker",
        name=name,
        label=label,
        groups=groups,
        button=button,
        find=find,
        command=command,
        id=id or f"id_{name}",
        autofocus=autofocus,
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
    return render_component(
        "search",
        name=name,
        value=value or "",
        label=label,
        placeholder=placeholder,
        key=key,
        small="box-sm" if size == "sm" else "",
        extra=attributes(extra),
    )
