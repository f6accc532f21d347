"""Benchmarks, each beside the thing that it is measured against."""
