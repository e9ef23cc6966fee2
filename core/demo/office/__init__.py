"""The office work of the demo's history: prompts of many kinds, and what a good answer to each one says."""
