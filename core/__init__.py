"""What ClaudePrompter does, free of how it is shown: no module below this one imports Streamlit."""
