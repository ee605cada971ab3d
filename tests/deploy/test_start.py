"""Every label value is there before anything happened: a rise is seen only of a series that was there before it."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import product

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge

from services.notifications.messages.rules.languages import SEVERAL_LANGUAGES
from services.notifications.messages.rules.messages import MessageProblem
from services.notifications.messages.rules.notices import NOTICES
from services.notifications.policies.rules import LANGUAGES
from services.notifications.webhooks.rules.attempts import WebhookProblem
from services.ontzorgen.bank.rules.matching import Outcome
from services.ontzorgen.bank.rules.refusals import OTHER_REASON, REASONS
from services.ontzorgen.metrics import RELEASED_TO
from services.ontzorgen.run.rules.run import FINAL, RunState
from services.ontzorgen.tasks.rules import TaskKind
from shared.auth.keys import KEYS_UNUSABLE
from shared.auth.keys import REASONS as KEY_REASONS
from shared.events.codes import (
    DeadlineKind,
    LearningRoute,
    MessageChannel,
    OutreachChannel,
    RunStep,
    TargetGroup,
)
from shared.messaging import HoldReason
from shared.messaging.failures import FailureCause
from shared.messaging.metrics import CoreMetrics
from shared.observability.gauges import AnsweredGauge
from shared.observability.metrics import STATUSES, HttpMetrics
from shared.service_names import SERVICES

TEMPLATES = {notice.template for notices in NOTICES.values() for notice in notices}
CODE_LISTS: dict[str, tuple[Iterable[object], ...]] = {
    "meedoen_relay_failures": (FailureCause,),
    "http_responses": (STATUSES,),
    "meedoen_parked_now_events": (HoldReason,),
    "meedoen_issuer_keys_unusable": (KEY_REASONS,),
    "meedoen_consumer_batch_failures": (FailureCause,),
    "meedoen_consumed_events": (("done", "known", "retry", "park"),),
    "meedoen_held_events": (("parked", "retrying", "waiting"),),
    "meedoen_parked_events": (HoldReason,),
    "meedoen_retried_events": (HoldReason,),
    "meedoen_outreaches_held": (OutreachChannel,),
    "meedoen_people_reached": (OutreachChannel,),
    "meedoen_candidates_registered": (OutreachChannel,),
    "meedoen_files_opened": (TargetGroup,),
    "meedoen_intakes_completed": (LearningRoute,),
    "meedoen_plans_signed": (LearningRoute, ("true", "false")),
    "meedoen_deadlines_missed": (DeadlineKind,),
    "meedoen_runs_open": (set(RunState) - set(FINAL),),
    "meedoen_run_parts": (RunStep, ("waiting", "done")),
    "meedoen_released_cents": (RELEASED_TO,),
    "meedoen_tasks_raised": (TaskKind,),
    "meedoen_tasks_open": (TaskKind,),
    "meedoen_payments_refused": ((*REASONS, OTHER_REASON),),
    "meedoen_bank_entries": (Outcome,),
    "meedoen_messages_made": (TEMPLATES, (*LANGUAGES, SEVERAL_LANGUAGES)),
    "meedoen_messages_sent": (MessageChannel,),
    "meedoen_messages_waiting": (MessageChannel,),
    "meedoen_messages_parked": (MessageProblem,),
    "meedoen_deliveries_retried": (MessageProblem,),
    "meedoen_webhook_rounds_failed": (WebhookProblem,),
}
CODES: dict[str, tuple[tuple[str, ...], ...]] = {
    name: tuple(tuple(str(code) for code in codes) for codes in lists) for name, lists in CODE_LISTS.items()
}
BORN_LATER = {
    "http_requests": "routes times methods times statuses are thousands; alerts ask for the first appearance too",
    "dependency_up": "whether a dependency is there is not known before it was probed",
}


def start(registry: CollectorRegistry) -> None:
    """Give every gauge that the database answers the answer of an empty database."""
    for collector in list(registry._collector_to_names):
        if isinstance(collector, AnsweredGauge):
            collector.answer({})


def breaches(registry: CollectorRegistry, codes: dict[str, tuple[tuple[str, ...], ...]]) -> Iterator[str]:
    """Yield each labelled counter or gauge that is not there for exactly the combinations of its codes."""
    for collector in list(registry._collector_to_names):
        if not isinstance(collector, Counter | Gauge | AnsweredGauge):
            continue
        (family,) = collector.collect()
        labels = collector.label_names if isinstance(collector, AnsweredGauge) else tuple(collector._labelnames)
        if not labels or family.name in BORN_LATER:
            continue
        shown = {
            tuple(sample.labels[label] for label in labels)
            for sample in family.samples
            if not sample.name.endswith("_created")
        }
        if family.name not in codes:
            yield f"{family.name} has labels: say here which codes they have."
        elif missing := set(product(*codes[family.name])) ^ shown:
            yield f"{family.name} does not show exactly its codes at the start: {sorted(missing)[:3]}"


@pytest.fixture(scope="module")
def registries() -> list[CollectorRegistry]:
    common = CollectorRegistry()
    CoreMetrics(common)
    HttpMetrics(common)
    common.register(KEYS_UNUSABLE)
    for service in SERVICES:
        import_module(f"services.{service}.app")
    own = [import_module(f"services.{service}.metrics").REGISTRY for service in SERVICES]
    for registry in (common, *own):
        start(registry)
    return [common, *own]


def test_every_labelled_metric_shows_each_of_its_codes_at_the_start(registries: list[CollectorRegistry]) -> None:
    assert [breach for registry in registries for breach in breaches(registry, CODES)] == []


def test_no_codes_are_listed_of_a_metric_that_is_gone(registries: list[CollectorRegistry]) -> None:
    known = {family.name for registry in registries for family in registry.collect()}
    assert set(CODES) - known == set()
    assert set(BORN_LATER) - known == set()


def test_a_counter_that_is_born_with_its_first_value_is_found() -> None:
    registry = CollectorRegistry()
    born = Counter("born", "Born with its first value", ("kind",), registry=registry)
    unlisted = Gauge("unlisted", "With codes that nobody listed", ("kind",), registry=registry)
    unlisted.labels("a").set(0)
    born.labels("a").inc()
    assert len(list(breaches(registry, {"born": (("a", "b"),)}))) == 2
    born.labels("b").inc(0)
    assert len(list(breaches(registry, {"born": (("a", "b"),), "unlisted": (("a",),)}))) == 0
