"""On a real PostgreSQL with TLS: pool, probe, relay, migrations and command line all heed the same address."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from meedoen.stack.errors import LocalError
from meedoen.stack.operations import DatabaseLocation, list_events
from meedoen.stack.postgres import start_postgres
from meedoen.stack.postgres_binaries import POSTGRES_BIN_SETTING
from meedoen.stack.postgres_home import read_instance
from shared.database.migrations import ServiceDatabase, upgrade
from shared.http.requests import DatabaseDep
from shared.messaging.metrics import CoreMetrics
from shared.messaging.relay import Relay
from shared.service import ServiceDefinition, create_service
from shared.settings import ServiceSettings
from shared.testing import eventually
from shared.testing.databases import TestDatabases
from shared.testing.running_service import run_service

router = APIRouter()
SERVICE = "recruitment"
DEFINITION = ServiceDefinition(SERVICE, "Werving", "Een verzonnen dienst.", router, ())
IS_ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
SettingsFor = Callable[..., ServiceSettings]


@router.get("/encrypted")
async def is_encrypted(database: DatabaseDep) -> bool:
    async with database.transaction("gm0637") as tx:
        return bool(await (await tx.driver()).fetchval(IS_ENCRYPTED))


def write_certificates(folder: Path) -> None:
    """Write `ca.pem` with a server's certificate for 127.0.0.1 alone, and `other.pem` of a CA that signed nothing."""
    ca, ca_key = make_certificate("meedoen-ca", None)
    server, server_key = make_certificate("meedoen-db", (ca, ca_key), address="127.0.0.1")
    private = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for name, certificate in (("ca", ca), ("server", server), ("other", make_certificate("other-ca", None)[0])):
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(private)
    (folder / "server.key").chmod(0o600)


def make_certificate(
    name: str, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None, *, address: str | None = None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.OID_COMMON_NAME, name)])
    certificate, issuer_key = issuer or (None, key)
    signer = certificate.subject if certificate else subject
    usage = x509.KeyUsage(
        **dict.fromkeys(("digital_signature", "key_cert_sign", "crl_sign"), True),
        **dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False),
        **dict.fromkeys(("encipher_only", "decipher_only"), False),
    )
    built = (
        x509.CertificateBuilder(signer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if issuer is None:
        built = built.add_extension(usage, critical=True)
    if address is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        built = built.add_extension(names, critical=False)
    return built.sign(issuer_key, hashes.SHA256()), key


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder)
    return folder


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, certificates: Path) -> Iterator[ServiceDatabase]:
    """A migrated database on a server that has a certificate."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(POSTGRES_BIN_SETTING, find_programs_with_tls())
        server = start_postgres(tmp_path_factory.mktemp("tls"), parent_pid=os.getpid())
    with ThreadPoolExecutor(1) as pool:  # a loop may be running here
        give_certificate(read_instance(server.state_dir).data, certificates)
        pool.submit(lambda: asyncio.run(turn_tls_on(server.admin_url))).result()
    server.restart()
    yield TestDatabases(server.admin_url, "").copy(SERVICE)[1]
    server.remove()


def find_programs_with_tls() -> str:
    """Return the folder of a PostgreSQL that was built with TLS: the wheel's is not."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin")]
    for folder in folders:
        if (folder / "initdb").exists() and "openssl" in run([folder / "pg_config", "--configure"]):
            return str(folder)
    pytest.skip("No PostgreSQL with TLS is installed on this machine: apt-get install postgresql has one.")


def run(command: list[str | Path]) -> str:
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


def give_certificate(data: Path, certificates: Path) -> None:
    """Copy certificate and key beside the server's data, for the user who runs it."""
    owner = data.stat()
    for name in ("server.pem", "server.key"):
        shutil.copy(certificates / name, data / name)
        os.chown(data / name, owner.st_uid, owner.st_gid)


async def turn_tls_on(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute("ALTER SYSTEM SET ssl_cert_file = 'server.pem'")
        await connection.execute("ALTER SYSTEM SET ssl_key_file = 'server.key'")
        await connection.execute("ALTER SYSTEM SET ssl = on")
    finally:
        await connection.close()


class SilentPublisher:
    """Takes everything; nothing is there to publish."""

    async def publish(self, rows: object) -> None:
        pass

    async def reset(self) -> None:
        pass

    async def fetch_cluster_id(self) -> None:
        return None


async def try_requests(database: ServiceDatabase, query: str, settings_for: SettingsFor) -> bool:
    """Whether requests work; the probe must say the same."""
    settings = settings_for(SERVICE, database_url=database.url + query, messaging_enabled=False)
    async with run_service(create_service(settings, DEFINITION)) as service:

        async def probe() -> tuple[bool] | None:
            """The probe's answer, once it has looked."""
            check = (await service.get("http://service/health/ready")).json()["checks"]["database"]
            return None if check.get("reason") == "not probed yet" else (check["up"],)

        (is_up,) = await eventually(probe, 10, what="the probe has looked")
        answer = await service.get("/encrypted")
        assert is_up == (answer.status_code == 200), "the probe says otherwise than the requests"
        assert not is_up or answer.json() == ("disable" not in query)
        return bool(is_up)


async def try_relay(database: ServiceDatabase, query: str, _settings_for: SettingsFor) -> bool:
    metrics = CoreMetrics(CollectorRegistry())
    relay = Relay(database.relay_url + query, SilentPublisher(), metrics, failure_pause_seconds=0.05)
    running = asyncio.create_task(relay.run())

    async def read_outcome() -> tuple[bool] | None:
        samples = metrics.relay_failures.collect()[0].samples
        has_failed = any(sample.value for sample in samples if sample.name.endswith("_total"))
        return (relay.state == "active",) if has_failed or relay.state == "active" else None

    try:
        (is_active,) = await eventually(read_outcome, 10, what="the relay is active or has failed")
        return bool(is_active)
    finally:
        relay.stop()
        await running


async def try_migration(database: ServiceDatabase, query: str, _settings_for: SettingsFor) -> bool:
    try:
        await asyncio.to_thread(upgrade, SERVICE, database.owner_url + query)
    except OSError:
        return False
    return True


async def try_commands(database: ServiceDatabase, query: str, _settings_for: SettingsFor) -> bool:
    try:
        await asyncio.to_thread(list_events, [DatabaseLocation(SERVICE, database.operator_url + query)])
    except LocalError:
        return False
    return True


WAYS = (try_requests, try_relay, try_migration, try_commands)


@pytest.mark.parametrize(
    ("query", "is_let_in"),
    [
        ("", True),
        ("?sslmode=disable", True),
        ("?sslmode=prefer", True),
        ("?sslmode=require", True),
        ("?sslmode=require&sslrootcert={folder}/ca.pem", True),
        ("?sslmode=verify-ca&sslrootcert={folder}/ca.pem", True),
        ("?sslmode=verify-full&sslrootcert={folder}/ca.pem", True),
        ("?sslmode=require&sslrootcert={folder}/other.pem", False),
        ("?sslmode=verify-ca&sslrootcert={folder}/other.pem", False),
        ("?sslmode=verify-full&sslrootcert={folder}/other.pem", False),
        ("?sslmode=verify-full&sslrootcert=system", False),
    ],
)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_every_way_heeds_the_same_address(
    way: Callable[[ServiceDatabase, str, SettingsFor], Awaitable[bool]],
    query: str,
    is_let_in: bool,  # noqa: FBT001 - a case of the table
    database: ServiceDatabase,
    certificates: Path,
    settings_for: SettingsFor,
) -> None:
    assert await way(database, query.format(folder=certificates), settings_for) is is_let_in


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_only_verify_full_asks_whose_certificate_it_is(
    way: Callable[[ServiceDatabase, str, SettingsFor], Awaitable[bool]],
    database: ServiceDatabase,
    certificates: Path,
    settings_for: SettingsFor,
) -> None:
    """The certificate is of 127.0.0.1; `localhost` is the same server by a name that it does not bear."""
    elsewhere = ServiceDatabase(
        *(url.replace("127.0.0.1", "localhost") for url in vars(database).values())  # in the order of the fields
    )
    ca = f"sslrootcert={certificates}/ca.pem"
    assert await way(elsewhere, f"?sslmode=verify-ca&{ca}", settings_for)
    assert not await way(elsewhere, f"?sslmode=verify-full&{ca}", settings_for)
