"""Why a command was not done, in sentences for the person at the keyboard."""

from meedoen.stack.errors import LocalError

EXIT_USAGE, EXIT_FAILED = 2, 1


class RefusedError(LocalError):
    """What was asked was not done: `exit_code` 2 when the input was not right, else 1."""

    def __init__(self, *sentences: str, exit_code: int = EXIT_FAILED) -> None:
        super().__init__("\n".join(sentences))
        self.exit_code = exit_code


def usage_error(*sentences: str) -> RefusedError:
    """The command was written wrongly."""
    return RefusedError(*sentences, exit_code=EXIT_USAGE)
