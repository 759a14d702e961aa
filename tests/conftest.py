# SPDX-License-Identifier: MIT
"""The tests do not depend on how they were started: by nohup, in the background, by cron, with standard input closed."""

import os
import signal


def pytest_configure():
    os.environ["JOULES_HISTORY"] = "off"  # nobody's own: a test that wants a history names a file
    # What a parent ignores, a program starts with ignored; what has a handler, with its default. So ignore by a handler.
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:  # Python's own, which subprocess restores
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest that is free
