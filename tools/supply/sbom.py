"""`make sbom`: what ships and what builds it, as CycloneDX: the locks, and the Python environment of the image.

The environment is made as the Dockerfile makes it: the runtime lock by hash, then our own wheel.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "sbom"
LOCKS = {"run": "requirements/run.txt", "dev": "requirements/dev.txt"}
_WRITE = (sys.executable, "-m", "cyclonedx_py")
_OPTIONS = ("--of", "JSON", "--output-reproducible", "--pyproject", str(ROOT / "pyproject.toml"))


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in LOCKS:
        print(list_lock(name, FOLDER))
    print(list_image(FOLDER))
    return 0


def list_lock(name: str, folder: Path) -> Path:
    """Write what one lock holds to FOLDER/lock-NAME.cdx.json; nothing is fetched."""
    written = folder / f"lock-{name}.cdx.json"
    subprocess.run([*_WRITE, "requirements", str(ROOT / LOCKS[name]), *_OPTIONS, "-o", str(written)], check=True)
    return written


def list_image(folder: Path) -> Path:
    """Install what the image holds into an environment of its own, and write that to FOLDER/image.cdx.json."""
    place, written = folder / "environment", folder / "image.cdx.json"
    shutil.rmtree(place, ignore_errors=True)
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / LOCKS["run"])], check=True)
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*wheel, str(ROOT)], check=True)
    subprocess.run([*pip, "--no-deps", "--no-index", *map(str, folder.glob("*.whl"))], check=True)
    subprocess.run([*_WRITE, "environment", str(python), *_OPTIONS, "-o", str(written)], check=True)
    shutil.rmtree(place)
    return written


if __name__ == "__main__":
    sys.exit(main())
