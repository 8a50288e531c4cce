"""Pure functions of the contacts app: no database, no clock."""
