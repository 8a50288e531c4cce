"""Forms of the contacts app: they check the shape of values, they never save."""
