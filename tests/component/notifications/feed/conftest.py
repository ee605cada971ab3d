"""A desk on a running service of notifications, whose worker sends nothing."""

import pytest
from partner_desk import PartnerDesk

from shared.auth.local_issuer import LocalIssuer
from shared.testing.running_service import RunningService


@pytest.fixture
def desk(service: RunningService, issuer: LocalIssuer, idle_worker: None) -> PartnerDesk:
    return PartnerDesk(service, issuer)


@pytest.fixture
def case_manager(desk: PartnerDesk) -> dict[str, str]:
    return desk.as_role("carla", "case_manager")
