"""Plays a season on a running chain: each week's commands wave by wave, its days, and the office's reactions."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import zip_longest
from typing import Any
from uuid import UUID

from demo.chain import REQUESTS_AT_ONCE_MAX, Chain, Run
from demo.logs import Logs
from demo.progress import SeasonProgress, ShowProgress
from demo.relief_office import ReliefOffice
from demo.story import DAYS_IN_WEEK, Command, Season, Step, Week

DRAIN_SECONDS_MAX = 60.0
DAYS_AT_ONCE_MAX = 4 * DAYS_IN_WEEK


class Player:
    """Sends the season. Answers are kept only for what later commands recall."""

    def __init__(self, run: Run, chain: Chain, logs: Logs, season: Season, show: ShowProgress) -> None:
        self._office = ReliefOffice(chain, season.municipalities)
        self._run = run
        self._chain = chain
        self._logs = logs
        self._season = season
        self._show = show
        self._days: list[date] = []
        self._answers: dict[tuple[UUID, Step], Any] = {}
        self._turn = asyncio.Semaphore(REQUESTS_AT_ONCE_MAX)

    async def play(self) -> None:
        """Play the whole season; DemoError at the first command that is refused."""
        events, began = 0, time.monotonic()
        for week, following in zip_longest(self._season.weeks, self._season.weeks[1:]):
            if not await self._play_week(week, following):
                continue
            event_counts, now = await self._logs.count_by_type(), time.monotonic()
            pace = (sum(event_counts.values()) - events) / max(now - began, 0.001)
            events, began = sum(event_counts.values()), now
            self._show(SeasonProgress(week.number, len(self._season.weeks), week.first_day, event_counts, pace))

    async def _play_week(self, week: Week, following: Week | None) -> bool:
        """Return whether its days have started; weeks without commands start together, which saves waits."""
        for wave in week.waves:
            await self._play_wave(wave)
            await self._wait_until_drained()
        self._days += week.days
        if following and not following.waves and len(self._days) < DAYS_AT_ONCE_MAX:
            return False
        await self._start_days()
        if await self._office.process_runs(week.days[-1]):
            await self._wait_until_drained()
        return True

    async def _start_days(self) -> None:
        """Start the days of each municipality; together if they are the same in all."""
        by_town = {town: self._season.days_in(town, self._days) for town in self._season.municipalities}
        days, self._days = self._days, []
        if all(own_days == tuple(days) for own_days in by_town.values()):
            await asyncio.to_thread(self._run.publish_days, days)
        else:
            for town, own_days in by_town.items():
                if own_days:
                    await asyncio.to_thread(self._run.publish_days, own_days, town)
        await self._wait_until_drained()

    async def _play_wave(self, wave: Iterable[Command]) -> None:
        """Send many subjects' commands at once, each one's in their order."""
        await asyncio.gather(*(self._send_all(commands) for commands in _group_by_subject(wave)))

    async def _send_all(self, commands: Iterable[Command]) -> None:
        async with self._turn:
            for command in commands:
                recalled = {name: self._recall(command, *source) for name, source in command.recall.items()}
                answer = await self._chain.send(command, recalled)
                if command.step is Step.INTAKE:
                    self._answers[command.subject, command.step] = answer

    def _recall(self, command: Command, step: Step, field: str) -> Any:
        return self._answers[command.subject, step][field]

    async def _wait_until_drained(self) -> None:
        await asyncio.to_thread(self._run.wait_until_drained, DRAIN_SECONDS_MAX)


def _group_by_subject(wave: Iterable[Command]) -> Iterator[list[Command]]:
    subjects: dict[UUID, list[Command]] = {}
    for command in wave:
        subjects.setdefault(command.subject, []).append(command)
    yield from subjects.values()
