"""What a search looks through is a column of its own, instead of the JSON of the record."""

import sqlalchemy as sa
from alembic import op

from xner.store.searched import searched_text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CHUNK = 500
_ROWS = sa.text(
    "SELECT pair.id, coalesce(projection.record, pair.record) AS record FROM pair LEFT JOIN projection "
    "ON projection.id = (SELECT max(newest.id) FROM projection AS newest WHERE newest.pair_id = pair.id) "
    "WHERE pair.id > :after ORDER BY pair.id LIMIT :chunk"
)
_FILL = sa.text("UPDATE pair SET searched = :searched WHERE id = :id")


def upgrade() -> None:
    """Add the column and fill it from the newest projection of each pair, else from the pair as it was imported."""
    op.add_column("pair", sa.Column("searched", sa.Text(), server_default="", nullable=False))
    connection, after = op.get_bind(), 0
    while rows := connection.execute(_ROWS, {"after": after, "chunk": _CHUNK}).all():
        connection.execute(_FILL, [{"id": row.id, "searched": searched_text(row.record)} for row in rows])
        after = rows[-1].id


def downgrade() -> None:
    """Refuse: a store is never taken back, a backup is restored."""
    raise NotImplementedError("restore a backup")
