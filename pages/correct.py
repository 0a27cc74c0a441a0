"""Correct: the queue of a corpus; with `?doc=` the editor of one sentence."""

import streamlit as st

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    desk = ui.state.desk()
    if "doc" in st.query_params:
        ui.correcting.draw(desk)
    else:
        ui.queue.draw(desk)
