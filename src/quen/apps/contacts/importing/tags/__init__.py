"""Tags with their descriptions as an import kind."""
