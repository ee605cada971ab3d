"""`meedoen bench`: each path in a process of its own, its figures handed back, its memory its own, ended by Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from bench import main, paths
from bench.rig import Figure

pytestmark = pytest.mark.timeout(120)
FIGURE = Figure("a path", 2.0, "rows/s", 4.0, 0.5, None, None, "1 to 3, 3 passes")
MEASURES = """
import json, os, sys
print("pass 1 of 3", file=sys.stderr)
figure = {figure!r}
figure["spread"] = str(os.getpid())
print(json.dumps([figure]))
"""
# A shell's job in the background ignores an interrupt, and so would what it starts.
WAITS = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from bench.main import measure_apart

path = '''
import os, sys, threading
from pathlib import Path
folder = Path(sys.argv[1])
(folder / "draft").write_text(str(os.getpid()))
try:
    (folder / "draft").rename(folder / "pid")
    print("measuring", file=sys.stderr, flush=True)
    threading.Event().wait()
finally:
    (folder / "taken down").touch()
'''
measure_apart("waiting", [sys.executable, "-c", path, sys.argv[1]])
"""
LARGE_MIB = 300
STARTS_WHILE_LARGE = """
import subprocess, sys
held = bytearray(int(sys.argv[1]) << 20)
held[::4096] = b"x" * len(held[::4096])
command = "from bench.rig import peak_mib; print(peak_mib())"
print(subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout)
"""


def measuring(spread: str = "") -> list[str]:
    return [sys.executable, "-c", MEASURES.format(figure={**asdict(FIGURE), "spread": spread})]


def test_every_path_that_can_be_asked_for_can_be_measured() -> None:
    assert sorted(main.PATHS) == sorted([*paths.STANDALONE, *paths.IN_ENVIRONMENT])


def test_figures_come_back_as_they_are_and_progress_is_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "_command", lambda _path, _passes: measuring())
    out = tmp_path / "bench.json"

    assert main.run(["relay", "camt", "--out", str(out)]) == 0

    written = json.loads(out.read_text())
    assert [{**line, "spread": FIGURE.spread} for line in written] == [asdict(FIGURE)] * 2
    assert len({os.getpid(), *(int(line["spread"]) for line in written)}) == 3
    assert capfd.readouterr().err.count("pass 1 of 3") == 2


def test_a_path_that_fails_ends_the_benchmark_with_a_sentence_and_keeps_the_figures_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    commands = {"relay": measuring(), "camt": [sys.executable, "-c", "raise SystemExit(3)"]}
    monkeypatch.setattr(main, "_command", lambda path, _passes: commands[path])
    out = tmp_path / "bench.json"

    assert main.run(["relay", "camt", "--out", str(out)]) == 1

    assert "The path camt failed with exit status 3" in " ".join(capfd.readouterr().err.split())
    assert len(json.loads(out.read_text())) == 1


def test_the_process_of_a_path_refuses_what_is_no_path() -> None:
    command = main._command("relai", 3)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "invalid choice: 'relai'" in done.stderr


def test_an_interrupt_lets_the_path_take_down_what_it_started(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITS, str(tmp_path)], stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as bench:
        assert bench.stderr is not None
        assert bench.stderr.readline() == "measuring\n"
        bench.send_signal(signal.SIGINT)
        bench.communicate(timeout=60)

    assert bench.returncode != 0
    assert (tmp_path / "taken down").exists()
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_a_large_process_does_not_count_in_the_memory_of_the_one_it_starts() -> None:
    command = [sys.executable, "-c", STARTS_WHILE_LARGE, str(LARGE_MIB)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert 10 < float(done.stdout) < LARGE_MIB * 0.8
