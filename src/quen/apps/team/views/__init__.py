"""Views of the team app, one file per subject."""
