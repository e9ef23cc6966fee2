"""What do several models say to this? Composing, watching, picking; any run by its link."""

import streamlit as st

from pages.ui import composer, run_view
from pages.ui.shell import open_page
from pages.ui.viewport import watch_width

page = open_page("run")
narrow = watch_width()
public_id = st.query_params.get("run", "")
if public_id:
    run_view.draw(page, public_id, narrow=narrow)
else:
    composer.draw(page, narrow=narrow)
