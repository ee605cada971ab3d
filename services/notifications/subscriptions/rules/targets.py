"""Where a webhook may be delivered: an address of the public internet, decided on the address that is connected to.

A name says nothing: it may resolve to another address tomorrow, and 2130706433 or 0177.0.0.1 are ways to write
127.0.0.1. So the resolved address is compared with what is public, by the registries of special addresses of IANA.
"""

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

HTTPS: Final = "https"
_PRIVILEGED_PORT_MAX: Final = 1_023
_PORTS_OF_WEB: Final = frozenset({443})
_NAME: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<user>[^/?#]*@)?(?P<host>\[[^\]/?#]*\]|[^:/?#\[\]]*)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?][^#]*)?(?P<fragment>#.*)?"
)
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SPECIAL_V4: Final = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_SPECIAL_V6: Final = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"))
)


def find_fault(sink: str, *, allows_loopback: bool) -> str | None:
    """Return the sentence that says why an address cannot be delivered to; None for one that can be tried."""
    address = _ADDRESS.fullmatch(sink)
    if address is None:
        return "This is not an address: give one such as https://events.example.nl/meedoen."
    if address["user"] is not None or address["fragment"] is not None:
        return "An address holds no name, password or fragment: deliveries are signed instead."
    port = int(address["port"]) if address["port"] else None
    if allows_loopback and address["host"] in _LOOPBACK_NAMES:
        return None
    if address["scheme"] != HTTPS:
        return "Deliveries go over https only: give an address that begins with https://."
    return _find_fault_of_server(address["host"], port)


def _find_fault_of_server(host: str, port: int | None) -> str | None:
    if not _NAME.fullmatch(host):
        return "Give the name of a server in lower case letters, with its domain, and no number in its place."
    if port is not None and port <= _PRIVILEGED_PORT_MAX and port not in _PORTS_OF_WEB:
        return "This port is for another service: use 443, or one above 1023."
    return None


def is_allowed(address: str, *, allows_loopback: bool) -> bool:
    """Return whether a resolved address may be connected to; what is no address may not."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        is_public = ip in _GLOBAL_V6 and not any(ip in network for network in _SPECIAL_V6)
    else:
        is_public = not any(ip in network for network in _SPECIAL_V4)
    return is_public or (allows_loopback and ip.is_loopback)
