"""`python -m tests.helpers.serving_process`: Kaiku as its environment says, in a process that can be killed.

It says `ready` on its output when it answers.
"""

import os
import sys
from pathlib import Path

from bot.logs import configure
from bot.serving import serve
from bot.settings import load
from bot.wiring import build
from tests.helpers.sealed import seal_if_told

if __name__ == "__main__":
    seal_if_told()
    settings = load(Path(os.devnull))
    configure(settings)
    serve(build(settings), ready=lambda: print("ready", flush=True))
    sys.exit(0)
