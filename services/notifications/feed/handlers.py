"""What is done with the logs of subscriptions: facts come in, days are closed, documents are read."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from services.notifications.feed import repository
from services.notifications.feed.rules.entries import Entry, FeedWriter, Frame
from services.notifications.feed.rules.links import LinkBook, PersonUnlinked
from services.notifications.partners import handlers as partners
from services.notifications.partners.rules.partners import Link, Partner
from services.notifications.subscriptions import handlers as subscriptions
from services.notifications.subscriptions.handlers import SubscriptionHooks
from services.notifications.subscriptions.rules.subscriptions import PartnerSubscription, Protocol, require_receiving
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError
from shared.events import CandidateWithdrawn, EventData, MandateGranted
from shared.events.envelope import parse_moment
from shared.events.partner_notices import (
    TYPES,
    DigestPublished,
    LinkEndReason,
    TestDelivered,
    compute_digest,
)
from shared.http.requests import Caller
from shared.messaging import Received

EntriesAdded = Callable[[Sequence[Entry], Sequence[PartnerSubscription], Transaction], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class FeedHooks(SubscriptionHooks):
    """What the logs need of the application: its public address, its OIN, how long to keep, and who delivers."""

    public_url: str
    organisation_oin: str
    retention_days: int
    entries_added: EntriesAdded


async def append_facts(received: Sequence[Received[EventData]], tx: Transaction) -> None:
    """Add facts to the logs of the partners that they concern, many at once and each once."""
    people = {person_id for fact in received if (person_id := _find_person(fact.data))}
    creditors = {
        fact.data.creditor for fact in received if isinstance(fact.data, MandateGranted) and fact.data.creditor
    }
    concerned = await partners.load_concerned(people, creditors, tx) if people else []
    if not concerned:
        return
    now, today = await repository.read_clock(tx)
    writer, receiving = await _open_writer(concerned, [fact.event_id for fact in received], now, today, tx)
    book = LinkBook.open(concerned, await partners.load_links(people, tx))
    entries: list[Entry] = []
    for fact in received:
        entries += writer.write_fact(fact.data, fact.event_id, fact.logged_at, book)
    await partners.save_links(book.opened, book.ended, tx)
    await _save(entries, writer, receiving, tx)
    withdrawn = [fact.data.person_id for fact in received if isinstance(fact.data, CandidateWithdrawn)]
    if withdrawn:
        await _take_back(withdrawn, concerned, writer, now, tx)


async def end_link(partner_id: UUID, link_id: UUID, ended_on: date, tx: Transaction) -> Link:
    """End a link that a case manager recorded, and tell the partner if it was the person's last."""
    link = await partners.find_link(partner_id, link_id, tx)
    if link.ended_on is not None:
        return link
    partner = await partners.get_partner(partner_id, tx)
    now, today = await repository.read_clock(tx)
    writer, receiving = await _open_writer([partner], [], now, today, tx)
    ended = await partners.end_link(link, ended_on, tx)
    others = [other for other in await partners.load_links([link.person_id], tx) if other.partner_id == partner_id]
    if all(other.ended_on is not None for other in others):
        unlinked = PersonUnlinked(partner_id, link.person_id, ended_on, LinkEndReason.RECORDED)
        entries = list(writer.write_unlinked(unlinked, uuid5(link.id, "ended"), now))
        await _save(entries, writer, receiving, tx)
    return ended


async def read_clock(tx: Transaction) -> tuple[datetime, date]:
    """Return this moment and the Dutch day, by the clock of the database."""
    return await repository.read_clock(tx)


async def close_day(day: date, tx: Transaction) -> None:
    """Add to each log the digest of the day before, and delete what is older than the retention; once for each day."""
    now, today = await repository.read_clock(tx)
    everyone = await partners.list_all(tx)
    active = [partner for partner in everyone if partner.is_active(today)]
    origin_of = {partner.id: uuid5(partner.id, f"digest {day}") for partner in active}
    writer, receiving = await _open_writer(active, list(origin_of.values()), now, today, tx)
    entries: list[Entry] = []
    for subscription in receiving:
        documents = await repository.list_since_digest(tx, subscription.id, TYPES[DigestPublished])
        digest = compute_digest(day - timedelta(days=1), documents)
        entries += writer.write_notice(subscription, digest, origin_of[subscription.partner_id], now)
    await _save(entries, writer, receiving, tx)
    await repository.delete_old(tx, tx.hooks(FeedHooks).retention_days)


async def add_test(subscription_id: UUID, test_id: UUID, caller: Caller, tx: Transaction) -> None:
    """Add a test to a log; the same id again adds none."""
    subscription, partner = await subscriptions.read_subscription(subscription_id, caller, tx)
    now, today = await repository.read_clock(tx)
    require_receiving(subscription, partner, today)
    writer, receiving = await _open_writer([partner], [test_id], now, today, tx)
    own = [each for each in receiving if each.id == subscription.id]
    entries = [entry for each in own for entry in writer.write_notice(each, TestDelivered(), test_id, now)]
    await _save(entries, writer, own, tx)


async def fetch_documents(
    subscription_id: UUID, since: str | None, limit: int, caller: Caller, tx: Transaction
) -> list[bytes]:
    """Return the documents after a number or since a moment, in order."""
    subscription, partner = await subscriptions.read_subscription(subscription_id, caller, tx)
    if subscription.protocol is not Protocol.PULL:
        raise ConflictError("not_fetched", "This subscription is delivered and not fetched: ask for one of pull.")
    require_receiving(subscription, partner, (await repository.read_clock(tx))[1])
    after = int(since or 0) if since is None or since.isdecimal() else await _find_before(subscription, since, tx)
    return [document for _, document in await repository.read_page(tx, subscription_id, after, limit)]


async def _find_before(subscription: PartnerSubscription, since: str, tx: Transaction) -> int:
    """Return the number before the first document since a moment; the last one if nothing came since."""
    moment = parse_moment(since)
    first = await repository.find_first_since(tx, subscription.id, moment)
    return subscription.last_sequence if first is None else first - 1


async def _open_writer(
    concerned: Sequence[Partner], origins: Sequence[UUID], now: datetime, today: date, tx: Transaction
) -> tuple[FeedWriter, list[PartnerSubscription]]:
    """Return the writer for the logs of those of these partners whose purpose holds, and lock these logs."""
    hooks = tx.hooks(FeedHooks)
    frame = Frame(tx.municipality, hooks.public_url, hooks.organisation_oin, now)
    active = [partner for partner in concerned if partner.is_active(today)]
    receiving = await subscriptions.lock_receiving(active, tx) if active else []
    written = await repository.find_written(tx, origins) if receiving and origins else set()
    return FeedWriter(frame, concerned, receiving, written), receiving


async def _save(
    entries: Sequence[Entry], writer: FeedWriter, receiving: Sequence[PartnerSubscription], tx: Transaction
) -> None:
    if entries:
        await repository.add_entries(tx, entries)
        await subscriptions.advance(writer.last_sequences, tx)
        await tx.hooks(FeedHooks).entries_added(entries, receiving, tx)


async def _take_back(
    person_ids: Iterable[UUID], concerned: Sequence[Partner], writer: FeedWriter, now: datetime, tx: Transaction
) -> None:
    """Empty what the logs hold about people who withdrew, delivered or not."""
    by_id = {partner.id: partner for partner in concerned}
    held = await repository.list_about(tx, person_ids)
    await repository.replace_entries(
        tx, [writer.take_back(entry, by_id[partner_id], now) for entry, partner_id in held]
    )


def _find_person(fact: EventData) -> UUID | None:
    person_id: UUID | None = getattr(fact, "person_id", None)
    return person_id
