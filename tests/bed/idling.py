# SPDX-License-Identifier: MIT
"""Plain trees whose counters move on."""

import pathlib
import threading


class Idling:
    """The counters of a tree move on by a unit now and then, as those of a machine that does nothing: one that stands still is
    stuck. `with Idling(root):`. Seldom, as a write of the test's own at the same moment would be lost."""

    PERIOD_S, STEP_UJ = 0.04, 62

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def counters(self):
        return {path.resolve() for path in self.root.glob("sys/**/energy_uj") if path.is_file()}

    def move(self, path):
        try:
            value = int(path.read_text()) + self.STEP_UJ
            with open(path, "r+b", buffering=0) as file:  # never empty in between
                file.write(f"{value}\n".encode())
        except (OSError, ValueError):
            pass  # the test has taken it away, or put garbage there

    def run(self):
        while not self.over.wait(self.PERIOD_S):
            for path in self.counters():
                self.move(path)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
