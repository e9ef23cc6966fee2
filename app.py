"""The map of the product, and the server in front of it: `streamlit run app.py`."""

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

if st.runtime.exists():
    from pages.ui import shell

    shell.set_up_page()
    shell.navigate().run()
else:
    from pages.ui import gate, problems, scrape, warm_up

    app = st.App(
        __file__,
        routes=[Route("/metrics", scrape.metrics)],
        middleware=[Middleware(gate.SecurityHeaders), Middleware(gate.Gate)],
        lifespan=warm_up.warm_up,
        on_script_error=problems.show_unexpected,
    )
