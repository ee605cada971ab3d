"""What tests of more than one service use. Importing this does no I/O."""

from shared.testing.eventually import eventually

__all__ = ["eventually"]
