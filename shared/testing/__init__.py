"""Helpers for the tests of several services. Importing this does no I/O."""

from shared.testing.eventually import eventually

__all__ = ["eventually"]
