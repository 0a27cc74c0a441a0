"""Home: open the sample corpus or add text; how far each corpus is; go on where you left; what is installed."""

import streamlit as st

from xner import ui

ui.auth.require()

ui.welcome.draw_heading()
desk = None
with ui.messages.page_errors():
    desk = ui.state.desk()
    ui.state.draw_problem()
    ui.picker.draw_no_corpus(desk)
    ui.welcome.draw_corpus(desk)
    ui.welcome.draw_start(desk)
    if not desk.corpora:
        ui.welcome.draw_flow()
    ui.welcome.draw_archived(desk)
with ui.messages.page_errors():
    st.space("small")
    ui.welcome.draw_system(desk)
