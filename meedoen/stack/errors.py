"""The one error of the local runner: its text is a sentence for the person at the keyboard."""


class LocalError(RuntimeError):
    """Something on this machine stands in the way; the text says what and how to mend it."""
