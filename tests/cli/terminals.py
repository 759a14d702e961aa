# SPDX-License-Identifier: MIT
"""An interactive shell on a terminal of its own."""

import os
import pty
import select
import signal


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
