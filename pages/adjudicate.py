"""Adjudicate: where annotators differ, and how far they agree."""

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    ui.adjudicating.draw(ui.state.desk())
