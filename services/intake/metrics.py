"""The metrics of intake, on a registry that the application registers. Labels are code lists, never ids."""

from prometheus_client import CollectorRegistry, Counter

from shared.events.codes import DeadlineKind
from shared.observability.metrics import start_at_zero

REGISTRY = CollectorRegistry()

FILES_OPENED = Counter("meedoen_files_opened", "Files opened", ("target_group",), registry=REGISTRY)
INTAKES_COMPLETED = Counter("meedoen_intakes_completed", "Broad intakes completed", ("route",), registry=REGISTRY)
PLANS_SIGNED = Counter("meedoen_plans_signed", "Plans signed", ("route", "relief"), registry=REGISTRY)
DEADLINES_MISSED = Counter("meedoen_deadlines_missed", "Legal deadlines missed", ("deadline",), registry=REGISTRY)

start_at_zero(DEADLINES_MISSED, DeadlineKind)
