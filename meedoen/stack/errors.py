"""The one error of the local runner: its text is a sentence for the person who runs the command."""


class LocalError(RuntimeError):
    """Something on this machine prevents the command; the text says what is wrong and how to fix it."""
