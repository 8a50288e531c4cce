"""Pure functions of the content app: template language, sanitizing, layout, footer, compiler, checks."""
