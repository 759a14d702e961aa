# SPDX-License-Identifier: MIT
"""An emulated machine for the length of a test.

    with Bed("server", allow_other=True) as bed:
        subprocess.run([joules, "list", "--sysroot", bed.root])
        bed.command("vanish package-1")
        bed.truth().energy("package-0", t0, t1)

$JOULES_BED is the program. why_not() says why there can be none here, or None. Standard library only.
"""

import os
import shutil
import subprocess
import tempfile

from truth import Truth


def program():
    return os.environ.get("JOULES_BED", "joules-bed")


def why_not():
    """A machine without /dev/fuse is the one accepted reason to skip."""
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return f"/dev/fuse cannot be opened: {error.strerror}"
    return None


class Bed:
    """machine: a preset, a file, or (with a newline in it) a description itself."""

    def __init__(self, machine="server", *options, allow_other=False):
        self._folder = tempfile.mkdtemp(prefix="joules-bed-")
        os.chmod(self._folder, 0o755)
        self.root = os.path.join(self._folder, "root")
        os.mkdir(self.root)
        if "\n" in machine:
            path = os.path.join(self._folder, "machine")
            with open(path, "w", encoding="utf-8") as file:
                file.write(machine)
            machine = path
        arguments = [program(), "--machine", machine, *options]
        if allow_other:
            arguments.append("--allow-other")
        try:
            done = subprocess.run(
                arguments + [self.root],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                timeout=30,
            )
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        if done.returncode != 0:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise RuntimeError(done.stderr)

    def close(self):
        if os.path.ismount(self.root):
            as_root = os.getuid() == 0
            subprocess.run(
                ["umount", "-l", self.root] if as_root else ["fusermount3", "-u", "-z", self.root], check=True
            )
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def command(self, line):
        """OSError (EINVAL) if the machine refuses it."""
        fd = os.open(os.path.join(self.root, "control"), os.O_WRONLY)
        try:
            os.write(fd, line.encode())
        finally:
            os.close(fd)

    def truth(self):
        return Truth.read(self.root)

    def flat(self, entry, name=""):
        """A path below class/powercap."""
        return os.path.join(self.root, "sys/class/powercap", entry, name).rstrip("/")

    def path(self, zone, name="energy_uj"):
        """A file of a zone, by the zone's id."""
        return os.path.join(self.root, self.truth().zone(zone).path, name)
