"""Inspect: why one projection is as it is; a click on a link or a move of a weight changes it at once."""

import streamlit as st

from xner import ui

ui.auth.require()

with ui.messages.page_errors():
    st.title("Inspect", anchor=False)
    desk = ui.state.desk()
    ui.state.draw_problem()
    ui.keeping.draw_archived(desk)
    document = ui.picker.choose(desk)
    if document is not None:
        desk.settings = ui.settings.draw_sidebar(desk.settings, **ui.inspecting.aligners_here(document))
        ui.projecting.draw_result(document.corpus.id, in_full=False)

        result = ui.inspecting.inspect(desk, document)

        stored = ui.keeping.draw(desk, result)
        ui.widgets.draw_pair(result, stored)
        if result.trace is not None:
            ui.widgets.draw_why(result.trace)
            matrix, candidates, methods, back, download = st.tabs(
                ["Matrix", "Candidates", "Methods", "Back-translation", "Signature and download"],
                key="inspect_tab", on_change="rerun",
            )  # fmt: skip
            if matrix.open:
                with matrix:
                    ui.widgets.draw_matrix(desk, result)
            if candidates.open:
                with candidates:
                    ui.widgets.draw_candidates(result.trace)
            if methods.open:
                with methods:
                    ui.widgets.draw_methods(result.trace, result.config)
            if back.open:
                with back:
                    ui.back_translation.draw(result)
            if download.open:
                with download:
                    ui.downloads.draw(desk, result)
        else:
            ui.downloads.draw(desk, result)
