"""Form fields: label above, box 40, hint or error below."""

from django import forms
from django.forms import BoundField
from django.utils.safestring import SafeString

from quen.ui.library import draw, register
from quen.ui.widgets import CalendarInput, ComboInput, SwitchInput

BOX = "box"
BAD_BOX = "box box-bad"


def shape_of(widget: forms.Widget) -> str:
    """Which of the field's layouts fits the widget."""
    if isinstance(widget, SwitchInput):
        return "switch"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "many"
    if isinstance(widget, forms.CheckboxInput):
        return "tick"
    if isinstance(widget, CalendarInput | forms.DateInput):
        return "day"
    if isinstance(widget, ComboInput):
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
    shape = shape_of(widget)
    bad = bool(field.errors)
    attrs: dict[str, str | bool] = {
        name.rstrip("_").replace("__", ":").replace("_", "-"): value
        if isinstance(value, bool)
        else str(value)
        for name, value in extra.items()
    }
    words = str(hint or field.help_text)
    described = [f"{field.auto_id}_helptext"] if words else []
    if bad:
        described.append(f"{field.auto_id}_error")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    framed = shape in ("day", "secret") or (shape == "box" and bool(icon or before or after))
    if shape == "box" and not framed:
        attrs["class"] = f"{widget.attrs.get('class', '')} {BAD_BOX if bad else BOX}".strip()
    elif shape == "tick":
        attrs["class"] = "checkbox-q"
    elif shape == "switch":
        attrs["class"] = "switch-q"
    elif shape == "file":
        attrs["class"] = "sr-only"
    return draw(
        f"field_{shape}",
        field=field,
        control=field.as_widget(attrs=attrs) if shape != "many" else "",
        label=label or field.label,
        hint=words,
        errors=field.errors,
        icon=icon,
        before=before,
        after=after,
        framed=framed,
        classes=classes,
        hide_label=hide_label,
        optional=optional,
        input_class="radio-q" if isinstance(widget, forms.RadioSelect) else "checkbox-q",
        box=BAD_BOX if bad else BOX,
    )


@register.simple_tag
def ui_form_errors(form: forms.BaseForm) -> SafeString:
    hidden = [error for field in form.hidden_fields() for error in field.errors]
    return draw("form_errors", errors=[*form.non_field_errors(), *hidden])
