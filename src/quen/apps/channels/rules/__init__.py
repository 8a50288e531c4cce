"""Pure sums of the channels room."""
