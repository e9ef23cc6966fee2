"""The made-up history of the demo workspace."""
