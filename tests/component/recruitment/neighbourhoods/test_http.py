"""Neighbourhoods over HTTP on a real PostgreSQL."""

from http_refusals import list_faults
from recruitment_desk import MEERZICHT, build_ambassador
from stdnum.nl import bsn

from services.recruitment.neighbourhoods import repository
from services.recruitment.neighbourhoods.rules import Neighbourhood
from shared.testing.running_service import RunningService

PASSES_ELEVEN_TEST = next(str(number) for number in range(123_400_000, 123_500_000) if bsn.is_valid(str(number)))


async def test_a_neighbourhood_put_again_is_corrected_and_listed_once(recruitment: RunningService) -> None:
    body = {**MEERZICHT, "obligated": 313}
    answer = await recruitment.put("/neighbourhoods/meerzicht", json=body)
    assert (answer.status_code, answer.json()) == (200, {**body, "code": "meerzicht"})
    assert (await recruitment.get("/neighbourhoods")).json() == {"items": [answer.json()], "next_cursor": None}


async def test_a_code_that_would_tell_a_bsn_to_others_is_refused_at_the_door(recruitment: RunningService) -> None:
    answer = await recruitment.put(f"/neighbourhoods/{PASSES_ELEVEN_TEST}", json=MEERZICHT)
    assert list_faults(answer) == {("path.code", "value_error")}
    async with recruitment.database.transaction("gm0637") as tx:  # as one that was put on record before
        await repository.put_neighbourhood(tx, Neighbourhood(PASSES_ELEVEN_TEST, "Meerzicht", 1, 1))
    answer = await recruitment.post("/ambassadors", json=build_ambassador(neighbourhood=PASSES_ELEVEN_TEST))
    assert list_faults(answer) == {("body", "personal_data")}
    assert PASSES_ELEVEN_TEST not in answer.text
    assert await recruitment.list_published() == []
