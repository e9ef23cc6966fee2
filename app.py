"""The map of the product, and the server in front of it: `streamlit run app.py`."""

import streamlit as st
from starlette.middleware import Middleware

from pages.ui import gate, problems, services, shell

if st.runtime.exists():
    shell.set_up_page()
    shell.navigate().run()
else:
    app = st.App(
        __file__,
        middleware=[Middleware(gate.SecurityHeaders), Middleware(gate.Gate)],
        lifespan=services.warm_up,
        on_script_error=problems.show_unexpected,
    )
