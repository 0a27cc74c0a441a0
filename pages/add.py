"""Add: type a pair, upload a file with a report before anything is kept, or take an example."""

import streamlit as st

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    st.title("Add text", anchor=False)
    st.caption(ui.state.SESSION_ONLY)
    work = ui.state.workspace()
    typed, upload, examples = st.tabs(["Type or paste", "Upload a file", "Examples"], key="add_tab")
    with typed:
        ui.adding.draw_typed(work)
    with upload:
        ui.adding.draw_upload(work)
    with examples:
        ui.adding.draw_examples(work)
