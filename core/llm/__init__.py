"""Asking models: the port, its adapters, and what is known of each model."""
