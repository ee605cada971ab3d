"""Certificates and passwords of a secure local broker, made for this machine alone, in a folder for its owner alone.

An authority signs the broker's certificate and one for each user; each user has a password for SCRAM too. Nothing here
is for an installation: there, certificates come from the site's own authority.
"""

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from meedoen.stack.processes import write_atomically
from shared.messaging.security import KafkaSecurity

NODE = "meedoen-node"
VALID_DAYS = 30


@dataclass(frozen=True)
class KafkaSecrets:
    """The folder of certificates and passwords."""

    folder: Path

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def by_password(self, user: str) -> KafkaSecurity:
        """Return how this user connects by SCRAM over TLS."""
        return KafkaSecurity(
            protocol="SASL_SSL",
            ca_file=self.ca_file,
            mechanism="SCRAM-SHA-512",
            username=user,
            password_file=self.folder / f"{user}.password",
        )

    def read_password(self, user: str) -> str:
        return (self.folder / f"{user}.password").read_text("utf-8").strip()

    def environment(self, user: str) -> dict[str, str]:
        """Return the settings with which a process connects as this user."""
        return {
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SSL_CA_FILE": str(self.ca_file),
            "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD_FILE": str(self.folder / f"{user}.password"),
        }


def make_secrets(folder: Path, users: tuple[str, ...]) -> KafkaSecrets:
    """Make an authority, a certificate and a password for each user, and one file for the broker's own use."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for user in users:
        write_atomically(folder / f"{user}.password", secrets.token_urlsafe(24))
    made = KafkaSecrets(folder)
    renew_certificates(made, users)
    return made


def renew_certificates(made: KafkaSecrets, users: tuple[str, ...]) -> None:
    """Replace the authority and every certificate; passwords stay."""
    authority = Authority.make()
    for user in users:
        certificate, key = authority.issue(user)
        write_atomically(made.folder / f"{user}.key", key)
        write_atomically(made.folder / f"{user}.pem", certificate)
        if user == NODE:
            write_atomically(made.folder / "node-keystore.pem", key + certificate)
    write_atomically(made.ca_file, authority.certificate)


@dataclass(frozen=True)
class Authority:
    """A certificate authority that lives as long as this object: its key is never written."""

    key: ec.EllipticCurvePrivateKey
    name: x509.Name
    certificate: str

    @classmethod
    def make(cls) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Meedoen on this machine")
        built = _begin(name, name, key.public_key()).add_extension(x509.BasicConstraints(True, 0), critical=True)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        signed = built.add_extension(usage, critical=True).sign(key, hashes.SHA256())
        return cls(key, name, signed.public_bytes(serialization.Encoding.PEM).decode())

    def issue(self, user: str) -> tuple[str, str]:
        """Return a certificate and its key (PEM) for a user, who may be a client and the server of this machine."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
        )
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH] + ([ExtendedKeyUsageOID.SERVER_AUTH] if user == NODE else [])
        built = _begin(_name(user), self.name, key.public_key())
        built = built.add_extension(x509.BasicConstraints(False, None), critical=True)
        built = built.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        built = built.add_extension(names, critical=False) if user == NODE else built
        signed = built.sign(self.key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return signed.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _begin(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
    )


def find_secrets(folder: Path) -> KafkaSecrets | None:
    """Return the secrets in this folder; None if the broker was started without."""
    return KafkaSecrets(folder) if (folder / "ca.pem").exists() else None
