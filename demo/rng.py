"""Seeded random choices: the same seed gives the same ids and the same people, whatever the clock says."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.calendar import business_day_from

T = TypeVar("T")
NAMESPACE = uuid5(NAMESPACE_URL, "https://meedoen.example/demo")


class SeededRandom:
    """One season's choices. `id` does not depend on what was drawn before."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = random.Random(seed)

    def id(self, kind: str, *path: object) -> UUID:
        return UUID(int=uuid5(NAMESPACE, "/".join(map(str, (self._seed, kind, *path)))).int, version=4)

    def between(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def one_of(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def some_of(self, choices: Sequence[T], count: int) -> list[T]:
        return self._random.sample(choices, count)

    def shares(self, weights: Mapping[T, int], count: int) -> list[T]:
        """Draw `count` values in proportion to their weights, as closely as whole numbers allow, in random order."""
        total = sum(weights.values())
        drawn = [value for value, weight in weights.items() for _ in range(count * weight // total)]
        by_remainder = sorted(weights, key=lambda value: -(count * weights[value] % total))
        drawn += by_remainder[: count - len(drawn)]
        self._random.shuffle(drawn)
        return drawn

    def office_day(self, day: date, least: int, most: int) -> date:
        """Draw a working day within this many days, or the first working day after it."""
        return business_day_from(day + timedelta(days=self.between(least, most)))
