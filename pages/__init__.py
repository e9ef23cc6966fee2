"""One script per page: it reads services and draws; Streamlit runs each by the map in `ui/shell.py`."""
