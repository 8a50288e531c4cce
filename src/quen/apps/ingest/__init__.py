"""Raw events from outside, stored first and processed later."""
