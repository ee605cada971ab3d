"""The relay and operators get roles of their own, and the application's role loses what only those need.

The access log becomes a chain that is only added to. The table before it goes in a later version: until then processes
of the version before this one write to it, and a trigger takes their lines over.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tenancy import install_access_log, separate_messaging_roles

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    separate_messaging_roles(op, service="ontzorgen")
    install_access_log(op, service="ontzorgen")
    # People who operate prove the ledger with `meedoen ledger-proof`.
    op.execute(
        sa.text(
            "GRANT SELECT ON ledger_entry, ledger_line, ledger_total TO meedoen_ontzorgen_operator"
        )
    )
    op.execute(
        sa.text(
            "GRANT SELECT (municipality, id, person_id, holiday_reserve_cents) ON household TO meedoen_ontzorgen_operator"
        )
    )


def downgrade() -> None:
    raise NotImplementedError("Rights that were taken away are not given back: restore the backup from before.")
