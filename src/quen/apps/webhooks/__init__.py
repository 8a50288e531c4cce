"""Webhooks out: messages to other systems about what happened, signed and repeated until they arrive."""
