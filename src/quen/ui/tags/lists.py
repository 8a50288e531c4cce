"""Tables and what goes with them, figures, progress, steps, empty rooms."""

from collections.abc import Sequence
from decimal import Decimal

from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.ui.library import attributes, draw, register
from quen.ui.tags.basics import ui_button
from quen.ui.tags.filters import num

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600
PICTURES = ("people", "import", "search", "tags", "notices", "lotus")
BONES = ("w-3/5", "w-2/5", "w-1/2", "w-4/5", "w-1/3")


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
    return draw(
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
    now: str = "",
    right: bool = False,
    down_first: bool = False,
    classes: str = "",
    **extra: object,
) -> SafeString:
    request = context.get("request")
    way, link = "", ""
    if sort and request is not None:
        way = "up" if now == sort else "down" if now == f"-{sort}" else ""
        query = request.GET.copy()
        for gone in ("after", "before"):
            query.pop(gone, None)
        turns_down = way == "up" or (not way and down_first)
        query["sort"] = f"-{sort}" if turns_down else sort
        link = f"?{query.urlencode()}"
    return draw("th", text=text, way=way, link=link, right=right, classes=classes, extra=attributes(extra))


@register.simple_tag
def ui_pager(
    previous: str = "",
    next: str = "",
    first: int = 0,
    last: int = 0,
    total: int | None = None,
    each: int = 0,
    noun: str = "",
    late: str = "",
    **extra: object,
) -> SafeString:
    return draw(
        "pager",
        previous=previous,
        next=next,
        first=first,
        last=last,
        total=total,
        each=each,
        noun=noun,
        late=late,
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
    return draw("stat", label=label, value=value, change=change, hint=hint, href=href, big=big)


def time_left(seconds: float) -> str:
    """How long still, in words a person would use."""
    whole = max(1, round(seconds))
    if whole < MINUTE_SECONDS:
        return ngettext("%(count)s second left", "%(count)s seconds left", whole) % {"count": whole}
    if whole < HOUR_SECONDS:
        minutes = round(whole / MINUTE_SECONDS)
        return ngettext("%(count)s minute left", "%(count)s minutes left", minutes) % {"count": minutes}
    hours = round(whole / HOUR_SECONDS)
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
    return draw(
        "progress",
        title=title,
        done=done,
        total=total,
        percent=percent,
        rate=_("%(count)s rows a second") % {"count": num(round(per_second))} if per_second else "",
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
    return draw("skeleton", bones=[BONES[row % len(BONES)] for row in range(rows)], avatar=avatar)


@register.simple_tag
def ui_steps(items: Sequence[tuple[str, str]], here: int) -> SafeString:
    steps = [
        {"n": n, "text": text, "href": href if n < here else "", "done": n < here, "here": n == here}
        for n, (text, href) in enumerate(items, start=1)
    ]
    return draw("steps", steps=steps, count=len(steps), at=here)


@register.simple_tag
def ui_spark(values: Sequence[float], label: str = "", width: int = 88, height: int = 24) -> SafeString:
    points = spark_points(values, width, height)
    return draw(
        "spark", points=points, end=points[-1] if points else None, width=width, height=height, label=label
    )


def spark_points(values: Sequence[float], width: int, height: int) -> list[tuple[str, str]]:
    """Where the line goes, two pixels from the sides; the lowest value sits at the foot."""
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
    if picture not in PICTURES:
        raise ValueError(f"There is no drawing called {picture!r}; there are {', '.join(PICTURES)}.")
    return draw(
        "empty",
        title=title,
        text=text,
        drawing=f"ui/pictures/{picture}.html",
        button=ui_button(button, tone=tone, icon=icon, href=href, type="button", **extra) if button else "",
        level=level,
    )
