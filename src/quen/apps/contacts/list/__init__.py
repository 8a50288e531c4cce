"""The contact list: its filter, its state in the URL, its columns, a page of rows, and the total."""
