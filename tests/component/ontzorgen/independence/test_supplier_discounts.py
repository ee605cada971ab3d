"""Agreements on discounts over HTTP: for guaranteed months, one at a time per creditor and kind."""

from typing import Any

import pytest
from independence_desk import ask

from shared.testing.running_service import RunningService


@pytest.mark.row("vaste-lastenpakket")
class TestDiscounts:
    AGREEMENT: dict[str, Any] = {  # noqa: RUF012 - never changed
        "creditor": "stroom",
        "kind": "energy",
        "discount_percent": 5,
        "guaranteed_months": 6,
        "from_day": "2026-09-01",
        "until_day": "2026-12-31",
    }

    async def test_an_agreement_gives_a_discount_for_guaranteed_months(self, service: RunningService) -> None:
        agreement = await ask(service, "/discount-agreements", **self.AGREEMENT)
        await ask(service, "/discount-agreements", **agreement)
        assert (await service.get("/discount-agreements")).json()["items"] == [agreement]

    @pytest.mark.parametrize(
        ("changes", "status", "sentence"),
        [
            ({"from_day": "2026-12-31", "until_day": None}, 409, "give days outside it"),
            ({"from_day": "2027-01-01"}, 400, "ends before it begins"),
            ({"discount_percent": 101}, 400, "at most 100"),
            ({"guaranteed_months": 0}, 400, "at least 1"),
        ],
    )
    async def test_an_agreement_that_cannot_be_is_refused(
        self, service: RunningService, changes: dict[str, Any], status: int, sentence: str
    ) -> None:
        await ask(service, "/discount-agreements", **self.AGREEMENT)
        assert sentence in await ask(service, "/discount-agreements", status, **self.AGREEMENT | changes)
