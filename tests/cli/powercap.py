# SPDX-License-Identifier: MIT
"""Plain powercap trees, a zone at a time and with a /proc of their own. (tests/bed/tree.py makes whole machines and odd layouts.)"""

import os

RANGE_14 = 262143328850  # 2^-14 J, in whole nanojoules as today's kernels
RANGE_16 = 65532610987  # 2^-16 J
RANGE_DRAM = 65712999613  # the fixed 15.3 µJ

INTEL = (
    "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106\nmodel name\t: Test Xeon\nflags\t\t: fpu tsc sse2{}\n"
)
AMD = "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: Test EPYC\nflags\t\t: fpu tsc sse2{}\n"


class Tree:
    def __init__(self, root, cpuinfo=INTEL, virtual=False):
        self.root = str(root)
        os.makedirs(self.path("sys/class"), exist_ok=True)
        self.write("proc/cpuinfo", "processor\t: 0\n" + cpuinfo.format(" hypervisor" if virtual else ""))
        self.write("proc/stat", "cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 100 0 100 1000 0 0 0 0 0 0\n")

    def path(self, rest):
        return os.path.join(self.root, rest)

    def write(self, rest, content, mode=0o644):
        path = self.path(rest)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)
        return path

    def zone(self, zone, name, energy=1000000, range_uj=RANGE_14, mode=0o444):
        """zone: the kernel's id, e.g. intel-rapl:0:1. None for energy or range_uj leaves that file out. Returns energy_uj's folder."""
        parts = zone.split(":")
        nested = [":".join(parts[:n]) for n in range(1, len(parts) + 1)]
        folder = os.path.join("sys/devices/virtual/powercap", *nested)
        self.write(f"{folder}/name", f"{name}\n")
        if energy is not None:
            self.write(f"{folder}/energy_uj", energy if isinstance(energy, bytes) else f"{energy}\n", mode)
        if range_uj is not None:
            self.write(f"{folder}/max_energy_range_uj", range_uj if isinstance(range_uj, bytes) else f"{range_uj}\n")
        for n, one in enumerate(nested, 1):
            link = self.path(f"sys/class/powercap/{one}")
            if not os.path.lexists(link):
                os.makedirs(os.path.dirname(link), exist_ok=True)
                os.symlink("../../devices/virtual/powercap/" + "/".join(nested[:n]), link)
        return self.path(folder)

    def link_to_nowhere(self, zone):
        os.makedirs(self.path("sys/class/powercap"), exist_ok=True)
        os.symlink(f"../../devices/virtual/powercap/intel-rapl/{zone}", self.path(f"sys/class/powercap/{zone}"))


def server(root, **options):
    """Two sockets; psys has taken an index between them, and the second package comes first."""
    tree = Tree(root, **options)
    tree.zone("intel-rapl:0", "package-1")
    tree.zone("intel-rapl:0:0", "dram", range_uj=RANGE_DRAM)
    tree.zone("intel-rapl:1", "psys")
    tree.zone("intel-rapl:2", "package-0")
    tree.zone("intel-rapl:2:0", "core")
    tree.zone("intel-rapl:2:1", "dram", range_uj=RANGE_DRAM)
    return tree
