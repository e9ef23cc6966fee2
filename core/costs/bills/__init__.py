"""What providers say they billed: read from their APIs or files, kept as they said it, compared with the ledger."""
