"""The database: tables, the one place that opens it, and repositories that give frozen records."""
