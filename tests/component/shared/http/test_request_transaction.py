"""One request, one transaction, on a real database: committed before the response is sent, or not at all."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from starlette.types import Message, Receive, Scope, Send

from shared.database.migrations import ServiceDatabase
from shared.database.transactions import Transaction
from shared.http.requests import Caller, TransactionDep, require_found, requires
from shared.http.responses import Page
from shared.identity import Role, new_id
from shared.service import ServiceDefinition, create_service
from shared.settings import ServiceSettings
from shared.testing.running_service import run_service

PATH = f"/people/{new_id()}"
CaseManager = Annotated[Caller, Depends(requires(Role.CASE_MANAGER))]
router = APIRouter()
# At the commit, and not before it, PostgreSQL refuses with this SQLSTATE.
_REFUSE_AT_COMMIT = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '%s'; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON access_log DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse();
"""


_RECORD = "INSERT INTO access_log (municipality, id, person_id, subject, roles) VALUES ($1, $2, $3, $4, $5)"


async def record_reading(tx: Transaction, caller: Caller, person_id: UUID) -> None:
    """Write a row with the request's transaction."""
    driver = await tx.driver()
    await driver.execute(_RECORD, tx.municipality, new_id(), person_id, caller.subject, sorted(caller.roles))


class IdPage(Page[UUID, UUID]):
    """A page of ids."""


@router.get("/people/{person_id}")
async def read_person(person_id: UUID, caller: CaseManager, tx: TransactionDep) -> IdPage:
    await record_reading(tx, caller, person_id)
    return IdPage.from_states([person_id], None)


@router.get("/people/{person_id}/file")
async def read_missing_file(person_id: UUID, caller: CaseManager, tx: TransactionDep) -> IdPage:
    await record_reading(tx, caller, person_id)
    return IdPage.from_states([require_found(None, "file")], None)


@router.get("/people/{person_id}/number")
async def read_unprintable(person_id: UUID, caller: CaseManager, tx: TransactionDep) -> int:
    await record_reading(tx, caller, person_id)
    return "not a number"  # type: ignore[return-value]  # what no response can be built from


@router.get("/people/{person_id}/open")
async def read_without_caller(person_id: UUID, tx: TransactionDep) -> None:
    raise AssertionError


class RecordingClient(httpx.AsyncClient):
    """A client of the application that counts the access log from outside when the response starts."""

    def __init__(self, app: FastAPI, database: ServiceDatabase, token: str) -> None:
        self._app = app
        self._database = database
        self.lines_at_response: list[Any] = []
        headers = {"Authorization": f"Bearer {token}"}
        super().__init__(transport=httpx.ASGITransport(self._observe), base_url="http://service/v1", headers=headers)

    async def lines(self) -> list[Any]:
        connection = await asyncpg.connect(self._database.url)
        try:
            await connection.execute("SET app.municipality = 'gm0637'")
            return list(await connection.fetch("SELECT municipality, person_id, subject, roles FROM access_log"))
        finally:
            await connection.close()

    async def _observe(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def count_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.lines_at_response = await self.lines()
            await send(message)

        await self._app(scope, receive, count_and_send)


@pytest.fixture
def database(service_database: Callable[[str], ServiceDatabase]) -> ServiceDatabase:
    return service_database("recruitment")


@pytest.fixture
async def client(
    database: ServiceDatabase, settings_for: Callable[..., ServiceSettings], token: Callable[..., str]
) -> AsyncIterator[RecordingClient]:
    settings = settings_for("recruitment", database_url=database.url, messaging_enabled=False)
    app = create_service(settings, ServiceDefinition("recruitment", "Werving", "Een verzonnen dienst.", router, ()))
    async with run_service(app), RecordingClient(app, database, token(Role.CASE_MANAGER)) as client:
        yield client


async def refuse_at_commit(database: ServiceDatabase, sqlstate: str) -> None:
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute(_REFUSE_AT_COMMIT % sqlstate)
    finally:
        await connection.close()


async def test_it_is_committed_before_the_response_is_sent(client: RecordingClient) -> None:
    response = await client.get(PATH)
    assert response.status_code == 200
    (person_id,) = response.json()["items"]
    assert [dict(line) for line in client.lines_at_response] == [
        {
            "municipality": "gm0637",
            "person_id": UUID(person_id),
            "subject": "test-user",
            "roles": [Role.CASE_MANAGER],
        }
    ]


@pytest.mark.parametrize(("path", "status"), [("file", 404), ("number", 500)])
async def test_an_exception_and_a_response_that_cannot_be_built_roll_back(
    client: RecordingClient, path: str, status: int
) -> None:
    assert (await client.get(f"{PATH}/{path}")).status_code == status
    assert await client.lines() == []


@pytest.mark.parametrize(("sqlstate", "status"), [("23505", 409), ("40001", 503), ("P0001", 500)])
async def test_a_commit_that_fails_is_the_response(
    client: RecordingClient, database: ServiceDatabase, sqlstate: str, status: int
) -> None:
    await refuse_at_commit(database, sqlstate)
    response = await client.get(PATH)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert await client.lines() == []


async def test_a_role_that_may_not_call_opens_nothing(client: RecordingClient, token: Callable[..., str]) -> None:
    response = await client.get(PATH, headers={"Authorization": f"Bearer {token(Role.OPERATOR)}"})
    assert response.status_code == 403


async def test_a_route_without_a_caller_gets_no_transaction(client: RecordingClient) -> None:
    assert (await client.get(f"{PATH}/open")).status_code == 500
