"""Learns from past runs which model is good enough for which prompt, chooses, and proves what that saves."""
