"""The demo's keeper: what dies is started again, and one word stops everything it started, in order, and nothing else."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.machine import CHECKOUT, Machine, children, processes, until

pytestmark = pytest.mark.fault

# Three processes that write down when they start and when they are asked to stop.
KEEPER = """
import sys
from pathlib import Path
from config.supervisor import Process, Supervisor
folder = Path(sys.argv[1])
child = '''
import os, signal, sys
name, diary = sys.argv[1:]
def stop(number, frame):
    write("stops")
    sys.exit(0)
def write(word):
    with open(diary, "a") as book:
        print(name, word, os.getpid(), file=book, flush=True)
signal.signal(signal.SIGTERM, stop)
write("starts")
if name == "clock" and os.path.exists(os.path.join(os.path.dirname(diary), "broken")):
    sys.exit("the clock is broken")
while True:
    signal.pause()
'''
names = ["web server", "clock", "worker"]
processes = [Process(n, [sys.executable, "-c", child, n, str(folder / "diary")], 10, folder / f"{n}.log") for n in names]
keeper = Supervisor(processes, say=lambda words: print(words, flush=True))
sys.exit(keeper.run(when_ready=lambda: True, announce=lambda: print("ready", flush=True)))
"""


class Kept:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.diary = folder / "diary"
        self.run = subprocess.Popen(
            [sys.executable, "-c", KEEPER, str(folder)], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def lines(self, word: str) -> list[tuple[str, int]]:
        if not self.diary.exists():
            return []
        found = re.findall(rf"^(.+) {word} (\d+)$", self.diary.read_text(), flags=re.MULTILINE)
        return [(name, int(number)) for name, number in found]

    def living(self) -> set[int]:
        numbers = {number for number, _ in processes()}
        return {number for _, number in self.lines("starts") if number in numbers}


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    keeper = Kept(tmp_path)
    yield keeper
    keeper.run.kill()
    keeper.run.wait()
    if keeper.run.stdout:
        keeper.run.stdout.close()


def test_a_killed_process_is_started_again_and_sigterm_stops_all_in_order(kept: Kept) -> None:
    until(lambda: len(kept.lines("starts")) == 3, "three processes start")
    worker = dict(kept.lines("starts"))["worker"]
    os.kill(worker, signal.SIGKILL)
    until(lambda: len(kept.lines("starts")) == 4, "the worker starts again")
    name, again = kept.lines("starts")[-1]
    assert name == "worker"
    assert again != worker
    assert len(kept.living()) == 3

    kept.run.send_signal(signal.SIGTERM)
    said, _ = kept.run.communicate(timeout=60)
    assert kept.run.returncode == 0, said
    assert "The worker was ended by SIGKILL; starting it again in 1 s." in said
    assert [name for name, _ in kept.lines("stops")] == ["web server", "clock", "worker"]
    assert kept.living() == set()


def test_a_process_that_cannot_live_ends_in_code_1_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    code = KEEPER.replace("flush=True))\nsys.exit", "flush=True), first_wait=0.01)\nsys.exit")
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "the clock is broken" in done.stdout
    assert "The clock died 8 times in a row. Stopping everything." in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_kill_9_of_the_keeper_leaves_nothing_running(kept: Kept) -> None:
    until(lambda: len(kept.lines("starts")) == 3, "three processes start")
    kept.run.kill()
    kept.run.communicate()
    until(lambda: kept.living() == set(), "no process is left")


@pytest.fixture
def machine() -> Iterator[Machine]:
    folder = Path(tempfile.mkdtemp(prefix="daymark-fault-", dir="/var/tmp"))
    folder.chmod(0o755)
    here = Machine(state=folder)
    yield here
    here.end()
    shutil.rmtree(folder)


def status(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as answer:
        return answer.code
    except OSError:
        return 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def family(number: int) -> list[int]:
    below = children(number)
    return below + [each for child in below for each in family(child)]


def workers(parent: int) -> list[int]:
    below = set(children(parent))
    return [number for number, command in processes() if number in below and {"celery", "worker"} <= set(command)]


SMALL = ("--schools", "6", "--pupils", "300", "--seed", "1")


def demo(machine: Machine, port: int) -> subprocess.Popen:
    running = machine.start("manage.py", "demo", *SMALL, PORT=str(port))
    until(lambda: running.poll() is not None or status(port) == 200, "the sign-in page is there", seconds=600)
    assert running.poll() is None, running.communicate()[0]
    return running


@pytest.mark.long
def test_the_demo_survives_a_killed_worker_and_ctrl_c_stops_what_it_started_and_keeps_the_data(machine: Machine) -> None:
    port = free_port()
    running = demo(machine, port)
    second = machine.manage("demo", PORT=str(free_port()))
    assert second.returncode == 1
    assert "running already" in second.stderr

    until(lambda: workers(running.pid), "a worker")  # it starts once the web server is ready, and we are quicker
    worker = workers(running.pid)[0]
    os.kill(worker, signal.SIGKILL)
    until(lambda: set(workers(running.pid)) - {worker}, "another worker")
    assert status(port) == 200
    below = family(running.pid)
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=120)
    assert running.returncode == 0, said
    assert f"Daymark is at http://127.0.0.1:{port}" in said
    left = {number for number, _ in processes()}
    assert not left & set(below)
    assert status(port) == 0
    assert machine.servers() + machine.queues() == []

    count = "from schools.models import Pupil; print('pupils', Pupil.objects.count())"
    kept = machine.manage("shell", "-v", "0", "-c", count).stdout.strip()
    assert re.fullmatch(r"pupils [1-9]\d*", kept)
    assert len(machine.servers()) == 1  # the command's own start stays up ...
    running = demo(machine, port)
    running.send_signal(signal.SIGTERM)
    said, _ = running.communicate(timeout=120)
    assert running.returncode == 0, said
    assert "Building" not in said
    assert len(machine.servers()) == 1  # ... for the demo has not started it


@pytest.mark.long
def test_a_build_that_was_killed_leaves_nothing_and_a_stranger_s_database_is_never_dropped(machine: Machine) -> None:
    first = machine.start("manage.py", "demo", "--build-only", *SMALL)
    said = ""
    while "Building the demo borough" not in said:
        assert first.stdout
        line = first.stdout.readline()
        assert line, said
        said += line
    first.kill()
    first.communicate()
    whole = machine.manage("demo", "--build-only", *SMALL)
    assert whole.returncode == 0, whole.stderr
    assert "Building the demo borough" in whole.stdout

    database, queue, _ = machine.ensure()
    other = Machine(state=machine.state / "other")
    refused = other.manage("demo", "--reset", "--build-only", DATABASE_URL=database, REDIS_URL=queue)
    assert refused.returncode == 1
    assert "--yes-really" in refused.stderr
    count = "from schools.models import School; print('schools', School.objects.count())"
    assert re.fullmatch(r"schools [1-9]\d*", machine.manage("shell", "-v", "0", "-c", count).stdout.strip())

    again = machine.manage("demo", "--reset", "--build-only", *SMALL)
    assert again.returncode == 0, again.stderr
    assert "Dropped the demo's data" in again.stdout
