# SPDX-License-Identifier: MIT
"""An interactive shell on a terminal of its own; and what a terminal of a width is shown."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios


class Terminal:
    def __init__(self, joules, script):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(
                "/bin/bash",
                ["bash", "--norc", "--noprofile", "-i"],
                joules.environment(PS1="$ ", TERM="xterm", HISTFILE=None),
            )
        os.set_inheritable(self.fd, False)
        self.text = ""
        self.type(script + "\n")

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def read(self, seconds=0.1):
        while select.select([self.fd], [], [], seconds)[0]:
            try:
                piece = os.read(self.fd, 65536)
            except OSError:
                break
            if not piece:
                break
            self.text += piece.decode(errors="replace")
        return self.text

    def close(self):
        os.close(self.fd)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def shown(joules, columns, *words, env=None):
    """What a terminal so wide is given by `joules WORDS`, in lines; styles left out."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = joules.start(*words, env={"TERM": "xterm", **(env or {})}, stdout=theirs, stderr=theirs)
    os.close(theirs)
    text = b""
    while piece := _read(ours):
        text += piece
    os.close(ours)
    process.wait(60)
    return re.sub(r"\033\[\d*m", "", text.decode(errors="replace")).splitlines()


def _read(fd):
    try:
        return os.read(fd, 65536)
    except OSError:  # the last writer has gone
        return b""
