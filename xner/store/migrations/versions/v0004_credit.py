"""A revision that takes others back says whose work stands again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was taken back before, only where nobody's work stood before is known."""
    op.execute(sa.text("ALTER TABLE revision ADD COLUMN credit INTEGER REFERENCES person (id)"))
    op.execute(sa.text("UPDATE revision SET credit = author WHERE status != 'projected'"))
    op.execute(sa.text("UPDATE head SET author = NULL WHERE number > 0 AND status IN ('new', 'projected', 'failed')"))


def downgrade() -> None:
    """Refuse: a store is never taken back, a backup is restored."""
    raise NotImplementedError("restore a backup")
