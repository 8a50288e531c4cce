"""Pure sums of the compliance room: no database, no clock."""
