"""Benchmarks, each with a printed ratio against a peer or a limit; none of this ships in the product's processes."""
