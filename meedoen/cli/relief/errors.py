"""Why a command failed, in sentences for the person who runs it."""

from meedoen.stack.errors import LocalError

EXIT_USAGE, EXIT_FAILED = 2, 1


class RefusedError(LocalError):
    """The command failed: `exit_code` is 2 if the input was wrong, else 1."""

    def __init__(self, *sentences: str, exit_code: int = EXIT_FAILED) -> None:
        super().__init__("\n".join(sentences))
        self.exit_code = exit_code


def usage_error(*sentences: str) -> RefusedError:
    """Return the error of a command that was written wrongly."""
    return RefusedError(*sentences, exit_code=EXIT_USAGE)
