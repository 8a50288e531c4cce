"""Pure functions on condition trees: parse, normalise, compile, describe, edit. No database, no clock."""
