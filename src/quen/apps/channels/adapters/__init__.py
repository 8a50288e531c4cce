"""Adapters: one package per way to send messages."""
