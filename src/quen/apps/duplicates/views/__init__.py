"""Pages of the duplicates desk."""
