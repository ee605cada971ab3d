"""The metrics of intake, on a registry that the application registers: figures that the database answers."""

from prometheus_client import CollectorRegistry

from shared.events.codes import DeadlineKind, LearningRoute, TargetGroup
from shared.observability.gauges import AnsweredGauge

REGISTRY = CollectorRegistry()

FILES_OPENED = AnsweredGauge("meedoen_files_opened", "Files opened", {"target_group": TargetGroup}, registry=REGISTRY)
INTAKES_COMPLETED = AnsweredGauge(
    "meedoen_intakes_completed",
    "Broad intakes completed, by the route advised",
    {"route": LearningRoute},
    registry=REGISTRY,
)
PLANS_SIGNED = AnsweredGauge(
    "meedoen_plans_signed", "Plans signed", {"route": LearningRoute, "relief": ("true", "false")}, registry=REGISTRY
)
DEADLINES_MISSED = AnsweredGauge(
    "meedoen_deadlines_missed", "Legal deadlines missed", {"deadline": DeadlineKind}, registry=REGISTRY
)

GAUGES = (FILES_OPENED, INTAKES_COMPLETED, PLANS_SIGNED, DEADLINES_MISSED)
