"""Lines of the lists know place, language and archive of their pair: a list over a million pairs reads no text."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
_LISTED = ["corpus_id", "track", "archived"]
_INDEXES = {
    "head_by_place": [*_LISTED, "place"],
    "head_by_risk": [*_LISTED, "risk", "place"],
    "head_by_status": [*_LISTED, "status", "target_lang", "risk", "place"],
    "head_by_start": [*_LISTED, "start", "target_lang", "number"],
    "head_by_change": [*_LISTED, "changed", "place"],
    "head_by_author": ["corpus_id", "author", "status", "changed"],
}


def upgrade() -> None:
    """Add the columns, fill them from the pairs, and make the indexes anew."""
    for name in ("head_by_risk", "head_by_status"):
        op.drop_index(name, "head")
    op.add_column("head", sa.Column("place", sa.Integer(), server_default="0", nullable=False))
    op.add_column("head", sa.Column("target_lang", sa.String(length=40), server_default="", nullable=False))
    op.add_column("head", sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        sa.text(
            "UPDATE head SET (place, target_lang, archived) = (SELECT pair.place, pair.target_lang, pair.archived "
            "FROM pair WHERE pair.id = head.pair_id) WHERE EXISTS (SELECT 1 FROM pair WHERE pair.id = head.pair_id)"
        )
    )
    for name, columns in _INDEXES.items():
        op.create_index(name, "head", columns, unique=False)


def downgrade() -> None:
    """Refuse: a store is never taken back, a backup is restored."""
    raise NotImplementedError("restore a backup")
