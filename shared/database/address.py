"""The address of a database, parsed once: pool, relay, probe, migrations and command line all connect through it.

`sslmode` and `sslrootcert` mean what they mean to libpq. A parameter that nothing here would heed is refused: an
address that asks for more than it gets is worse than one that does not work. CA files are read at each connection, so
a renewed one needs no restart.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    import asyncpg
    from sqlalchemy.ext.asyncio import AsyncEngine

CONNECT_SECONDS_MAX = 5.0
DIALECT_URL = "postgresql+asyncpg://"  # where to connect, the address alone knows
FORM = "postgresql://USER:PASSWORD@HOST:PORT/NAME"
PORT_DEFAULT = 5432
SYSTEM_CA = "system"


class SslMode(StrEnum):
    """How far a connection is protected: `verify-full` also checks that the certificate is of this host."""

    DISABLE = "disable"
    ALLOW = "allow"
    PREFER = "prefer"
    REQUIRE = "require"
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"


_VERIFYING = frozenset({SslMode.VERIFY_CA, SslMode.VERIFY_FULL})
_ENCRYPTING = _VERIFYING | {SslMode.REQUIRE}


@dataclass(frozen=True)
class DatabaseAddress:
    """Where a database is, as whom to connect, and how far the connection is protected. Shows no password."""

    host: str
    port: int
    name: str
    user: str
    password: str | None = field(default=None, repr=False)
    ssl_mode: SslMode = SslMode.PREFER
    ca_file: str | None = None

    @classmethod
    def parse(cls, url: "str | DatabaseAddress") -> "DatabaseAddress":
        """Return the address in a URL; ValueError with one sentence, without the password, for one that is not."""
        if isinstance(url, DatabaseAddress):
            return url
        try:
            parts = urlsplit(url)
            host, port, user, password = parts.hostname, parts.port or PORT_DEFAULT, parts.username, parts.password
        except ValueError:
            raise ValueError(f"This is no address of a database: write {FORM}.") from None
        name = unquote(parts.path.removeprefix("/"))
        if parts.scheme != "postgresql" or parts.fragment or not (host and user and name) or "/" in name:
            raise ValueError(f"This is no address of a database: write {FORM}.")
        mode, ca_file = _read_parameters(parts.query)
        return cls(unquote(host), port, name, unquote(user), password and unquote(password), mode, ca_file)

    @property
    def url(self) -> str:
        """Return the address as a URL, with its password."""
        password = "" if self.password is None else f":{quote(self.password, safe='')}"
        parameters = {} if self.ssl_mode is SslMode.PREFER else {"sslmode": self.ssl_mode.value}
        if self.ca_file is not None:
            parameters["sslrootcert"] = self.ca_file
        query = f"?{urlencode(parameters)}" if parameters else ""
        return f"postgresql://{quote(self.user, safe='')}{password}@{self}{query}"

    def __str__(self) -> str:
        """Return host, port and name: what an operator may see."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}/{quote(self.name, safe='')}"

    def at(self, *, name: str | None = None, user: str | None = None) -> Self:
        """Return the address of another database on this server, or of the same one for another user."""
        return replace(self, name=name or self.name, user=user or self.user)

    async def connect(
        self,
        *,
        timeout_seconds: float,
        command_timeout_seconds: float | None = None,
        server_settings: Mapping[str, str] | None = None,
    ) -> "asyncpg.Connection":
        """Open a connection: the only place that does."""
        import asyncpg

        return await asyncpg.connect(
            host=self.host,
            port=self.port,
            database=self.name,
            user=self.user,
            password=self.password,
            ssl=self._choose_ssl(),
            timeout=timeout_seconds,
            command_timeout=command_timeout_seconds,
            server_settings=dict(server_settings or {}),
        )

    def create_engine(self, **options: Any) -> "AsyncEngine":
        """Return an engine of SQLAlchemy whose connections come from `connect`."""
        from sqlalchemy.ext.asyncio import create_async_engine

        connect = partial(self.connect, timeout_seconds=CONNECT_SECONDS_MAX)
        return create_async_engine(DIALECT_URL, **{"async_creator": connect, **options})

    def _choose_ssl(self) -> Any:
        """Return what the driver takes: a context where encryption is a must, else the mode that it tries by itself."""
        if self.ssl_mode not in _ENCRYPTING:
            return self.ssl_mode.value
        context = ssl.create_default_context(cafile=None if self.ca_file in (None, SYSTEM_CA) else self.ca_file)
        context.check_hostname = self.ssl_mode is SslMode.VERIFY_FULL
        if self.ca_file is None:
            context.verify_mode = ssl.CERT_NONE
        return context


def _read_parameters(query: str) -> tuple[SslMode, str | None]:
    """Return mode and CA file. A CA file with `require` is checked, as libpq does."""
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    unknown = sorted(given.keys() - {"sslmode", "sslrootcert"})
    if unknown or len(given) != len(pairs):
        what = f"has the parameter {', '.join(unknown)}" if unknown else "names a parameter twice"
        raise ValueError(f"The address of the database {what}: give sslmode and sslrootcert at most, each once.")
    if given.get("sslmode", SslMode.PREFER) not in set(SslMode):
        raise ValueError(f"The sslmode of the database's address is not known: write one of {', '.join(SslMode)}.")
    mode, ca_file = SslMode(given.get("sslmode", SslMode.PREFER)), given.get("sslrootcert")
    if mode in _VERIFYING and not ca_file:
        raise ValueError(
            f"The address of the database has sslmode={mode} and no sslrootcert: give the file with the CA's "
            f"certificate, or {SYSTEM_CA} for those that the machine trusts."
        )
    if ca_file is not None and mode not in _ENCRYPTING:
        raise ValueError(
            f"The address of the database has sslrootcert, which sslmode={mode} does not check: "
            "write sslmode=verify-full."
        )
    if ca_file == SYSTEM_CA and mode is not SslMode.VERIFY_FULL:
        raise ValueError(
            f"The address of the database trusts every CA of the machine and has sslmode={mode}, so that any host "
            "would do: write sslmode=verify-full."
        )
    if ca_file not in (None, SYSTEM_CA) and not Path(str(ca_file)).is_file():
        raise ValueError(f"The sslrootcert of the database's address, {ca_file}, is not there: mount it or correct it.")
    return mode, ca_file
