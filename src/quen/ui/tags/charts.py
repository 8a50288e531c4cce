"""Charts described as data (quen.ui.charts)."""

from django.utils.html import json_script
from django.utils.safestring import SafeString

from quen.ui.charts import Chart
from quen.ui.library import register, render_component
from quen.ui.tags.lists import ui_empty


@register.simple_tag
def ui_chart(chart: Chart) -> SafeString:
    if chart.is_empty:
        return ui_empty(title=str(chart.title), text=str(chart.empty), picture="search", level=3)
    return render_component("chart", chart=chart, rows=chart.table(), data=json_script(chart.as_json()))
