"""Apache Kafka's own jars, fetched once by Maven into a folder of the user's cache.

The versions are pinned here; Maven checks what it downloads against the repository's checksums. Needs Java 17 or
newer and, for the first time, Maven and a network.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

from meedoen.stack.errors import LocalError
from meedoen.stack.processes import hold_lock, run_logged

KAFKA_VERSION = "4.3.1"
# Kafka logs through slf4j; without a backend it complains instead of logging.
LOG_BACKEND_VERSION = "2.25.4"
COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
JAVA_VERSION_MIN = 17
MAVEN_SECONDS_MAX = 900

_DEPENDENCIES = (
    ("org.apache.kafka", "kafka_2.13", KAFKA_VERSION),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", LOG_BACKEND_VERSION),
)


def find_java() -> str:
    """Return the java program, 17 or newer: the one in JAVA_HOME, else the one on the PATH."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if java is None:
        raise LocalError(
            f"Apache Kafka needs Java {JAVA_VERSION_MIN} or newer and none is found: "
            "install one (openjdk), or use the embedded broker."
        )
    version = _java_version(java)
    if version < JAVA_VERSION_MIN:
        raise LocalError(
            f"Apache Kafka needs Java {JAVA_VERSION_MIN} or newer and {java} is {version or 'of unknown version'}: "
            "install a newer one and set JAVA_HOME, or use the embedded broker."
        )
    return java


def _java_version(java: str) -> int:
    result = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    match = re.search(r'version "(\d+)', result.stderr + result.stdout)
    return int(match.group(1)) if match else 0


def kafka_jars(on_progress: Callable[[str], None]) -> Path:
    """Return the folder with Apache Kafka's jars; download them on first use."""
    cache = _cache_folder()
    jars = cache / "jars"
    if jars.is_dir():
        return jars
    cache.mkdir(parents=True, exist_ok=True)
    with hold_lock(cache / "lock"):
        if not jars.is_dir():
            on_progress(f"Fetching Apache Kafka {KAFKA_VERSION} with Maven, once (about 45 MB) ...")
            _fetch(cache, jars)
    return jars


def _cache_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "meedoen" / f"kafka-{KAFKA_VERSION}"


def _fetch(cache: Path, jars: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise LocalError(
            "Apache Kafka's jars are fetched with Maven and mvn is not on the PATH: install Maven, "
            "give an address in KAFKA_BOOTSTRAP_SERVERS, or use the embedded broker."
        )
    (cache / "pom.xml").write_text(_maven_project())
    # Filled under another name and renamed when whole, so that an interrupted download is never taken for a full one.
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as draft:
        complete_jars = Path(draft) / "jars"
        _run_maven(
            [maven, "-B", "-q", "-C", COPY_GOAL, "-DincludeScope=runtime", f"-DoutputDirectory={complete_jars}"], cache
        )
        complete_jars.rename(jars)


def _run_maven(command: list[str], cache: Path) -> None:
    log = cache / "maven.log"
    status = run_logged(command, log_file=log, seconds_max=MAVEN_SECONDS_MAX, working_directory=cache)
    if status != 0:
        first = next((line for line in log.read_text().splitlines() if "ERROR" in line), "no reason given")
        reason = re.sub(r"\x1b\[[0-9;]*m|\[ERROR\]|-> \[Help \d+\]", "", first).strip()
        raise LocalError(
            f"Maven could not fetch Apache Kafka {KAFKA_VERSION} ({reason}): check the network, see {log}."
        )


def _maven_project() -> str:
    dependencies = "".join(
        f"<dependency><groupId>{escape(group)}</groupId><artifactId>{escape(name)}</artifactId>"
        f"<version>{escape(version)}</version></dependency>"
        for group, name, version in _DEPENDENCIES
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>nl.meedoen</groupId><artifactId>local-kafka</artifactId><version>1</version>"
        f"<packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>"
    )
