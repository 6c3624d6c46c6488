"""`python -m tests.storage.writing_process URL [BYTES]`: says on its output what was acknowledged.

Without a limit, eight callers leave notes until the process is killed. With one, files may grow to so many
bytes; notes are left until the disk refuses, that is said, and then there is space again.
"""

import asyncio
import resource
import sys

from storage.database import Database
from storage.errors import StorageError
from tests.storage.notes import leave


async def leave_notes_for_ever(database: Database, caller: int) -> None:
    for i in range(sys.maxsize):
        print(await database.write(leave(f"{caller}-{i}")), flush=True)


async def eight_callers(database: Database) -> None:
    await asyncio.gather(*(leave_notes_for_ever(database, caller) for caller in range(8)))


def until_the_disk_refuses(database: Database, limit: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        asyncio.run(leave_long_notes(database))
    except StorageError as error:
        print(f"{type(error).__name__}: {error}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print(database.write_now(leave("there is space again")))


async def leave_long_notes(database: Database) -> None:
    for i in range(sys.maxsize):
        print(await database.write(leave(f"{i:01000}")))


if __name__ == "__main__":
    with Database(sys.argv[1]) as database:
        if len(sys.argv) > 2:
            until_the_disk_refuses(database, int(sys.argv[2]))
        else:
            asyncio.run(eight_callers(database))
