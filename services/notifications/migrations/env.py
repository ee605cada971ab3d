"""Alembic's way in: notifications' tables, by the one migration runner."""  # noqa: INP001 - Alembic runs it by its path

from services.notifications.tables import Row
from shared.database.migrations import run

run(Row.metadata)
