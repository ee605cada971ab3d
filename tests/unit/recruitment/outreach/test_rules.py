"""How ambassadors go out, as statements."""

from uuid import uuid4

import pytest
from recruitment_states import JULY
from rule_refusals import list_faults

from services.recruitment.ambassadors.rules import OnRecord
from services.recruitment.outreach.rules import Outreach, hold_outreach
from shared.errors.refusals import WrongInputError
from shared.events.codes import OutreachChannel


def test_nobody_goes_alone_where_pairs_are_the_rule() -> None:
    ambassador_id = uuid4()
    on_record = OnRecord(neighbourhood=True, ambassador_ids={ambassador_id})
    alone = Outreach(uuid4(), OutreachChannel.SCHOOL, "meerzicht", (ambassador_id,), 14, JULY)

    with pytest.raises(WrongInputError) as refusal:
        hold_outreach(alone, on_record, ambassadors_min=2)
    assert list_faults(refusal) == {("ambassador_ids", "works_in_pairs")}

    assert hold_outreach(alone, on_record, ambassadors_min=1).people_reached == 14
