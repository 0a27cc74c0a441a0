"""Compare: two to four methods on one sentence; the address names the sentence and the methods."""

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    ui.comparing.draw(ui.state.desk())
