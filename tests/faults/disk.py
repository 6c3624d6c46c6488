"""A disk that takes everything and confirms nothing, for the process that asks for it: Linux refuses its fsync."""

import ctypes
import errno
import os
import platform
import struct

_CALLS = {"x86_64": (74, 75, 317), "aarch64": (82, 83, 277)}
"""fsync, fdatasync and seccomp."""
KNOWN = platform.machine() in _CALLS and platform.system() == "Linux"
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000 | errno.EIO
_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1


def confirms_nothing() -> None:
    """From now on, in all threads and for good. Raises `OSError` where the system does not let us."""
    fsync, fdatasync, seccomp = _CALLS[platform.machine()]
    steps = (
        (_LOAD, 0, 0, 0),
        (_EQUAL, 2, 0, fsync),
        (_EQUAL, 1, 0, fdatasync),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _FAIL),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if libc.syscall(seccomp, _SET_FILTER, _ALL_THREADS, program):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
