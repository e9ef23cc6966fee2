"""Runs: planned, carried out by the engine, followed by whoever looks."""
