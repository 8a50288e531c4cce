"""How contacts come in from files: cells to values in Python, values to people in sets of SQL."""
