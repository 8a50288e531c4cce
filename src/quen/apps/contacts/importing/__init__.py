"""Import of contacts: cells to values in Python, values to contacts in set-based SQL."""
