"""Lists described as data (quen.ui.lists)."""

from django.template import Context
from django.utils.safestring import SafeString

from quen.ui.library import register, render_component
from quen.ui.lists import ListTable, body_rows, is_right, title_spans_rows
from quen.ui.tags.containers import ui_card
from quen.ui.tags.lists import ui_empty, ui_pager, ui_th


@register.simple_tag(takes_context=True)
def ui_list(context: Context, table: ListTable) -> SafeString:
    if not table.rows:
        empty = ui_empty(
            title=str(table.empty.title),
            text=str(table.empty.text),
            picture=table.empty.picture,
            button=str(table.empty.button),
            href=table.empty.href,
            icon=table.empty.icon,
            tone=table.empty.tone,
        )
        return render_component("list_empty", content=empty) if table.full_page else ui_card(empty)
    heads = [
        ui_th(
            context,
            str(column.label),
            sort=column.sort,
            current=table.sort,
            right=is_right(column),
            descending_first=column.descending_first,
            classes=column.width,
            hide_label=column.hide_label,
            data_min_width=column.min_width or None,
            data_phone="wide" if column.phone == "wide" else None,
        )
        for column in table.columns
    ]
    listing = render_component(
        "list",
        table=table,
        heads=heads,
        rows=body_rows(table),
        spans=title_spans_rows(table.columns),
        pager=ui_pager(label=str(table.label), **table.pager) if table.has_pager else "",
    )
    return (
        listing
        if table.full_page
        else ui_card(listing, title=str(table.title), flush=True, classes="overflow-hidden")
    )
