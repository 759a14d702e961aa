#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plain powercap trees with fixed values: for the cost of reading (on a tmpfs) and for every odd layout that exists.

    make_tree(root, zones=[
        Zone("package-0", energy_uj=1000, children=[Zone("core"), Zone("dram", unit="dram")]),
        Zone("psys", drop=["energy_uj"]),
    ])
    set_energy(root, "package-0", 2000)

What a Zone can be told:
    energy_uj, max_energy_range_uj   numbers (any size), or text or bytes that are written as they are
    unit      14, 16, 0 … (2^-unit J) or "dram" (15.3 µJ): the range follows; old=True: exact microjoules, as kernels of the 4.x age
    type      the control type (intel-rapl); index  its number (the next one), in hex as the kernel writes it
    drop      names of files that are left out;  files  {name: text or bytes}: further ones, or garbage in place of the right content
    modes     {name: 0o400};  dangling=True  the flat link points to nothing (a masked container)
    children  zones inside it

Layouts: kernel (nested folders, flat links), flat (real folders side by side), nested (real folders below class/powercap, no flat links),
copied (what `cp -rL` makes: each zone is a real folder twice), masked (flat links, and no folder behind any of them).

    python3 tree.py [--machine NAME|FILE] [--layout LAYOUT] [--mode OCTAL] DIR
makes the tree of a machine description, with the values that its counters start from. Standard library only.
"""

import argparse
import os
import shlex
import shutil
import sys

CLASS = "sys/class/powercap"
DEVICES = "sys/devices/virtual/powercap"
LAYOUTS = ("kernel", "flat", "nested", "copied", "masked")
RAW_MOST = (1 << 32) - 1


def kernel_uj(raw, unit=14, old=False):
    """Microjoules of a raw value, with the kernel's rounding."""
    if old and unit != "dram":
        return raw * 1000000 >> unit
    return raw * (15300 if unit == "dram" else 1000000000 >> unit) // 1000


class Zone:
    def __init__(
        self,
        name,
        energy_uj=123456789,
        max_energy_range_uj=None,
        *,
        unit=14,
        old=False,
        type="intel-rapl",
        index=None,
        drop=(),
        files=None,
        modes=None,
        dangling=False,
        constraints=None,
        children=(),
    ):
        self.name = name
        self.type = type
        self.index = index
        self.dangling = dangling
        self.children = list(children)
        for child in self.children:
            child.type = type
        self.modes = dict(modes or {})
        if max_energy_range_uj is None:
            max_energy_range_uj = kernel_uj(RAW_MOST, unit, old)
        content = {
            "name": name,
            "energy_uj": energy_uj,
            "max_energy_range_uj": max_energy_range_uj,
            "enabled": 0,
            "uevent": b"",
        }
        content.update(self._constraints(constraints))
        content.update({"power/control": "auto", "power/runtime_status": "unsupported"})
        content.update(files or {})
        self.content = {name: value for name, value in content.items() if name not in drop}

    def _constraints(self, count):
        if count is None:
            count = 2 if self.name.startswith(("package", "psys")) else 1
        content = {}
        for i in range(count):
            content[f"constraint_{i}_name"] = ("long_term", "short_term", "peak_power")[min(i, 2)]
            content[f"constraint_{i}_power_limit_uw"] = 150000000
            content[f"constraint_{i}_time_window_us"] = (999424, 1952, 0)[min(i, 2)]
            content[f"constraint_{i}_max_power_uw"] = 150000000
        return content


def as_bytes(value):
    if isinstance(value, bytes):
        return value
    return f"{value}\n".encode()


def write(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(as_bytes(value))


def link(target, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)


def number(zones, above=""):
    """(zone, entry, entries above it) for each zone; indexes go up by control type, as they are registered."""
    taken = {}
    for zone in zones:
        index = zone.index if zone.index is not None else taken.get(zone.type, 0)
        taken[zone.type] = index + 1
        entry = f"{above or zone.type}:{index:x}"
        yield zone, entry, []
        for child, child_entry, path in number(zone.children, entry):
            yield child, child_entry, [entry] + path


def fill(folder, zone):
    os.makedirs(folder, exist_ok=True)
    for name, value in zone.content.items():
        write(os.path.join(folder, name), value)
        os.chmod(os.path.join(folder, name), zone.modes.get(name, 0o444))


def add_zone(root, zone, entry, above, layout):
    device = os.path.join(zone.type, *above, entry)
    flat = os.path.join(root, CLASS, entry)
    if layout == "flat":
        fill(flat, zone)
        return
    base = os.path.join(root, DEVICES if layout in ("kernel", "masked") else CLASS)
    if layout != "masked":
        fill(os.path.join(base, device), zone)
    if layout == "kernel":
        link("../../" + (above[-1] if above else zone.type), os.path.join(base, device, "device"))
        link("../" * (5 + len(above)) + "class/powercap", os.path.join(base, device, "subsystem"))
    if layout in ("kernel", "masked"):
        target = "gone/" if zone.dangling else ""
        link(f"../../devices/virtual/powercap/{target}{device}", flat)


def add_type(root, type, layout):
    base = os.path.join(root, DEVICES if layout in ("kernel", "masked") else CLASS, type)
    if layout != "masked":
        write(os.path.join(base, "enabled"), 1)
        write(os.path.join(base, "uevent"), b"")
    if layout in ("kernel", "masked"):
        link(f"../../devices/virtual/powercap/{type}", os.path.join(root, CLASS, type))


def copy_flat(root, zones):
    """cp -rL follows the flat links: each zone, with what is nested in it, becomes a folder of its own once more."""
    for zone, entry, above in number(zones):
        shutil.copytree(os.path.join(root, CLASS, zone.type, *above, entry), os.path.join(root, CLASS, entry))


def make_tree(root, zones=(), layout="kernel", files=None):
    """Makes sys/… below root (which may exist). files: {path: content} of anything else, "proc/stat" for instance."""
    if layout not in LAYOUTS:
        raise ValueError(f"no layout {layout!r}; there are: {' '.join(LAYOUTS)}")
    root = os.fspath(root)
    os.makedirs(os.path.join(root, CLASS), exist_ok=True)
    for type in dict.fromkeys(zone.type for zone in zones):
        add_type(root, type, layout)
    for zone, entry, above in number(zones):
        add_zone(root, zone, entry, above, layout)
    if layout == "copied":
        copy_flat(root, zones)
    for path, value in (files or {}).items():
        write(os.path.join(root, path), value)


def folders(root, name):
    """The real folders of all zones of that name (child zones: of every parent)."""
    found = []
    for where in (CLASS, DEVICES):
        for folder, _, files in os.walk(os.path.join(os.fspath(root), where)):
            if "name" in files:
                with open(os.path.join(folder, "name"), "rb") as file:
                    if file.read().decode(errors="replace").strip() == name:
                        found.append(folder)
    return found


def set_energy(root, name, value):
    """Writes energy_uj of each zone of that name, in place, as a descriptor that is kept open sees it."""
    for folder in folders(root, name):
        path = os.path.join(folder, "energy_uj")
        fd = os.open(path, os.O_WRONLY | os.O_CREAT)
        try:
            data = as_bytes(value)
            os.pwrite(fd, data, 0)
            os.ftruncate(fd, len(data))
        finally:
            os.close(fd)


# ---- machine descriptions -------------------------------------------------------------------------------------------------------


def parse_unit(text):
    return text if text == "dram" else int(text)


def parse_zone(words, type, mode, old):
    name, options = words[0], {}
    for word in words[1:]:
        if "=" not in word:
            break
        key, value = word.split("=", 1)
        options[key] = value
    unit = parse_unit(options.get("unit", "14"))
    start = int(options["start"]) if "start" in options else 1 << 30
    has_energy = options.get("energy") != "no"
    mode = int(options["mode"], 8) if "mode" in options else mode
    return Zone(
        name,
        kernel_uj(start, unit, old),
        unit=unit,
        old=old,
        type=type,
        modes={"energy_uj": mode},
        index=int(options["index"]) if "index" in options else None,
        constraints=int(options["constraints"]) if "constraints" in options else None,
        drop=() if has_energy else ("energy_uj", "max_energy_range_uj"),
        files=None if has_energy else {"power_uw": 4000000},
    )


def read_machine(path, mode=None):
    """(zones, files) of a machine description. Its power, ticks and CPUs have no meaning in a tree that stands still."""
    zones, files, type, default_mode, old = [], {}, "intel-rapl", 0o400, False
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = shlex.split(line, comments=True)
            key = words[0] if words else ""
            if key == "type":
                type = words[1]
            elif key == "kernel":
                old = words[1] == "old"
            elif key == "mode":
                default_mode = int(words[1], 8)
            elif key in ("zone", "child"):
                zone = parse_zone(words[1:], type, default_mode, old)
                (zones if key == "zone" else zones[-1].children).append(zone)
                if mode is not None:
                    zone.modes["energy_uj"] = mode
            elif key == "file":
                files[words[1]] = words[2]
    return zones, files


def find_machine(name):
    preset = os.path.join(os.path.dirname(os.path.abspath(__file__)), "machines", name)
    return preset if "/" not in name and os.path.exists(preset) else name


def main():
    parser = argparse.ArgumentParser(description="A plain powercap tree with fixed values.")
    parser.add_argument("directory")
    parser.add_argument("--machine", default="server", help="a name of tests/bed/machines, or a file (server)")
    parser.add_argument("--layout", default="kernel", choices=LAYOUTS)
    parser.add_argument("--mode", type=lambda text: int(text, 8), help="rights of energy_uj, whatever the machine says")
    arguments = parser.parse_args()
    try:
        zones, files = read_machine(find_machine(arguments.machine), arguments.mode)
        make_tree(arguments.directory, zones, arguments.layout, files)
    except OSError as error:
        sys.exit(f"tree.py: {error}")


if __name__ == "__main__":
    main()
