"""Recruitment and intake over the embedded broker: a talk at the market becomes a file, and the plan comes back."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.pool import NullPool

from shared.database.address import DatabaseAddress
from shared.database.migrations import ServiceDatabase
from shared.events import AmbassadorCredited, CandidateRecruited, PIPSigned
from shared.events.codes import LearningRoute, RouteReason
from shared.identity import Role
from shared.testing import eventually
from shared.testing.running_service import RunningService

Service = Callable[..., Awaitable[RunningService]]
PARTS = {
    "recorded_on": "2026-03-10",
    "schooling": "higher",
    "literacy": "other_script",
    "work_years": 0,
    "language_level": "a1_plus",
    "work_option": "paid_work",
    "wish": "education",
    "self_reliance": "self_reliant",
    "right_to_talk_alone_told": True,
}
PLAN = {"id": str(uuid4()), "drafted_on": "2026-04-01", "route": "education_route", "progress_talks": 4}


async def test_a_candidates_signed_plan_counts_for_the_pair_that_met_the_person(
    client_for: Service, embedded_broker: str
) -> None:
    recruitment = await client_for("recruitment", Role.AMBASSADOR_COORDINATOR, broker=embedded_broker)
    intake = await client_for("intake", Role.CASE_MANAGER, broker=embedded_broker)
    person = await register(recruitment)

    async def a_file_is_open() -> bool:
        return (await intake.get(f"/newcomers/{person}")).status_code == 200

    await eventually(a_file_is_open, deadline_seconds=30)
    file = f"/newcomers/{person}"
    for path, body in (
        ("intakes", {"planned_on": "2026-03-10"}),
        ("intake-parts", PARTS),
        ("intake-completions", {"completed_on": "2026-03-20"}),
        ("plans", PLAN),
        (f"plans/{PLAN['id']}/signatures", {"signed_on": "2026-04-08"}),
    ):
        answer = await intake.post(f"{file}/{path}", json=body)
        assert answer.status_code == 201, answer.text

    async def both_are_credited() -> bool:
        return await count(recruitment, AmbassadorCredited) == 2

    await eventually(both_are_credited, deadline_seconds=30)
    assert (await recruitment.get(f"/candidates/{person}")).json()["plan_signed_on"] == "2026-04-08"
    assert await count(recruitment, CandidateRecruited) == await count(intake, PIPSigned) == 1


async def register(recruitment: RunningService) -> str:
    """Someone met by a pair of ambassadors at the market."""
    place = {"name": "Meerzicht", "needs_but_not_obligated": 1, "obligated": 1}
    await recruitment.put("/neighbourhoods/meerzicht", json=place)
    ambassador = {
        "neighbourhood": "meerzicht",
        "appointed_on": "2026-01-05",
        "own_trajectory_completed": True,
        "dutch_level": "a2",
    }
    candidate = {
        "target_group": "voluntary",
        "language": "ti",
        "channel": "market",
        "neighbourhood": "meerzicht",
        "ambassador_ids": [(await recruitment.post("/ambassadors", json=ambassador)).json()["id"] for _ in range(2)],
        "recruited_on": "2026-03-02",
        "consent_on": "2026-03-02",
    }
    answer = await recruitment.post("/candidates", json=candidate)
    person: str = answer.json()["id"]
    return person


async def count(service: RunningService, kind: type) -> int:
    return sum(isinstance(event.data, kind) for event in await service.list_published())


@pytest.mark.parametrize("service", ["recruitment", "intake"])
async def test_the_migrations_make_exactly_the_tables_that_the_code_knows(
    service: str, service_database: Callable[[str], ServiceDatabase]
) -> None:
    import_module(f"services.{service}.app")  # and with it the rows of every capability
    metadata = import_module(f"services.{service}.tables").Row.metadata

    def differences(connection: Connection) -> list[Any]:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
        return [difference for difference in found if not is_expected(difference)]

    engine = DatabaseAddress.parse(service_database(service).owner_url).create_engine(poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def is_expected(difference: Any) -> bool:
    """Whether a table or index is not the service's to know: Alembic's own, or written by shared code."""
    kind, item = difference[0], difference[1]
    return kind == "remove_index" or (kind == "remove_table" and item.name in {"alembic_version", "access_log"})


class TestTheDocuments:
    @pytest.mark.parametrize("service", ["recruitment", "intake"])
    def test_every_route_is_summed_up_and_every_field_that_needs_it_is_explained(self, service: str) -> None:
        document = import_module(f"services.{service}.app").openapi_document()
        operations = [operation for path in document["paths"].values() for operation in path.values()]
        assert all(operation["summary"] for operation in operations)
        assert all("security" in operation for operation in operations)

    def test_the_codes_of_routes_and_reasons_are_those_of_the_contract(self) -> None:
        schemas = import_module("services.intake.app").openapi_document()["components"]["schemas"]
        assert schemas["LearningRoute"]["enum"] == [str(route) for route in LearningRoute]
        assert schemas["RouteReason"]["enum"] == [str(reason) for reason in RouteReason]
