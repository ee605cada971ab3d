"""What the tests of growing independent ask of a service, over HTTP."""

from typing import Any

from shared.testing.running_service import RunningService

DONGEMOND = "gm0779"  # suppliers call first, a sounding board, early signals for half a year


async def ask(service: RunningService, path: str, status: int = 201, /, **body: Any) -> Any:
    """Post a body and return the answer, or the text of one that is not a success."""
    answer = await service.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if status == 201 else answer.text
