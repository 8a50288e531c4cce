"""The compliance app: who may be sent a message."""
