# SPDX-License-Identifier: MIT
"""Appending to a file: as a whole or not at all, beside other processes that do the same."""

import errno
import fcntl
import os
import re
import stat
import struct
import sys
import time

# A lock that is not to be had in this time is held by somebody who waits for us: rather go on without.
_LOCK_SECONDS = 1.0

# libjoules' own kind of lock (src/handlers/file.c): the whole file, by this open file description. struct flock: l_type, l_whence,
# l_start, l_len, l_pid.
_WHOLE_FILE = struct.pack("hhqqi0q", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)


class OtherHeaderError(Exception):
    """The file begins with other columns; `found` is its first line."""

    def __init__(self, found):
        Exception.__init__(self, found)
        self.found = found


def _lock(fd):
    end = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.fcntl(fd, fcntl.F_OFD_SETLK, _WHOLE_FILE)
            return
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES) or time.monotonic() > end:
                return
        time.sleep(0.005)


def _first_line(path, length):
    with open(path, "rb") as file:
        return file.readline(max(length + 2, 512)).rstrip(b"\r\n")


def _ends_line(path, size):
    with open(path, "rb") as file:
        file.seek(size - 1)
        return file.read(1) == b"\n"


def _write_all(fd, data):
    """Returns how many bytes are in the file, and the error that kept the rest out of it."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(fd, rest) :]
    except OSError as error:
        return len(data) - len(rest), error
    return len(data), None


def _start(path, size, header):
    """What must stand before new lines in a file of this size."""
    if size == 0:
        return header + b"\n" if header else b""
    if header:
        found = _first_line(path, len(header))
        if found != header:
            raise OtherHeaderError(found)
    try:
        return b"" if _ends_line(path, size) else b"\n"
    except PermissionError:
        return b""


def _stream(path):
    """The descriptor that /dev/stdout, /dev/stderr or /dev/fd/N stands for, else None."""
    found = re.fullmatch(r"/dev/(?:(stdout)|(stderr)|fd/(\d+))", os.fsdecode(path))
    return None if found is None else 1 if found[1] else 2 if found[2] else int(found[3])


def _write_stream(fd, data):
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()  # what was printed before comes before
    _, error = _write_all(fd, data)
    if error is not None:
        raise error


def append(path, body, header=b""):
    """Appends body (bytes); an empty file gets the header line first. On failure the file is as it was. What stands behind /dev/stdout
    and its like is not looked at."""
    stream = _stream(path)
    if stream is not None:
        return _write_stream(stream, (header + b"\n" if header else b"") + body)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY, 0o666)
    try:
        regular = stat.S_ISREG(os.fstat(fd).st_mode)
        if regular:
            _lock(fd)
        size = os.fstat(fd).st_size if regular else 0
        data = _start(path, size, header) + body
        written, error = _write_all(fd, data)
        if error is None:
            return None
        if regular and written and os.fstat(fd).st_size == size + written:
            os.ftruncate(fd, size)
        error.filename = os.fspath(path)
        raise error
    finally:
        os.close(fd)
