"""Add: type a pair, upload a file with a report before anything is kept, or take an example."""

import streamlit as st

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    st.title("Add text", anchor=False)
    desk = ui.state.desk()
    ui.picker.draw_no_corpus(desk)
    typed, upload, examples = st.tabs(["Type or paste", "Upload a file", "Examples"], key="add_tab")
    with typed:
        ui.adding.draw_typed(desk)
    with upload:
        ui.adding.draw_upload(desk)
    with examples:
        ui.adding.draw_examples(desk)
