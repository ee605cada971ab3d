"""What a service refused over HTTP, as tests compare it."""

import httpx


def list_faults(answer: httpx.Response) -> set[tuple[str, str]]:
    """Return each input error as its field and its code."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}
