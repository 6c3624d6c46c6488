"""Runs the peers' scripts: some answer a question and end, some serve until the test is done."""

import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.peers import modules, node
from tests.peers.places import HERE

PATIENCE = 30.0


def ask(script: str, question: object) -> Any:
    """Hand *question* to a script as JSON and read its answer as JSON."""
    modules()
    done = subprocess.run(
        [node(), HERE / script],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{script} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)


@contextmanager
def serving(script: str, options: dict[str, Any] | None = None) -> Iterator[str]:
    """Start a server script, give its address on 127.0.0.1, and stop it afterwards.

    A script takes one JSON argument, picks a free port if ``port`` is not in it, and says
    ``ready <address>`` once it answers.
    """
    modules()
    with tempfile.TemporaryFile("w+") as complaints:
        command: list[str | Path] = [node(), HERE / script, json.dumps(options or {})]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True) as process:
            assert process.stdout
            impatience = threading.Timer(PATIENCE, process.kill)
            impatience.start()
            try:
                said = next((line for line in process.stdout if line.startswith("ready ")), "")
                impatience.cancel()
                if not said:
                    complaints.seek(0)
                    pytest.fail(f"{script} did not start:\n{complaints.read()}")
                yield said.removeprefix("ready ").strip()
            finally:
                impatience.cancel()
                process.kill()
