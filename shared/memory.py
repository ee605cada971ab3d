"""Garbage collection of long-running processes."""

import gc

YOUNG_OBJECTS_MAX = 50_000


def freeze_gc() -> None:
    """Exclude every object that lives now from garbage collection; call once, when everything is imported and built.

    The collector traverses every live object now and then; with batches of events that cost more than the work itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX, 20, 100)
