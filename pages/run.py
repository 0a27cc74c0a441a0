"""Run: choose sentences and stages, try them on a few, project a whole corpus in the background."""

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    ui.running.draw(ui.state.desk())
