"""Who may do what in a corpus: seen and changed by its admins."""

from __future__ import annotations

import streamlit as st

from xner.errors import XnerError
from xner.services import membership
from xner.services.access import role_in
from xner.services.identity import LOCAL, Role, User
from xner.store.session import Store
from xner.ui.messages import cell, plain, show_error

_WHAT = {
    Role.VIEWER: "sees everything",
    Role.ANNOTATOR: "corrects sentences",
    Role.REVIEWER: "adds text, projects, adjudicates",
    Role.ADMIN: "changes labels and roles",
}
_NONE = "no role"
_MAX_OTHERS = 50


def draw(store: Store, user: User, corpus_id: int) -> None:
    """Draw who has a role in a corpus and, for its admins, a form to give one."""
    role = role_in(store, user, corpus_id)
    if role is None or role < Role.ADMIN:
        st.markdown("Admins of this corpus see who works on it.")
        return
    found = membership.members(store, user, corpus_id)
    st.table(
        {
            "Name": [cell(member.name) for member in found],
            "Role": [member.role.value for member in found],
            "Where": ["every corpus" if member.corpus_id is None else "this corpus" for member in found],
            "Id": [cell(member.subject) for member in found],
        },
        border="horizontal",
    )
    others = membership.without_role(store, user, corpus_id)
    if others:
        st.markdown("**Have opened the app, without a role here:**")
        shown = others[:_MAX_OTHERS]
        ids = ["a name at this machine" if subject.startswith(LOCAL) else cell(subject) for subject, _ in shown]
        st.table({"Name": [cell(name) for _, name in shown], "Id": ids}, border="horizontal")
        if len(others) > _MAX_OTHERS:
            st.caption(f"The first {_MAX_OTHERS} of {len(others):,}.")
    if user.id.startswith(LOCAL):
        st.caption("Without logins everybody at this machine may do everything; roles count where people log in.")
    st.caption(
        " · ".join(f"**{known.value}** {what}" for known, what in _WHAT.items()) + "; each may do all before it."
    )
    with st.form("give_role", border=False):
        subject = st.text_input("Id of the person", key="role_person", help="They see it beside their name.")
        chosen = st.selectbox("Role in this corpus", [*(known.value for known in Role), _NONE], key="role_given")
        sent = st.form_submit_button("Give this role", icon=":material/person_add:")
    if sent:
        try:
            given = None if chosen == _NONE else Role(chosen)
            membership.give_role(store, user, subject, given, corpus_id)
        except XnerError as error:
            show_error(error, {"person": "Person"})
        else:
            st.toast(f"{plain(subject)}: {chosen}", icon=":material/check:")
            st.rerun()
