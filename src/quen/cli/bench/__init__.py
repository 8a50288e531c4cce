"""Benchmarks: every hot path against a floor measured in the same run (architecture §9)."""
