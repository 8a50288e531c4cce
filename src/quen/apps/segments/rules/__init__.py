"""Pure sums of the segments room."""
