"""Export: silver data as a file that was read back before it is offered."""

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    ui.exporting.draw(ui.state.desk())
