"""Pure functions of the compliance app: no database, no clock."""
