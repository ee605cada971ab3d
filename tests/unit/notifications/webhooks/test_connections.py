"""More than five hundred hostile targets: none is accepted, and where one is tried no socket is opened."""

import asyncio
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest

from services.notifications.subscriptions.rules.targets import find_fault, is_allowed
from services.notifications.webhooks.adapters.connections import PartnerClient
from services.notifications.webhooks.rules.attempts import WebhookProblem

_V4 = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4"),
    *("240.0.0.0/4", "192.88.99.0/24"),
)
_V6 = ("::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7")
_V6 = (*_V6, "fe80::/10", "fec0::/10", "ff00::/8", "3fff::/20", "5f00::/16")
_STEPS = 16


def spread(network: IPv4Network | IPv6Network) -> Iterator[IPv4Address | IPv6Address]:
    """Yield addresses over a network, its first and last among them."""
    for step in range(_STEPS + 1):
        yield network[(network.num_addresses - 1) * step // _STEPS]


def list_hostile_addresses() -> list[str]:
    v4 = [address for network in _V4 for address in spread(IPv4Network(network))]
    v6 = [address for network in _V6 for address in spread(IPv6Network(network))]
    inner = [IPv4Address(text) for text in ("127.0.0.1", "10.0.0.8", "169.254.169.254", "192.168.1.1", "100.64.0.1")]
    embedded = [
        form.format(f"{int(address) >> 16:x}:{int(address) & 0xFFFF:x}")
        for address in inner
        for form in ("::ffff:{}", "::{}", "64:ff9b::{}", "2002:{}::", "fe80::{}%eth0", "::ffff:0:{}")
    ]
    return [*map(str, v4), *map(str, v6), *embedded]


def list_spellings(address: IPv4Address) -> list[str]:
    """Return ways to write an address that resolvers read as it."""
    a, b, c, d = address.packed
    number = int(address)
    spelled = [str(number), hex(number), f"0{number:o}", f"{a}.{(b << 16) + (c << 8) + d}", f"{a}.{b}.{(c << 8) + d}"]
    spelled += [f"0{a:o}.{b}.{c}.{d}", f"0x{a:x}.{b}.{c}.{d}", f"{a}.{b}.{c}.{d}.", f"[::ffff:{address}]"]
    return spelled


HOSTILE = list_hostile_addresses()
SPELLINGS = [
    spelling
    for text in ("127.0.0.1", "127.1.2.3", "10.0.0.8", "169.254.169.254", "192.168.1.1", "0.0.0.1", "100.64.0.1")
    for spelling in list_spellings(IPv4Address(text))
]
NAMES = ("localhost", "LOCALHOST", "ip6-localhost", "metadata", "①②⑦.⓪.⓪.①", "127.0.0.1.", "[::1]", "[::]", "a..b")


def test_no_special_address_is_connected_to() -> None:
    assert len(HOSTILE) + len(SPELLINGS) + len(NAMES) > 500
    assert [address for address in HOSTILE if is_allowed(address, allows_loopback=False)] == []


@pytest.mark.parametrize("address", ["8.8.8.8", "185.37.1.2", "2a02:2c0::1", "1.0.0.1", "223.255.255.254"])
def test_a_public_address_is(address: str) -> None:
    assert is_allowed(address, allows_loopback=False)


def test_no_spelling_of_an_address_is_accepted_as_a_name() -> None:
    sinks = [f"https://{host}/events" for host in (*SPELLINGS, *NAMES, *HOSTILE)]
    assert [sink for sink in sinks if find_fault(sink, allows_loopback=False) is None] == []


async def test_what_is_tried_all_the_same_opens_no_socket() -> None:
    connected = []

    async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        writer.close()

    server = await asyncio.start_server(count, "127.0.0.1", 0, family=socket.AF_INET)
    port = server.sockets[0].getsockname()[1]
    client = PartnerClient(allows_loopback=False, timeout_seconds=5, ca_file=None, connections_max=10)
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "[::ffff:127.0.0.1]"):
        reply = await client.post(f"http://{host}:{port}/", {}, b"{}")
        assert reply.problem is WebhookProblem.TARGET_REFUSED, host
    await client.close()
    server.close()
    assert connected == []
