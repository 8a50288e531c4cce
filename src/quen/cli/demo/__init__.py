"""The demo shop: believable people and two years of what they did, the same for the same seed."""

from quen.cli.demo.shop import fill_workspace

__all__ = ["fill_workspace"]
