"""A gauge that is answered shows what was answered, 0 for every known code, and nothing while there is no answer."""

import pytest
from prometheus_client import CollectorRegistry

from shared.messaging.failures import FailureCause, PublishError, find_cause
from shared.observability.gauges import AnsweredGauge
from shared.observability.metrics import exposition


def lines(registry: CollectorRegistry) -> list[str]:
    return [line for line in exposition(registry).decode().splitlines() if not line.startswith("#")]


def test_it_shows_its_codes_at_the_first_answer_and_nothing_before_and_after_it_is_forgotten() -> None:
    registry = CollectorRegistry()
    gauge = AnsweredGauge("talks", "Talks", {"where": ("market", "school"), "ok": ("true",)}, registry=registry)
    assert lines(registry) == []
    gauge.answer({("market", "true"): 12})
    assert lines(registry) == ['talks{ok="true",where="market"} 12.0', 'talks{ok="true",where="school"} 0.0']
    gauge.forget()
    assert lines(registry) == []


def test_what_there_is_none_of_is_0_also_without_labels() -> None:
    registry = CollectorRegistry()
    AnsweredGauge("plans", "Plans", registry=registry).answer({})
    assert lines(registry) == ["plans 0.0"]


@pytest.mark.parametrize(
    ("problem", "cause"),
    [
        (PublishError("away"), FailureCause.BROKER),
        (ConnectionRefusedError(), FailureCause.NETWORK),
        (TimeoutError(), FailureCause.NETWORK),
        (KeyError("bug"), FailureCause.OTHER),
    ],
)
def test_a_failure_has_a_cause_of_a_closed_list(problem: Exception, cause: FailureCause) -> None:
    assert find_cause(problem) is cause
