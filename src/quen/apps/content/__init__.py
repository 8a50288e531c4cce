"""What we say: texts with merge tags, compiled once, rendered for many."""
