"""Retries come later and later, never later than the limit, and not all at once."""

import random

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.outcome import RetryPolicy

SECONDS = st.floats(min_value=0.01, max_value=3_600, allow_nan=False)


@st.composite
def policies(draw: st.DrawFn) -> RetryPolicy:
    first = draw(SECONDS)
    return RetryPolicy(draw(st.integers(1, 100)), first, draw(st.floats(first, 86_400, allow_nan=False)))


@given(policy=policies(), attempts=st.integers(1, 10_000), seed=st.integers())
def test_a_delay_is_within_half_of_its_bound_and_its_bound(policy: RetryPolicy, attempts: int, seed: int) -> None:
    delay = policy.delay_seconds(attempts, random.Random(seed))
    bound = min(policy.delay_seconds_first * 2.0 ** min(attempts - 1, 60), policy.delay_seconds_max)
    assert bound / 2 <= delay <= bound


@given(policy=policies(), seed=st.integers())
def test_the_longest_delay_of_an_attempt_is_no_longer_than_that_of_the_next(policy: RetryPolicy, seed: int) -> None:
    class Longest(random.Random):
        def uniform(self, _: float, b: float) -> float:
            return b

    delays = [policy.delay_seconds(attempts, Longest(seed)) for attempts in range(1, 50)]
    assert delays == sorted(delays)
    assert delays[-1] <= policy.delay_seconds_max


@given(policy=policies(), attempts=st.integers(1, 40))
def test_processes_that_fail_together_do_not_come_back_together(policy: RetryPolicy, attempts: int) -> None:
    assert len({policy.delay_seconds(attempts, random.Random(seed)) for seed in range(10)}) == 10


@given(policies(), st.integers(1, 10_000))
def test_a_delay_without_jitter_grows_and_stays_within_its_limit(policy: RetryPolicy, attempts: int) -> None:
    delays = [policy.delay_seconds_without_jitter(number) for number in (attempts, attempts + 1)]
    assert policy.delay_seconds_first <= delays[0] <= delays[1] <= policy.delay_seconds_max
