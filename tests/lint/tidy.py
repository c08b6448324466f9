#!/usr/bin/env python3
"""Runs clang-tidy (the checks of .clang-tidy, all fatal) over every source file of the product.

Usage: tidy.py SOURCE_DIR BUILD_DIR. A file that passed is not looked at again while it, the headers of the project, the
compile command and .clang-tidy stay the same: stamps lie in BUILD_DIR/tidy.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

ROOMS = ("regions", "results", "checks", "scheduler", "probe")

source, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
commands = {}
for entry in json.loads((build / "compile_commands.json").read_text()):
    path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
    if path.is_relative_to(source) and path.relative_to(source).parts[0] in ROOMS:
        commands[path] = entry["command"]
if not commands:
    sys.exit("no source file found in compile_commands.json")

headers = hashlib.sha256((source / ".clang-tidy").read_bytes())
for room in ROOMS:
    for header in sorted((source / room).rglob("*.h")):
        headers.update(header.read_bytes())
stamps = build / "tidy"
stamps.mkdir(exist_ok=True)


def check(path):
    key = headers.copy()
    key.update(path.read_bytes())
    key.update(commands[path].encode())
    stamp = stamps / key.hexdigest()
    if stamp.exists():
        return None
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), str(path)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        stamp.touch()
        return None
    return done.stdout


with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    complaints = [text for text in pool.map(check, sorted(commands)) if text]
print(*complaints, sep="\n")
print("%d files, %d with complaints" % (len(commands), len(complaints)))
sys.exit(1 if complaints else 0)
