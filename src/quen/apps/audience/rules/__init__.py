"""The four stations: parse, normalise, compile; and words for trees. Pure: no database, no clock."""
