#!/usr/bin/env python3
"""Fails on every source file that clang-format would change.

Usage: format.py SOURCE_DIR
"""

import pathlib
import subprocess
import sys

from layout import ROOMS, sources

root = pathlib.Path(sys.argv[1]).resolve()
paths = [str(path) for path in sources(root, *ROOMS, "tests")]
if not paths:
    sys.exit(f"no source files below {root}")
print(f"{len(paths)} files")
sys.exit(subprocess.run(["clang-format", "--dry-run", "-Werror", "--style=file", *paths]).returncode)
