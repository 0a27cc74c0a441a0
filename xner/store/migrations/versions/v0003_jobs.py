"""Jobs get a table of their own; until now what was known of them stood in the settings of their run."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
_KEY = "job"


def upgrade() -> None:
    """Make the table and move there what runs have kept; nobody works on a store that is being migrated."""
    op.create_table(
        "job",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("n_total", sa.Integer(), nullable=False),
        sa.Column("n_ok", sa.Integer(), nullable=False),
        sa.Column("n_empty", sa.Integer(), nullable=False),
        sa.Column("n_failed", sa.Integer(), nullable=False),
        sa.Column("after_place", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("stages", sa.Text(), nullable=False),
        sa.Column("rate", sa.Double(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("stopped_by", sa.String(length=200), nullable=True),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("beat", sa.String(length=32), nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'interrupted', 'cancelled', 'failed', 'done')", name="job_state"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"]),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_index("job_by_state", "job", ["state"], unique=False)
    _move()


def _move() -> None:
    connection = op.get_bind()
    run = sa.table("run", sa.column("id"), sa.column("config"), sa.column("state"), sa.column("heartbeat"))
    job = sa.table("job", *(sa.column(name) for name in (
        "run_id", "state", "chosen", "n_total", "n_ok", "n_empty", "n_failed", "after_place", "left_out", "stage",
        "stages", "problem", "stopped_by", "host", "pid", "beat", "log",
    )))  # fmt: skip
    made = sa.table("projection", sa.column("run_id"), sa.column("status"))
    marked = sa.select(run).where(run.c.config.contains(f'"{_KEY}": {{'))
    for number, config, state, heartbeat in connection.execute(marked).all():
        settings = json.loads(config)
        kept = settings.pop(_KEY, None)
        if kept is None:
            continue
        query = sa.select(made.c.status, sa.func.count()).where(made.c.run_id == number).group_by(made.c.status)
        counts = {status: n for status, n in connection.execute(query)}
        ended = "failed" if kept.get("problem") else "cancelled" if kept.get("stopped_by") else "interrupted"
        connection.execute(sa.insert(job).values(
            run_id=number, state="done" if state == "finished" else ended, n_total=kept.get("n_total", 0),
            n_ok=counts.get("ok", 0), n_empty=counts.get("empty", 0), n_failed=counts.get("failed", 0), after_place=0,
            chosen=json.dumps({"starts": kept.get("starts", []), "langs": kept.get("langs", [])}),
            left_out=json.dumps(kept.get("left_out", {})), stage="", stages="{}",
            problem=json.dumps(kept["problem"]) if kept.get("problem") else None,
            stopped_by=kept.get("stopped_by") or None, host=kept.get("host", ""), pid=kept.get("pid", 0),
            beat=heartbeat, log="",
        ))  # fmt: skip
        state = "interrupted" if state == "running" else state
        connection.execute(
            sa.update(run)
            .where(run.c.id == number)
            .values(config=json.dumps(settings, ensure_ascii=False), state=state)
        )


def downgrade() -> None:
    """Refuse: a store is never taken back, a backup is restored."""
    raise NotImplementedError("restore a backup")
