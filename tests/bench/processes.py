"""Programs that the bench starts, and what the kernel knows about them."""

import os
import socket
import subprocess
import time
from pathlib import Path

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """The bench cannot go on; the text says why."""


def free_port():
    """A TCP port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition, seconds, what):
    """Returns what `condition` gave as soon as it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.005)
    raise Failure(f"{what}: not within {seconds} s")


class Program:
    """One running program; its output goes to a file in the bench's folder."""

    def __init__(self, name, argv, folder, stdout=None):
        self.name = name
        self.log = Path(folder) / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in argv], stdin=subprocess.DEVNULL,
                stdout=stdout if stdout is not None else log, stderr=log, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def wait_for(self, condition, seconds, what):
        """Like wait_until, but notices when the program ends instead."""
        def alive_and_ready():
            if self.process.poll() is not None:
                raise Failure(f"{self.name} ended with status {self.process.returncode}:\n"
                              + self.last_lines())
            return condition()
        try:
            return wait_until(alive_and_ready, seconds, f"{self.name}: {what}")
        except Failure as failure:
            raise Failure(f"{failure}\n{self.last_lines()}") from None

    def last_lines(self, count=15):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def cpu_seconds(self):
        """User and system time of the process, also of its threads that ended."""
        # The name in parentheses may hold blanks: count from behind it.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def memory(self):
        """Kilooctets of anonymous and of all resident memory."""
        rollup = {}
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()[1:]:
            key, value = line.split(":")
            rollup[key] = int(value.split()[0])
        return {"anonymous_kb": rollup["Anonymous"], "total_kb": rollup["Rss"]}

    def voluntary_switches(self):
        """How often its threads went to sleep, and so woke up, since they started."""
        count = 0
        for status in Path(f"/proc/{self.pid}/task").glob("*/status"):
            for line in status.read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches:"):
                    count += int(line.split()[1])
        return count


class Programs:
    """Those that run now; leaving the context ends each of them by its process id."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in reversed(self.running):
            program.stop()

    def start(self, name, argv, **options):
        program = Program(name, argv, self.folder, **options)
        self.running.append(program)
        return program

    def stop(self, program):
        program.stop()
        self.running.remove(program)
