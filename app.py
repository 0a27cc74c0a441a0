"""The app: `streamlit run app.py`. Page list and page config only; every page checks for itself who may see it."""

import streamlit as st

from xner import ui

st.set_page_config(page_title="xner", page_icon="assets/favicon.png", layout="wide")
st.set_option("client.showSidebarNavigation", True)  # the file says no, or a new server shows file names as pages
page = st.navigation(
    [
        st.Page("pages/home.py", title="Home", icon=":material/home:", default=True, url_path="start"),
        st.Page("pages/add.py", title="Add", icon=":material/add:", url_path="add"),
        st.Page("pages/run.py", title="Run", icon=":material/play_circle:", url_path="run"),
        st.Page("pages/inspection.py", title="Inspect", icon=":material/search:", url_path="inspect"),
        st.Page("pages/correct.py", title="Correct", icon=":material/edit:", url_path="correct"),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"),
        st.Page("pages/adjudicate.py", title="Adjudicate", icon=":material/balance:", url_path="adjudicate"),
        st.Page("pages/dashboard.py", title="Dashboard", icon=":material/monitoring:", url_path="dashboard"),
        st.Page("pages/export.py", title="Export", icon=":material/download:", url_path="export"),
        st.Page("pages/home.py", url_path="home", visibility="hidden"),  # the default page answers at / only
        st.Page("pages/inspection.py", url_path="inspection", visibility="hidden"),
    ],
    position="sidebar" if ui.auth.show_navigation() else "hidden",
)
page.run()
ui.settled.put_aside(page.url_path)
