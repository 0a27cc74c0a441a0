"""Dashboard: which method is good in which language, and the sentences behind every number."""

import streamlit as st

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    st.title("Dashboard", anchor=False)
    ui.dashboard.draw(ui.state.desk())
