"""The metrics of recruitment, on a registry that the application registers: figures that the database answers."""

from prometheus_client import CollectorRegistry

from shared.events.codes import OutreachChannel
from shared.observability.gauges import AnsweredGauge

REGISTRY = CollectorRegistry()
_BY_CHANNEL = {"channel": OutreachChannel}

AMBASSADORS_APPOINTED = AnsweredGauge("meedoen_ambassadors_appointed", "Ambassadors appointed", registry=REGISTRY)
OUTREACHES_HELD = AnsweredGauge("meedoen_outreaches_held", "Outreaches put on record", _BY_CHANNEL, registry=REGISTRY)
PEOPLE_REACHED = AnsweredGauge(
    "meedoen_people_reached", "People talked with at outreaches", _BY_CHANNEL, registry=REGISTRY
)
CANDIDATES_REGISTERED = AnsweredGauge(
    "meedoen_candidates_registered", "Candidates registered with consent", _BY_CHANNEL, registry=REGISTRY
)
CANDIDATES_WITHDRAWN = AnsweredGauge("meedoen_candidates_withdrawn", "Candidates who withdrew", registry=REGISTRY)
PLANS_CREDITED = AnsweredGauge(
    "meedoen_plans_credited", "Signed plans of people whom an ambassador recruited", registry=REGISTRY
)

GAUGES = (
    AMBASSADORS_APPOINTED,
    OUTREACHES_HELD,
    PEOPLE_REACHED,
    CANDIDATES_REGISTERED,
    CANDIDATES_WITHDRAWN,
    PLANS_CREDITED,
)
