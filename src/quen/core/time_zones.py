"""Time zones by the names people know: country, city and the distance from Greenwich. Names are those of CLDR."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global
from django.utils.translation import gettext as _

from quen.core import countries
from quen.core.text import fold

VIETNAM_ZONE = "Asia/Ho_Chi_Minh"
#: shown before all others: Vietnam, its neighbours, and where shops' owners and customers often are
_COMMON = (
    VIETNAM_ZONE,
    "Asia/Bangkok",
    "Asia/Vientiane",
    "Asia/Phnom_Penh",
    "Asia/Singapore",
    "Asia/Kuala_Lumpur",
    "Asia/Jakarta",
    "Asia/Manila",
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Seoul",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Australia/Melbourne",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Prague",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Toronto",
    "America/Vancouver",
)
Choices = list[tuple[str, list[tuple[str, str]]]]


def choices(*, language: str, today: date, current: str = "") -> Choices:
    """Return the time zones in groups, as a select takes them: the common ones, then all by country and city.

    today: the day whose distance from Greenwich is shown.
    current: a zone that is offered even if it has no place, such as UTC.
    """
    named = _names(language, today)
    common = [(zone, named[zone]) for zone in _COMMON if zone in named]
    rest = sorted(((zone, name) for zone, name in named.items()), key=lambda pair: fold(pair[1]))
    if current and current not in named:
        common.append((current, f"{current} ({_offset(current, today)})"))
    shown = {zone for zone, _name in common}
    return [(_("Often used"), common), (_("All countries"), [pair for pair in rest if pair[0] not in shown])]


@lru_cache(maxsize=8)
def _names(language: str, today: date) -> dict[str, str]:
    territories = get_global("zone_territories")
    by_place: dict[tuple[str, str], str] = {}
    for zone in sorted(available_timezones()):
        territory = territories.get(zone) or territories.get(_canonical(zone))
        if not territory or territory == "001" or "/" not in zone:
            continue
        place = (territory, _city(zone, "en"))
        # Of the spellings of a place, the one that is its name today: Asia/Kolkata, not Asia/Calcutta.
        if place not in by_place or _spells(zone, place[1]) or zone in _COMMON:
            by_place[place] = zone
    names = {}
    for (territory, _english), zone in by_place.items():
        country = countries.name(territory, language) or territory
        city = _city(zone, language)
        place_name = country if city == country else f"{country}, {city}"
        name = _("Vietnam time") if zone == VIETNAM_ZONE else place_name
        names[zone] = f"{name} ({_offset(zone, today)})"
    return names


def _city(zone: str, language: str) -> str:
    canonical = _canonical(zone)
    translated = Locale(language).time_zones.get(canonical, {}).get("city")
    return str(translated or canonical.rpartition("/")[2].replace("_", " "))


def _canonical(zone: str) -> str:
    """Return the name of a zone in CLDR, which may be an older spelling."""
    return str(get_global("zone_aliases").get(zone, zone))


def _spells(zone: str, city: str) -> bool:
    return fold(zone.rpartition("/")[2].replace("_", " ")) == fold(city)


def _offset(zone: str, today: date) -> str:
    """Return GMT+7, GMT+5:30 or GMT."""
    at = datetime.combine(today, time(12), ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = int(at.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return "GMT" if not minutes else f"GMT{sign}{hours}" + (f":{rest:02}" if rest else "")
