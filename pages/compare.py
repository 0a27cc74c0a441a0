"""Compare: two to four methods on one sentence; the address names the sentence and the methods."""

import streamlit as st

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    st.title("Compare", anchor=False)
    ui.comparing.draw(ui.state.desk())
