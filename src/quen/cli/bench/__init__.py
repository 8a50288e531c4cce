"""Benchmarks: every hot path against a baseline measured in the same run (architecture §9)."""
