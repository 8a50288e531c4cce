"""Addresses: typed text is kept, the current and the former province are derived from it (R-03)."""

from __future__ import annotations

from collections.abc import Mapping

from quen.core import provinces


def complete_address(values: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Return the address columns after ``values`` were entered over ``before``.

    province: code of one of the 34 units, chosen from the list.  city: free text, of any old or new province; it
    is kept as typed and sets the units where it is unambiguous. A choice from the list takes precedence over the text.
    """
    after = {key: values[key] for key in ("country", "province", "city") if key in values}
    if "province" not in values and "city" not in values:
        return after
    city = values.get("city", "" if "province" in values else before.get("city", ""))
    known = provinces.from_combined(city).match if city else None
    chosen = values.get("province", "")
    if chosen:
        fits = known is not None and known.new_code == chosen
        after |= {
            "province": chosen,
            "province_before": (known.old_code or "") if known and fits else "",
            "city": city if fits or (city and known is None) else provinces.NEW[chosen].name,
        }
    else:
        after |= {
            "province": known.new_code if known else "",
            "province_before": (known.old_code or "") if known else "",
            "city": city,
        }
    if after["province"] and not after.get("country", before.get("country", "")):
        after["country"] = "VN"
    return after
