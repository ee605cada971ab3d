"""Every query of ontzorgen, by area. Row-level security keeps each of them to the municipality of the transaction."""

from services.ontzorgen.repository import creditors, file, history, households, runs

__all__ = ["creditors", "file", "history", "households", "runs"]
