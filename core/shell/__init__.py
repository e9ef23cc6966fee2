"""The same services from a shell: one file a command."""
