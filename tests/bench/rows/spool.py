"""Spooling and sending a sample, by upstream_bench: through SQLite to receivers that do nothing with it.

Samples of one check within the upstream's `every` share a point, so that a check that is made often costs less for
each of them. Beside upstream_bench's own figures there is one for checks that are made as seldom as the upstream sends.
"""

import re

from harness.process import BenchError, run
from harness.rounds import rounds
from harness.table import Line

NAME = "spool"
SECONDS = 10


def per_sample(env, *words):
    said = run([env.client("upstream_bench"), str(SECONDS), *map(str, words)], env.cores).said
    found = re.search(r"CPU per sample ([0-9.]+) us", said)
    if not found or "no loss" not in said:
        raise BenchError("upstream_bench: " + " | ".join(said.strip().splitlines()[-3:]))
    return float(found[1]) / 1e6


def measure(env):
    series = rounds(
        env, NAME,
        shared=lambda: per_sample(env, 50_000, 5000, 5),
        single=lambda: per_sample(env, 5000, 10_000, 1, "otlp"))
    return [
        Line(NAME, "spool and send (OTLP and remote write), 50 samples a point: CPU of a sample", "us",
             series["shared"], judged="ours", bound=20e-6, aim=8e-6),
        Line(NAME, "spool and send (OTLP), each sample a point of its own: CPU of a sample", "us", series["single"],
             judged="ours", bound=20e-6, aim=8e-6),
    ]
