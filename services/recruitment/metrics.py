"""The metrics of recruitment, on a registry that the application registers. Labels are code lists, never ids."""

from prometheus_client import CollectorRegistry, Counter

REGISTRY = CollectorRegistry()

AMBASSADORS_APPOINTED = Counter("meedoen_ambassadors_appointed", "Ambassadors appointed", registry=REGISTRY)
OUTREACHES_HELD = Counter("meedoen_outreaches_held", "Outreaches put on record", ("channel",), registry=REGISTRY)
PEOPLE_REACHED = Counter("meedoen_people_reached", "People talked with at outreaches", ("channel",), registry=REGISTRY)
CANDIDATES_REGISTERED = Counter(
    "meedoen_candidates_registered", "Candidates registered with consent", ("channel",), registry=REGISTRY
)
CANDIDATES_WITHDRAWN = Counter("meedoen_candidates_withdrawn", "Candidates who withdrew", registry=REGISTRY)
PLANS_CREDITED = Counter(
    "meedoen_plans_credited", "Signed plans of people whom an ambassador recruited", registry=REGISTRY
)
