"""Which payments a file takes: those of its own run, that are in no file yet."""

from dataclasses import replace
from typing import Any

from services.ontzorgen.bank.repository.instructions import add_instructions, list_instructions, open_order
from services.ontzorgen.bank.repository.payment_files import get_last_number, list_ids_in_file, list_waiting
from shared.identity import new_id


async def test_a_file_takes_what_waits_of_its_own_run_and_is_numbered_within_it(desk: Any, home: Any) -> None:
    homes = [home(), home()]
    for holder in (None, *(one.id for one in homes)):
        await desk.add_account(holder)
    run_id = await desk.release_month(homes)
    files_made = (await desk.export(run_id)).json()["items"]
    async with desk.service.database.transaction(desk.municipality) as tx:
        sent = [await list_ids_in_file(tx, file["id"]) for file in files_made]
        assert [len(ids) for ids in sent] == [2, 2]
        assert await list_ids_in_file(tx, files_made[0]["id"], "of another batch") == []
        (instruction,) = await list_instructions(tx, sent[0][:1])
        waiting = replace(instruction, id=new_id(), attempt=2, replaces=instruction.id)
        others = replace(instruction, id=new_id(), run_id=new_id())
        await open_order(tx, others.run_id, others.month, others.execute_on)
        await add_instructions(tx, [waiting, others])
        assert await list_waiting(tx, run_id, 10) == [waiting]
        assert await list_waiting(tx, others.run_id, 10) == [others]
        assert (await get_last_number(tx, run_id), await get_last_number(tx, others.run_id)) == (2, 0)
