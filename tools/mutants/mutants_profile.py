"""A pytest plugin for runs under mutmut: random tests play the same few examples each time, in one process."""

import hypothesis


def pytest_sessionstart() -> None:
    """Load the profile once the project's own is in place, and before any test is collected."""
    checks = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.differing_executors]
    hypothesis.settings.register_profile(
        "mutants", deadline=None, derandomize=True, max_examples=25, database=None, suppress_health_check=checks
    )
    hypothesis.settings.load_profile("mutants")
