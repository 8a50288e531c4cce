"""The customer list: who is found, a page of them, how many, and what is shown of each."""
