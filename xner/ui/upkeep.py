"""Care for the store from the app: a backup to take away, and the doctor's findings."""

from __future__ import annotations

import functools
import tempfile
from datetime import datetime
from pathlib import Path

import streamlit as st

from xner.services import store_upkeep
from xner.services.access import role_in
from xner.services.identity import Role, User
from xner.store.session import Store
from xner.ui import wording
from xner.ui.messages import cell, plain
from xner.ui.state import Desk


def draw(desk: Desk) -> None:
    """Draw backup and check for whoever may administer everything; nothing for others."""
    role = role_in(desk.store, desk.user, None)
    if role is None or role < Role.ADMIN:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download a backup", functools.partial(_backup, desk.store, desk.user),
            f"xner-{datetime.now():%Y%m%d-%H%M}.backup", "application/octet-stream", on_click="ignore",
            icon=":material/download:", key="backup", help="Everything of this store. To read it: xner restore FILE",
        )  # fmt: skip
        asked = st.button("Check the store", icon=":material/health_and_safety:", key="check_store")
    if not asked:
        return
    with st.spinner("Checking …"):
        findings = store_upkeep.check_for(desk.store, desk.user)
    n = len(store_upkeep.invariant_names())
    if not findings:
        st.success(f"The store is whole: {n} checks, nothing found.", icon=":material/check_circle:")
        return
    st.error(f"{wording.counted(len(findings), 'check', 'checks')} of {n} found something.", icon=":material/error:")
    st.table(
        {
            "Check": [cell(finding.name) for finding in findings],
            "It has to hold": [plain(finding.says) for finding in findings],
            "Places": [f"{finding.n:,}" for finding in findings],
            "What a repair would do": [plain(finding.repair) or "none: restore a backup" for finding in findings],
        },
        border="horizontal",
    )


def _backup(store: Store, user: User) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "xner.backup"
        store_upkeep.backup_for(store, user, path)
        return path.read_bytes()
