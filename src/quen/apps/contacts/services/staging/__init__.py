"""Writing contacts in sets: rows of a temporary table create or update contacts, whatever their number."""
