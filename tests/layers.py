# SPDX-License-Identifier: MIT
"""Who may know whom: base <- model <- devices <- meter <- api; handlers know model and base only; the command and the Python extension
know the public header and base only. Checked by what files include and, where the library's archive is given, by what objects call.

    layers.py SOURCE-ROOT [libjoules-internal.a]     layers.py --self-test
"""

import pathlib
import re
import subprocess
import sys
import tempfile

BELOW = {
    "base": {"base"},
    "model": {"base", "model"},
    "devices": {"base", "model", "devices"},
    "meter": {"base", "model", "devices", "meter"},
    "handlers": {"base", "model", "handlers"},
    "api": {"base", "model", "devices", "meter", "handlers", "api"},
}
# A device never sees a trace: of the model it may know what a domain is.
TRACES = {"trace", "rework", "sample", "tags", "statistics"}
# Pure arithmetic does no I/O.
NO_IO = {
    "fcntl.h",
    "unistd.h",
    "dirent.h",
    "sys/stat.h",
    "sys/ioctl.h",
    "sys/mman.h",
    "time.h",
    "sys/time.h",
    "sys/socket.h",
    "dlfcn.h",
}
OUTSIDE = ("cli", "python")
SOURCES = {".c", ".h", ".cc", ".cpp", ".hpp"}


def folder_of_device(parts):
    """The device's own folder, None for what stands beside the folders (the registry, the classes of gain)."""
    return parts[1] if len(parts) > 2 else None


def why_not(user, used):
    """user and used: paths below src without the suffix, as tuples. The broken rule, None if it may."""
    if used[0] not in BELOW:
        return f"{used[0]} is no layer"
    if used[0] not in BELOW[user[0]]:
        return f"{user[0]} may know {', '.join(sorted(BELOW[user[0]]))} only"
    if user[0] == "devices" and used[0] == "model" and used[-1] in TRACES:
        return "a device never sees a trace"
    device = folder_of_device(used) if used[0] == "devices" else None
    if device and user[0] != "devices":
        return "only the registry knows the single devices"
    if device and device != folder_of_device(user) and user != ("devices", "registry"):
        return "a device does not know another one"
    return None


def includes(path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if found:
            yield number, found[1] == '"', found[2]


def sources(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in SOURCES and "subprojects" not in path.parts)


def parts_of(name):
    return pathlib.PurePath(name).with_suffix("").parts


def check_library(root):
    src = root / "src"
    for path in sources(src):
        user = path.relative_to(src).with_suffix("").parts
        if user[0] not in BELOW:
            yield f"{path}:1: stands in no layer"
            continue
        for number, quoted, name in includes(path):
            where = f"{path}:{number}: {name}"
            if quoted and (src / name).is_file():
                reason = why_not(user, parts_of(name))
                if reason:
                    yield f"{where}: {reason}"
            elif quoted:
                yield f"{where}: our own headers are named from src on"
            elif user[0] == "model" and name in NO_IO:
                yield f"{where}: the model does no I/O"


def check_outside(root):
    for folder in OUTSIDE:
        for path in sources(root / folder):
            for number, quoted, name in includes(path):
                if name.startswith("joules/") and name not in ("joules/joules.h", "joules/version.h"):
                    yield f"{path}:{number}: {name}: the public header is <joules/joules.h>"
                elif (root / "src" / name).is_file() and not name.startswith("base/"):
                    yield f"{path}:{number}: {name}: {folder} uses the public header and base only"
                elif quoted and ".." in name.split("/"):
                    yield f"{path}:{number}: {name}: a path out of its folder"


def check_header(root):
    for path in sources(root / "include"):
        for number, quoted, name in includes(path):
            if quoted:
                yield f"{path}:{number}: {name}: a public header includes <joules/…> and the standard's only"


def check_includes(root):
    return [*check_library(root), *check_outside(root), *check_header(root)]


def member_parts(member):
    """Of "…/libjoules-internal.a.p/model_trace.c.o" or "…/base/libjoules-base.a.p/clock.c.o"."""
    path = pathlib.PurePath(member)
    name = re.sub(r"\.(c|cc)\.o$", "", path.name)
    if path.parent.name.startswith("libjoules-base"):
        return "base", name
    parts = name.split("_")
    if parts[0] == "devices" and len(parts) > 2:
        return "devices", parts[1], "_".join(parts[2:])
    return parts[0], "_".join(parts[1:])


def check_symbols(lines):
    """Lines of `nm -A`: who defines what, then who needs what."""
    defined, needed = {}, []
    for line in lines:
        found = re.match(r"(?:.*?\.a:)?(\S+\.o):\s*[0-9a-f]*\s+([A-Za-z])\s+(\S+)$", line)
        if not found:
            continue
        member, kind, symbol = found.groups()
        if kind in "TDBRGVW":
            defined[symbol] = member_parts(member)
        elif kind == "U":
            needed.append((member_parts(member), symbol))
    for user, symbol in needed:
        reason = why_not(user, defined[symbol]) if symbol in defined and user[0] in BELOW else None
        if reason:
            yield f"src/{'/'.join(user)}.c needs {symbol} of src/{'/'.join(defined[symbol])}.c: {reason}"


def broken(files):
    """What is found wrong with a tree of these files."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in (
            "src/base/text.h",
            "src/model/trace.h",
            "src/model/domains.h",
            "src/meter/meter.h",
            "src/devices/rapl/rapl.h",
        ):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("")
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return check_includes(root)


def self_test():
    allowed = {
        "src/meter/a.c": '#include "model/trace.h"\n#include "base/text.h"\n',
        "src/devices/registry.c": '#include "devices/rapl/rapl.h"\n#include "model/domains.h"\n',
        "cli/a.c": '#include <joules/joules.h>\n#include "base/text.h"\n#include "own.h"\n',
    }
    assert broken(allowed) == [], broken(allowed)
    for name, text in (
        ("src/base/a.c", '#include "model/trace.h"'),
        ("src/model/a.c", '#include "meter/meter.h"'),
        ("src/model/a.c", "#include <fcntl.h>"),
        ("src/devices/rapl/a.c", '#include "model/trace.h"'),
        ("src/devices/estimate/a.c", '#include "devices/rapl/rapl.h"'),
        ("src/meter/a.c", '#include "devices/rapl/rapl.h"'),
        ("src/handlers/a.c", '#include "meter/meter.h"'),
        ("src/handlers/a.c", '#include "../meter/meter.h"'),
        ("src/stray.c", ""),
        ("cli/a.c", '  # include "model/trace.h"'),
        ("python/src/a.c", '#include "meter/meter.h"'),
        ("cli/a.c", '#include "../src/meter/meter.h"'),
        ("include/joules/joules.h", '#include "base/text.h"'),
    ):
        found = broken({name: text + "\n"})
        assert len(found) == 1 and f"{name}:1: " in found[0], (name, text, found)
    library = "src/libjoules-internal.a:src/libjoules-internal.a.p/"
    lines = [
        f"{library}model_trace.c.o:0000000000000010 T trace_append",
        f"{library}meter_meter.c.o:                 U trace_append",
        f"{library}meter_meter.c.o:0000000000000010 T meter_read",
        f"{library}devices_rapl_powercap.c.o:                 U trace_append",
        f"{library}handlers_csv.c.o:                 U meter_read",
        "src/libjoules-internal.a:src/base/libjoules-base.a.p/clock.c.o:                 U trace_append",
    ]
    found = list(check_symbols(lines))
    assert [line.split(" ")[0] for line in found] == [
        "src/devices/rapl/powercap.c",
        "src/handlers/csv.c",
        "src/base/clock.c",
    ], found


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        return 0
    root = pathlib.Path(arguments[0])
    found = check_includes(root)
    if len(arguments) > 1:
        listing = subprocess.run(["nm", "-A", arguments[1]], capture_output=True, text=True, check=True).stdout
        assert "joules_meter_open" in listing, "the archive has no symbols"
        found += check_symbols(listing.splitlines())
    for line in found:
        print(line)
    return 1 if found else 0


sys.exit(main(sys.argv[1:]))
