"""Bringing past runs in and taking runs out."""
