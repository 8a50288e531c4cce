"""Pure rules of the delivery room."""
