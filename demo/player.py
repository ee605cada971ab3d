"""Plays a season on a running chain: each week's commands wave by wave, its days, and what the desk does with them."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import zip_longest
from typing import Any
from uuid import UUID

from demo.chain import REQUESTS_AT_ONCE_MAX, Chain, Run
from demo.desk import Desk
from demo.logs import Logs
from demo.stage import Moment, Show
from demo.story import DAYS_IN_WEEK, Command, Season, Step, Week

DRAIN_SECONDS_MAX = 60.0
DAYS_AT_ONCE_MAX = 4 * DAYS_IN_WEEK


class Player:
    """Sends the season. Answers are kept only for what later commands recall."""

    def __init__(self, run: Run, chain: Chain, logs: Logs, season: Season, show: Show) -> None:
        self._desk = Desk(chain, season.municipalities)
        self._run = run
        self._chain = chain
        self._logs = logs
        self._season = season
        self._show = show
        self._days: list[date] = []
        self._answers: dict[tuple[UUID, Step], Any] = {}
        self._turn = asyncio.Semaphore(REQUESTS_AT_ONCE_MAX)

    async def play(self) -> None:
        """The whole season; DemoError at the first command that is refused."""
        events, began = 0, time.monotonic()
        for week, following in zip_longest(self._season.weeks, self._season.weeks[1:]):
            if not await self._play_week(week, following):
                continue
            told, now = await self._logs.counts(), time.monotonic()
            pace = (sum(told.values()) - events) / max(now - began, 0.001)
            events, began = sum(told.values()), now
            self._show(Moment(week.number, len(self._season.weeks), week.first_day, told, pace))

    async def _play_week(self, week: Week, following: Week | None) -> bool:
        """Whether its days have started; those of weeks in which nothing is asked start together, which saves waits."""
        for wave in week.waves:
            await self._play_wave(wave)
            await self._drained()
        self._days += week.days
        if following and not following.waves and len(self._days) < DAYS_AT_ONCE_MAX:
            return False
        await self._start_days()
        if await self._desk.settle(week.days[-1]):
            await self._drained()
        return True

    async def _start_days(self) -> None:
        """The days of each municipality; where they are the same in all, together."""
        by_town = {town: self._season.days_of(town, self._days) for town in self._season.municipalities}
        days, self._days = self._days, []
        if all(own == tuple(days) for own in by_town.values()):
            await asyncio.to_thread(self._run.publish_days, days)
        else:
            for town, own in by_town.items():
                if own:
                    await asyncio.to_thread(self._run.publish_days, own, town)
        await self._drained()

    async def _play_wave(self, wave: Iterable[Command]) -> None:
        """Many subjects at once, each one's commands in their order."""
        await asyncio.gather(*(self._send_all(commands) for commands in _by_subject(wave)))

    async def _send_all(self, commands: Iterable[Command]) -> None:
        async with self._turn:
            for command in commands:
                recalled = {name: self._recall(command, *place) for name, place in command.recall.items()}
                answer = await self._chain.send(command, recalled)
                if command.step is Step.INTAKE:
                    self._answers[command.subject, command.step] = answer

    def _recall(self, command: Command, step: Step, field: str) -> Any:
        return self._answers[command.subject, step][field]

    async def _drained(self) -> None:
        await asyncio.to_thread(self._run.wait_until_drained, DRAIN_SECONDS_MAX)


def _by_subject(wave: Iterable[Command]) -> Iterator[list[Command]]:
    subjects: dict[UUID, list[Command]] = {}
    for command in wave:
        subjects.setdefault(command.subject, []).append(command)
    yield from subjects.values()
