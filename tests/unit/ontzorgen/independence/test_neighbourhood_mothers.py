"""Neighbourhood mothers: sent again, nothing of a guide changes but her last day."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from services.ontzorgen.independence.rules.neighbourhood_mothers import NeighbourhoodMother, require_same_mother
from shared.errors.refusals import ConflictError


def test_an_id_in_use_is_the_same_guide_or_refused() -> None:
    mother = NeighbourhoodMother(uuid4(), ("ti", "ar"), date(2026, 9, 1))
    assert require_same_mother(mother, replace(mother, until_day=date(2026, 12, 31))) == mother
    with pytest.raises(ConflictError, match="with other content"):
        require_same_mother(mother, replace(mother, languages=("ti",)))
    with pytest.raises(ConflictError, match="with other content"):
        require_same_mother(None, mother)
