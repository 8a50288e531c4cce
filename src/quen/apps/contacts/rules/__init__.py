"""Pure sums of the contacts room: no database, no clock."""
