"""Components, frame and page answers. No domain words live here."""
