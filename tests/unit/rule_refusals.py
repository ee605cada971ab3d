"""What a rule refused, as tests compare it."""

import pytest

from shared.errors.refusals import WrongInputError


def list_faults(refusal: pytest.ExceptionInfo[WrongInputError]) -> set[tuple[str, str]]:
    """Return each fault as its field and its code."""
    return {(fault.field, fault.code) for fault in refusal.value.faults}
