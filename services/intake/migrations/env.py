"""Alembic's way in: intake's tables, by the one migration runner."""  # noqa: INP001 - Alembic runs it by its path

from services.intake.tables import Row
from shared.database.migrations import run

run(Row.metadata)
