"""Why a command was not done, in sentences for the person at the keyboard."""

from meedoen.stack.errors import LocalError

WRITTEN_WRONGLY, NOT_DONE = 2, 1


class RefusedError(LocalError):
    """What was asked was not done: `exit_code` 2 when the input was not right, else 1."""

    def __init__(self, *sentences: str, exit_code: int = NOT_DONE) -> None:
        super().__init__("\n".join(sentences))
        self.exit_code = exit_code


def wrong(*sentences: str) -> RefusedError:
    """The command was written wrongly."""
    return RefusedError(*sentences, exit_code=WRITTEN_WRONGLY)
