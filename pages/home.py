"""Home: open the sample corpus or add text; go on where you left; what is installed."""

import streamlit as st

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    work = ui.state.workspace()
    ui.welcome.draw_heading()
    if work.pairs:
        ui.welcome.draw_resume(work)
    ui.welcome.draw_start(work)
    if not work.pairs:
        ui.welcome.draw_flow()
    st.caption(ui.state.SESSION_ONLY)
    ui.welcome.draw_system()
