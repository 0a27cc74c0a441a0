"""Runs that kept what is known of their job in their settings become jobs, and lose nothing."""

from __future__ import annotations

import json

from alembic import command
from sqlalchemy import create_engine, text

from xner.config import parse_config
from xner.services import run_jobs
from xner.services.identity import Role, User
from xner.store.schema import _config
from xner.store.session import Store, parsed_url

SETTINGS = {"match": {"name": "greedy"}}
KEPT = {"starts": ["new"], "langs": ["de"], "n_total": 9, "left_out": {"why": 2}, "host": "h", "pid": 1}
RUNS = (
    ("finished", {}), ("running", {}), ("interrupted", {"problem": ["MODEL", "words", "hint"]}),
    ("interrupted", {"stopped_by": "Ada"}), ("finished", None),
)  # fmt: skip


def test_runs_become_jobs_with_their_settings_counts_and_ends(empty_url):
    engine = create_engine(parsed_url(empty_url))
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.execute(text("INSERT INTO person VALUES (1, 'Ada', 'Ada', '', FALSE)"))
        connection.execute(text("INSERT INTO corpus VALUES (1, 'C', 'shared', '{\"labels\": []}', '', 1, FALSE)"))
        for number, (state, more) in enumerate(RUNS, 1):
            written = SETTINGS if more is None else SETTINGS | {"job": KEPT | more}
            connection.execute(
                text("INSERT INTO run VALUES (:id, 1, :config, :state, '2026', '2026', 1)"),
                {"id": number, "config": json.dumps(written), "state": state},
            )
    engine.dispose()
    store = Store(empty_url)
    found = sorted(run_jobs.jobs(store, User("x", "X", Role.ADMIN)), key=lambda job: job.run_id)
    store.close()
    assert [job.state for job in found] == ["done", "interrupted", "failed", "cancelled"]
    assert [job.config for job in found] == [parse_config(SETTINGS)] * 4
    assert [(job.n_total, job.left_out, job.by) for job in found] == [(9, {"why": 2}, "Ada")] * 4
    assert found[2].problem == ("MODEL", "words", "hint")
    assert found[3].stopped_by == "Ada"
