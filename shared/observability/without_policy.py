"""What is said at start-up about municipalities that are served and have no policy of their own."""

from collections.abc import Iterable

import structlog

_log = structlog.get_logger("meedoen.policies")


def report_without_policy(service: str, without_policy: Iterable[str]) -> None:
    """Log a warning for each municipality that follows the default, and what to do about it."""
    for municipality in without_policy:
        _log.warning(
            "municipality_without_policy",
            municipality=municipality,
            sentence=(
                f"{municipality} is served and has no policy of its own in {service}, so it follows default.toml: put "
                f"{service}/{municipality}.toml in POLICIES_FOLDER."
            ),
        )
