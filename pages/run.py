"""Run: choose sentences and stages, try them on a few, project a whole corpus in the background."""

import streamlit as st

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    st.title("Run", anchor=False)
    ui.running.draw(ui.state.desk())
