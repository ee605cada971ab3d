"""How a long-running Python process of ours keeps house."""

import gc

YOUNG_OBJECTS_MAX = 50_000


def settle_memory() -> None:
    """Call once when everything is imported and made: what lives as long as the process is never looked at again.

    Python's collector walks every live object now and then; on batches of events that walk cost more than the work.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX, 20, 100)
