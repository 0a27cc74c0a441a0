"""The editor over documents in memory, written to a file so that they outlive the server: ?doc=<name>-<anything>."""

from __future__ import annotations

import json
import os
import time
import uuid
from pathlib import Path
from typing import Any

import documents
import streamlit as st

from xner.correct.annotation import annotation_of, parse_annotation, plain_annotation
from xner.correct.edits import parse_edit
from xner.errors import InputError
from xner.ui import editor

STORE = Path(os.environ["XNER_EDITOR_STORE"])

Row = dict[str, Any]


def read() -> dict[str, Row]:
    return json.loads(STORE.read_text("utf-8")) if STORE.exists() else {}


def row_of(rows: dict[str, Row], doc_id: str) -> Row:
    document = documents.load(doc_id)
    return rows.get(doc_id) or {
        "payload": plain_annotation(annotation_of(document.projection)), "history": [], "status": "projected",
        "note": None, "revisions": [], "refused": [], "calls": [],
    }  # fmt: skip


def base(row: Row, client: str) -> str:
    """The newest revision that this client did not make."""
    return str(max((n for n, r in enumerate(row["revisions"], 1) if r["client"] != client), default=0))


def on_edit() -> None:
    payload = editor.last_edit()
    with documents.LOCK:
        rows = read()
        row = row_of(rows, payload["doc_id"])
        is_saved = save(payload, row)
        rows[payload["doc_id"]] = row
        STORE.with_suffix(".new").write_text(json.dumps(rows), "utf-8")
        STORE.with_suffix(".new").replace(STORE)
    received = editor.Received(payload["doc_id"], payload["client"], payload["seq"], is_saved)
    st.session_state["received"] = received
    if is_saved and payload["action"] != "draft":
        st.session_state["goto"] = documents.after(payload["doc_id"])


def save(payload: Any, row: Row) -> bool:
    row["calls"].append([payload["client"], payload["seq"]])
    if payload["seq"] <= acked(row, payload["client"]):
        return True
    document = documents.load(payload["doc_id"])
    try:
        edit = parse_edit(payload, document.pair, documents.LABELS, parse_annotation(row["payload"]))
    except InputError as error:
        st.session_state["problem"] = str(error)
        row["refused"].append(str(error))
        return False
    if edit.rev != base(row, edit.client):
        row["refused"].append("conflict")
        return False
    row["payload"], row["history"] = plain_annotation(edit.annotation), list(edit.history)
    row["status"], row["note"] = edit.action, edit.note
    row["revisions"].append(
        {"client": edit.client, "seq": edit.seq, "action": edit.action, "ops": [step.op for step in edit.ops]}
    )
    return True


def acked(row: Row, client: str) -> int:
    return max((r["seq"] for r in row["revisions"] if r["client"] == client), default=0)


def on_command() -> None:
    st.session_state["commands"] = [*st.session_state.get("commands", []), editor.last_command()]


st.set_page_config(page_title="editor", layout="wide")
client = st.session_state.setdefault("client", uuid.uuid4().hex[:12])
doc_id = st.session_state.pop("goto", None) or st.query_params.get("doc", "de")
st.query_params["doc"] = doc_id
if "slow" in st.query_params:
    time.sleep(float(st.query_params["slow"]))
document = documents.load(doc_id)
row = row_of(read(), doc_id)
st.subheader("Correct", anchor=False)
editor.draw(
    editor.editor_data(
        document.pair, parse_annotation(row["payload"]), documents.LABELS, doc_id=doc_id, rev=base(row, client),
        client=client, ack_seq=acked(row, client), received=st.session_state.get("received"), history=row["history"],
        status=row["status"], note=row["note"], alignment=document.pair.alignment, offers=document.offers,
        readonly_reason=document.readonly,
    ),
    on_edit=on_edit, on_command=on_command,
)  # fmt: skip
if problem := st.session_state.pop("problem", None):
    st.error(problem)
st.caption(f"commands: {' '.join(st.session_state.get('commands', []))} · end of page")
