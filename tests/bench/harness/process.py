"""Processes that are pinned to a core, looked at from outside, and ended with us whatever happens."""

import ctypes
import os
import resource
import signal
import subprocess
import threading
import time
from collections import namedtuple

PR_SET_PDEATHSIG = 1
TICKS = os.sysconf("SC_CLK_TCK")
LIBC = ctypes.CDLL(None, use_errno=True)


Done = namedtuple("Done", "said cpu seconds")


class BenchError(Exception):
    """A row cannot be measured, in words for the table."""


def raise_file_limit():
    """What is in flight by the thousand needs a descriptor each, here and in what we start."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _prepare(cores):
    def in_the_child():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()  # Ctrl-C is for us: we end the others in order
        os.sched_setaffinity(0, cores)

    return in_the_child


class Process:
    """One that runs until it is stopped. What it says goes to a file."""

    def __init__(self, command, core, log):
        self.name = os.path.basename(command[0])
        self.log = log
        try:
            with open(log, "wb") as out:
                self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                              preexec_fn=_prepare(as_cores(core)))
        except OSError as error:
            raise BenchError(f"{self.name} does not start: {error.strerror}") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.child.pid

    def stop(self):
        if self.child.poll() is not None:
            return
        self.child.terminate()
        try:
            self.child.wait(15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as text:
            return text.read()

    def must_run(self):
        if self.child.poll() is not None:
            last = self.said().strip().splitlines()[-3:]
            raise BenchError(f"{self.name} ended with {self.child.returncode}: {' | '.join(last)}")

    def cpu(self):
        """User and system time of all its threads so far, in seconds."""
        try:
            with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            fields = ["Z"]
        if fields[0] == "Z":
            self.child.poll()
            self.must_run()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident(self):
        """Resident set in bytes."""
        self.must_run()
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise BenchError(f"{self.name} has no resident set")


def as_cores(core):
    return {core} if isinstance(core, int) else set(core)


def wait_until(condition, seconds, what, process=None, pause=0.01):
    """Calls `condition` until it gives something true, and gives that."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if process:
            process.must_run()
        if time.monotonic() > end:
            raise BenchError(f"{what}: not within {seconds:g} s")
        time.sleep(pause)


def run(command, core, seconds=120, accept=(0,)):
    """Runs a program to its end. Gives what it printed, its CPU time (children included) and how long it took."""
    name = os.path.basename(command[0])
    began = time.perf_counter()
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 preexec_fn=_prepare(as_cores(core)))
    except OSError as error:
        raise BenchError(f"{name} does not start: {error.strerror}") from None
    limit = threading.Timer(seconds, child.kill)
    limit.start()
    try:
        with child.stdout:
            said = child.stdout.read().decode(errors="replace")
        _, status, usage = os.wait4(child.pid, 0)
        took = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
    finally:
        limit.cancel()
        if child.returncode is None:
            child.kill()
            child.wait()
    if child.returncode not in accept:
        last = said.strip().splitlines()[-3:]
        raise BenchError(f"{name} ended with {child.returncode}: {' | '.join(last)}")
    return Done(said, usage.ru_utime + usage.ru_stime, took)
