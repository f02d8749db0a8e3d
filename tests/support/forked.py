"""Processes that have imported their code already: each is forked from one that did, so that it takes no seconds to start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SERVER = """
import importlib, json, os, sys, traceback
sys.path[:0] = json.loads(sys.argv[1])
module = importlib.import_module(sys.argv[2])
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os.dup2(2, 1)  # what it prints is not the answer
        try:
            module.main(*json.loads(line))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Forked:
    """Runs ``main`` of a module, given strings, in processes of their own. To be used as a context manager."""

    def __init__(self, module: Path) -> None:
        folders = [str(module.parent), str(Path(__file__).parent)]
        command = [sys.executable, "-c", SERVER, json.dumps(folders), module.stem]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Forked:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()

    def run(self, *arguments: object) -> int:
        """The exit code of one run; below zero, the signal that ended it."""
        self.process.stdin.write(json.dumps([str(argument) for argument in arguments]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())
