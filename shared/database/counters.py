"""Domain counters that count committed work: a command sent twice or a batch rolled back adds nothing."""

from collections.abc import Callable
from typing import Any

from shared.database.transactions import Transaction


def count_on_commit(tx: Transaction, count: Callable[[], Any]) -> None:
    """Call `count` (such as `METRIC.labels(...).inc`) once the transaction is committed."""
    tx.after_commit(count)
