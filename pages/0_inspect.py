"""The address /inspect on a server where nobody has opened the app yet.

Until `app.py` has run once, streamlit finds pages by their file names, and inspection.py is not called inspect.py (that
name belongs to the standard library). This file answers in its place; `require` hands over to `app.py`.
"""

from xner import ui

ui.auth.require()
