"""The messaging core: events go out through outbox and relay, and come in through the inbox, exactly once in effect.

What a service uses of it: `Subscription`, `Received` and the outcomes. What the service frame uses: `Messaging`.
"""

from shared.messaging.outcome import DONE, Done, HoldReason, Outcome, Park, Retry
from shared.messaging.subscription import Received, Subscription

__all__ = ["DONE", "Done", "HoldReason", "Outcome", "Park", "Received", "Retry", "Subscription"]
