"""The figures this product is held to, measured: see docs/benchmarks.md and scripts/bench.py."""
