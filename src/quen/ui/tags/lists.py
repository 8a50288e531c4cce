"""Tables, pagers, figures, progress bars, wizard steps, sparklines, empty states."""

from collections.abc import Sequence
from decimal import Decimal

from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.ui.library import attributes, register, render_component
from quen.ui.tags.basics import ui_button
from quen.ui.tags.filters import num

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600
ILLUSTRATIONS = ("people", "import", "search", "tags", "notices", "mail", "shield", "ledger", "lotus")
SKELETON_WIDTHS = ("w-3/5", "w-2/5", "w-1/2", "w-4/5", "w-1/3")


@register.simple_block_tag
def ui_table(
    content: SafeString,
    label: str,
    page: bool = False,
    sticky: bool = False,
    wrap: bool = False,
    classes: str = "",
    **extra: object,
) -> SafeString:
    return render_component(
        "table",
        content=content,
        label=label,
        page=page,
        sticky=sticky,
        wrap=wrap,
        classes=classes,
        extra=attributes(extra),
    )


@register.simple_tag(takes_context=True)
def ui_th(
    context: Context,
    text: str,
    sort: str = "",
    current: str = "",
    right: bool = False,
    descending_first: bool = False,
    classes: str = "",
    hide_label: bool = False,
    **extra: object,
) -> SafeString:
    request = context.get("request")
    direction, link = "", ""
    if sort and request is not None:
        direction = "ascending" if current == sort else "descending" if current == f"-{sort}" else ""
        query = request.GET.copy()
        for cursor in ("after", "before"):
            query.pop(cursor, None)
        descend = direction == "ascending" or (not direction and descending_first)
        query["sort"] = f"-{sort}" if descend else sort
        link = f"?{query.urlencode()}"
    return render_component(
        "th",
        text=text,
        direction=direction,
        link=link,
        right=right,
        classes=classes,
        hide_label=hide_label,
        extra=attributes(extra),
    )


@register.simple_tag
def ui_pager(
    previous: str = "",
    next: str = "",
    first: int = 0,
    last: int = 0,
    total: int | None = None,
    per_page: int = 0,
    noun: str = "",
    total_url: str = "",
    label: str = "",
    **extra: object,
) -> SafeString:
    return render_component(
        "pager",
        previous=previous,
        next=next,
        first=first,
        last=last,
        total=total,
        per_page=per_page,
        noun=noun,
        total_url=total_url,
        label=label,
        extra=attributes(extra),
    )


@register.simple_tag
def ui_stat(
    label: str,
    value: object,
    change: Decimal | float | None = None,
    hint: str = "",
    href: str = "",
    big: bool = False,
) -> SafeString:
    return render_component("stat", label=label, value=value, change=change, hint=hint, href=href, big=big)


def time_left(seconds: float) -> str:
    """Return the remaining time as text: “3 minutes left”."""
    rounded = max(1, round(seconds))
    if rounded < MINUTE_SECONDS:
        return ngettext("%(count)s second left", "%(count)s seconds left", rounded) % {"count": rounded}
    if rounded < HOUR_SECONDS:
        minutes = round(rounded / MINUTE_SECONDS)
        return ngettext("%(count)s minute left", "%(count)s minutes left", minutes) % {"count": minutes}
    hours = round(rounded / HOUR_SECONDS)
    return ngettext("%(count)s hour left", "%(count)s hours left", hours) % {"count": hours}


@register.simple_tag(takes_context=True)
def ui_progress(
    context: Context,
    title: str,
    done: int = 0,
    total: int | None = None,
    per_second: float | None = None,
    seconds_left: float | None = None,
    stop: str = "",
    url: str = "",
    topic: str = "",
    id: str = "",
    **extra: object,
) -> SafeString:
    percent = min(100, done * 100 // total) if total else None
    return render_component(
        "progress",
        title=title,
        done=done,
        total=total,
        percent=percent,
        rate=_("%(count)s per second") % {"count": num(round(per_second))} if per_second else "",
        left=time_left(seconds_left) if seconds_left is not None else "",
        stop=stop,
        token=context.get("csrf_token", ""),
        url=url,
        topic=topic,
        id=id,
        extra=attributes(extra),
    )


@register.simple_tag
def ui_skeleton(rows: int = 3, avatar: bool = True) -> SafeString:
    return render_component(
        "skeleton",
        widths=tuple(SKELETON_WIDTHS[row % len(SKELETON_WIDTHS)] for row in range(rows)),
        avatar=avatar,
    )


@register.simple_tag
def ui_steps(items: Sequence[tuple[str, str]], current: int, done: int | None = None) -> SafeString:
    """Return the steps of a wizard. done: how many are, by default those before the current one."""
    done = current - 1 if done is None else done
    steps = [
        {
            "n": n,
            "text": text,
            "href": href if n < current else "",
            "done": n <= done,
            "current": n == current,
        }
        for n, (text, href) in enumerate(items, start=1)
    ]
    return render_component("steps", steps=steps, count=len(steps), position=current)


@register.simple_tag
def ui_spark(values: Sequence[float], label: str = "", width: int = 88, height: int = 24) -> SafeString:
    points = spark_points(values, width, height)
    return render_component(
        "spark", points=points, end=points[-1] if points else None, width=width, height=height, label=label
    )


def spark_points(values: Sequence[float], width: int, height: int) -> list[tuple[str, str]]:
    """Return the points of the line: two pixels from the sides, the lowest value at the bottom."""
    if not values:
        return []
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = (width - 4) / max(1, len(values) - 1)
    return [
        (f"{2 + n * step:.1f}", f"{height - 3 - (value - low) / span * (height - 6):.1f}")
        for n, value in enumerate(values)
    ]


@register.simple_tag
def ui_empty(
    title: str,
    text: str = "",
    picture: str = "lotus",
    button: str = "",
    href: str = "",
    icon: str = "",
    tone: str = "main",
    level: int = 2,
    **extra: str,
) -> SafeString:
    if picture not in ILLUSTRATIONS:
        raise ValueError(f"There is no picture called {picture!r}; there are {', '.join(ILLUSTRATIONS)}.")
    return render_component(
        "empty",
        title=title,
        text=text,
        drawing=f"ui/pictures/{picture}.html",
        button=ui_button(button, tone=tone, icon=icon, href=href, type="button", **extra) if button else "",
        level=level,
    )
