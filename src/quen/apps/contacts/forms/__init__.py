"""Forms of the contacts room: they check shape and wording, they never save."""
