"""Form fields: label above, a 40 px box, hint or error below."""

from django import forms
from django.forms import BoundField
from django.utils.safestring import SafeString

from quen.ui.library import register, render_component
from quen.ui.widgets import CalendarInput, ComboboxInput, SwitchInput

BOX_CLASSES = "box"
INVALID_BOX_CLASSES = "box box-bad"


def field_layout(widget: forms.Widget) -> str:
    """Return the field template that fits the widget: ui/parts/field_<layout>.html."""
    if isinstance(widget, SwitchInput):
        return "switch"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "many"
    if isinstance(widget, forms.CheckboxInput):
        return "tick"
    if isinstance(widget, CalendarInput | forms.DateInput):
        return "day"
    if isinstance(widget, ComboboxInput):
        return "combo"
    if isinstance(widget, forms.FileInput):
        return "file"
    if isinstance(widget, forms.PasswordInput):
        return "secret"
    return "box"


@register.simple_tag
def ui_field(
    field: BoundField,
    label: str = "",
    hint: str = "",
    icon: str = "",
    before: str = "",
    after: str = "",
    classes: str = "",
    hide_label: bool = False,
    optional: bool = False,
    **extra: object,
) -> SafeString:
    widget = field.field.widget
    layout = field_layout(widget)
    invalid = bool(field.errors)
    attrs: dict[str, str | bool] = {
        name.rstrip("_").replace("__", ":").replace("_", "-"): value
        if isinstance(value, bool)
        else str(value)
        for name, value in extra.items()
    }
    hint_text = str(hint or field.help_text)
    described = [f"{field.auto_id}_helptext"] if hint_text else []
    if invalid:
        described.append(f"{field.auto_id}_error")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    framed = layout in ("day", "secret") or (layout == "box" and bool(icon or before or after))
    if layout == "box" and not framed:
        attrs["class"] = (
            f"{widget.attrs.get('class', '')} {INVALID_BOX_CLASSES if invalid else BOX_CLASSES}".strip()
        )
    elif layout == "tick":
        attrs["class"] = "checkbox-q"
    elif layout == "switch":
        attrs["class"] = "switch-q"
    elif layout == "file":
        attrs["class"] = "sr-only"
    return render_component(
        f"field_{layout}",
        field=field,
        control=field.as_widget(attrs=attrs) if layout != "many" else "",
        label=label or field.label,
        hint=hint_text,
        errors=field.errors,
        icon=icon,
        before=before,
        after=after,
        framed=framed,
        classes=classes,
        hide_label=hide_label,
        described_by=" ".join(described),
        optional=optional,
        # Checkboxes are a kind of radio buttons to Django.
        input_class="checkbox-q" if isinstance(widget, forms.CheckboxSelectMultiple) else "radio-q",
        box=INVALID_BOX_CLASSES if invalid else BOX_CLASSES,
    )


@register.simple_tag
def ui_form_errors(form: forms.BaseForm) -> SafeString:
    hidden = [error for field in form.hidden_fields() for error in field.errors]
    return render_component("form_errors", errors=[*form.non_field_errors(), *hidden])
