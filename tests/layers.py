# SPDX-License-Identifier: MIT
"""Who may know whom: base <- model <- devices <- meter <- api; handlers know model and base only; the command and the Python extension
know the public header and base only. No device's name stands in a general floor. Nowhere do files know each other in a circle (a.c and
a.h are one file here). Checked by what files include and, where the archive of the library and the command are given, by what their
objects call.

    layers.py SOURCE-ROOT [libjoules-internal.a [joules]]     layers.py --self-test
    layers.py --graph SOURCE-ROOT | dot -Tsvg > includes.svg     a drawing of what files include
"""

import graphlib
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
# Further names by which a device is known. What is special about one it says through its contract (joules_device_ops).
ALSO_KNOWN_AS = {"rapl": ["powercap"], "nvidia": ["nvml", "cuda"]}
# Not only a device's name: where a value comes from.
COMMON_WORDS = {"estimate"}
# The one list of the devices, in two kinds of lines.
THE_LIST = (
    "src/devices/registry.c",
    re.compile(r'#include "devices/\w+/\w+\.h"|static const joules_device_ops \*const built_in\[\]'),
)
# The objects of each target, and the folder that their names begin at.
TARGETS = {"libjoules-base.a.p": "src/base", "libjoules-internal.a.p": "src", "joules.p": "cli"}
SOURCES = {".c", ".h", ".cc", ".cpp", ".hpp"}


def folder_of_device(parts):
    """The device's own folder, None for what stands beside the folders (the registry)."""
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


def device_names(root):
    """The folders of the devices and what else they are called, as one pattern."""
    folders = {path.name for path in (root / "src/devices").iterdir() if path.is_dir()}
    names = [*(folders - COMMON_WORDS), *(name for folder in folders for name in ALSO_KNOWN_AS.get(folder, ()))]
    return re.compile(rf"(?<![a-z])({'|'.join(map(re.escape, names))})", re.IGNORECASE)


def check_names(root):
    """No device's name stands in a general floor, not even in a comment."""
    names = device_names(root)
    for path in sources(root / "src"):
        where = path.relative_to(root)
        if where.parts[:2] == ("src", "devices") and len(where.parts) > 3:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            found = names.search(line)
            if found and not (str(where) == THE_LIST[0] and THE_LIST[1].match(line)):
                yield f"{path}:{number}: {found[1]}: a general floor knows no device by its name"


def check_includes(root):
    return [*check_library(root), *check_outside(root), *check_header(root)]


def file_of(root, path):
    """Of a.c and a.h alike: its path without the suffix, below src or with the name of the other folder."""
    parts = path.relative_to(root).with_suffix("").parts
    return parts[1:] if parts[0] == "src" else parts


def included(root):
    """(user, used) for each include of one of our own files."""
    for folder in ("src", *OUTSIDE):
        for path in sources(root / folder):
            for _, _, name in includes(path):
                for place in (path.parent, root / "src", root / "cli"):
                    if (place / name).is_file():
                        yield file_of(root, path), file_of(root, place / name)
                        break


def objects(root):
    """Each object's file: ("joules.p", "run_plan") is cli/run/plan."""
    for target, folder in TARGETS.items():
        for path in sources(root / folder):
            yield (target, "_".join(path.relative_to(root / folder).with_suffix("").parts)), file_of(root, path)


def called(root, lines):
    """(user, used, symbol) for each call between the objects in these lines of `nm -A`."""
    files, defined, needed = dict(objects(root)), {}, []
    for line in lines:
        found = re.match(r"(?:.*?\.a:)?(\S+)\.(?:c|cc)\.o:\s*[0-9a-f]*\s+([A-Za-z])\s+(\S+)$", line)
        if not found:
            continue
        member, kind, symbol = found.groups()
        file = files.get(tuple(pathlib.PurePath(member).parts[-2:]))
        if kind in "TDBRGVW":
            defined[symbol] = file
        elif kind == "U":
            needed.append((file, symbol))
    for user, symbol in needed:
        if user and defined.get(symbol):
            yield user, defined[symbol], symbol


def check_symbols(root, lines):
    for user, used, symbol in called(root, lines):
        reason = why_not(user, used) if user[0] in BELOW else None
        if reason:
            yield f"src/{'/'.join(user)}.c needs {symbol} of src/{'/'.join(used)}.c: {reason}"


def check_circles(pairs):
    """pairs: (user, used)."""
    graph = {}
    for user, used in pairs:
        if user != used:
            graph.setdefault("/".join(user), set()).add("/".join(used))
    while True:
        try:
            graphlib.TopologicalSorter(graph).prepare()
            return
        except graphlib.CycleError as error:
            circle = error.args[1]  # each file is used by the next one
        yield f"a circle: {' <- '.join(circle)}"
        graph[circle[1]].remove(circle[0])


def listing(target):
    """Lines of `nm -A` of an archive, or of the objects beside a program."""
    path = pathlib.Path(target)
    files = [path] if path.suffix == ".a" else sorted(path.with_name(path.name + ".p").glob("*.o"))
    return subprocess.run(["nm", "-A", *files], capture_output=True, text=True, check=True).stdout.splitlines()


def check(root, targets):
    lines = [line for target in targets for line in listing(target)]
    assert not targets or any("joules_meter_open" in line for line in lines), "the archive has no symbols"
    pairs = [*included(root), *((user, used) for user, used, _ in called(root, lines))]
    return [*check_includes(root), *check_names(root), *check_symbols(root, lines), *check_circles(pairs)]


def drawing(root):
    """Graphviz: a box for each folder, an arrow from who includes to what is included."""
    pairs = {(user, used) for user, used in included(root) if user != used}
    folders = {}
    for file in sorted({file for pair in pairs for file in pair}):
        folders.setdefault("/".join(file[:-1]), []).append(file)
    yield "digraph includes {"
    yield "  rankdir=LR; ranksep=1.5; node [shape=box, fontsize=10]; edge [color=gray50];"
    for folder, files in folders.items():
        yield f'  subgraph "cluster {folder}" {{'
        yield f'    label="{folder}";'
        for file in files:
            yield f'    "{"/".join(file)}" [label="{file[-1]}"];'
        yield "  }"
    for user, used in sorted(pairs):
        yield f'  "{"/".join(user)}" -> "{"/".join(used)}";'
    yield "}"


HEADERS = (
    "src/base/text.h",
    "src/model/trace.h",
    "src/model/domains.h",
    "src/meter/meter.h",
    "src/devices/rapl/rapl.h",
    "src/devices/estimate/estimate.h",
)


def tree(folder, files):
    root = pathlib.Path(folder)
    for name, text in [*((name, "") for name in HEADERS), *files.items()]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def broken(files, lines=()):
    """What is found wrong with a tree of these files, and `nm -A` of its objects."""
    with tempfile.TemporaryDirectory() as folder:
        root = tree(folder, files)
        pairs = [*included(root), *((user, used) for user, used, _ in called(root, lines))]
        return [*check_includes(root), *check_names(root), *check_symbols(root, lines), *check_circles(pairs)]


def test_includes():
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
        ("src/meter/a.c", '#include "devices/estimate/estimate.h"'),
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


def test_names():
    allowed = {
        "src/devices/registry.c": '#include "devices/rapl/rapl.h"\n\nstatic const joules_device_ops *const built_in[] = { &rapl_device };\n',
        "src/devices/nvidia/a.c": "/* CUDA's rules */\n",
        "src/meter/a.c": "/* overlapped estimates, of no device */\n",
        "cli/a.c": "/* the command may word what it says: powercap */\n",
    }
    assert broken(allowed) == [], broken(allowed)
    for name, text in (
        ("src/meter/a.c", 'if (strcmp(device, "rapl") == 0)'),
        ("src/model/a.h", "/* RAPL moves each millisecond */"),
        ("src/handlers/a.c", "nvidia_gpu_0"),
        ("src/api/a.c", 'secure_getenv("CUDA_VISIBLE_DEVICES")'),
        ("src/base/a.c", '"sys/class/powercap"'),
        ("src/devices/a.h", "int nvml;"),
        ("src/devices/registry.c", "if (ops == &rapl_device)"),
    ):
        found = broken({"src/devices/nvidia/b.h": "", name: text + "\n"})
        assert len(found) == 1 and f"{name}:1: " in found[0], (name, text, found)


def test_symbols():
    library = "src/libjoules-internal.a:src/libjoules-internal.a.p/"
    lines = [
        f"{library}model_trace.c.o:0000000000000010 T trace_append",
        f"{library}meter_meter.c.o:                 U trace_append",
        f"{library}meter_meter.c.o:0000000000000010 T meter_read",
        f"{library}devices_rapl_powercap.c.o:                 U trace_append",
        f"{library}handlers_csv.c.o:                 U meter_read",
        "src/libjoules-internal.a:src/base/libjoules-base.a.p/clock.c.o:                 U trace_append",
    ]
    names = ("model/trace", "meter/meter", "devices/rapl/powercap", "handlers/csv", "base/clock")
    found = broken({f"src/{name}.c": "" for name in names}, lines)
    assert [line.split(" ")[0] for line in found] == [
        "src/devices/rapl/powercap.c",
        "src/handlers/csv.c",
        "src/base/clock.c",
    ], found


def test_circles():
    a_knows_b = {"cli/run/a.c": '#include "run/a.h"\n#include "run/b.h"\n', "cli/run/a.h": "", "cli/run/b.h": ""}
    assert broken(a_knows_b) == [], broken(a_knows_b)
    for files in (
        {**a_knows_b, "cli/run/b.h": '#include "run/a.h"\n'},  # by a header
        {**a_knows_b, "cli/run/b.c": '#include "run/c.h"\n', "cli/run/c.h": '#include "run/a.h"\n'},  # of three
        {"src/base/a.h": '#include "base/text.h"\n', "src/base/text.c": '#include "base/a.h"\n'},
        {
            "src/devices/rapl/a.h": '#include "devices/rapl/b.h"\n',
            "src/devices/rapl/b.h": '#include "devices/rapl/a.h"\n',
        },
    ):
        found = broken(files)
        assert len(found) == 1 and found[0].startswith("a circle: "), (files, found)
    calls_back = [
        "cli/joules.p/run_a.c.o:0000000000000010 T a_run",
        "cli/joules.p/run_b.c.o:                 U a_run",
    ]
    found = broken({**a_knows_b, "cli/run/b.c": '#include "run/b.h"\n'}, calls_back)
    assert len(found) == 1 and "cli/run/a" in found[0] and "cli/run/b" in found[0], found


def test_drawing():
    with tempfile.TemporaryDirectory() as folder:
        lines = list(
            drawing(tree(folder, {"cli/run/a.c": '#include "base/text.h"\n#include "run/a.h"\n', "cli/run/a.h": ""}))
        )
    assert [line for line in lines if "->" in line] == ['  "cli/run/a" -> "base/text";'], lines


def self_test():
    for test in (test_includes, test_names, test_symbols, test_circles, test_drawing):
        test()


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        return 0
    if arguments[0] == "--graph":
        print("\n".join(drawing(pathlib.Path(arguments[1]))))
        return 0
    found = check(pathlib.Path(arguments[0]), arguments[1:])
    for line in found:
        print(line)
    return 1 if found else 0


sys.exit(main(sys.argv[1:]))
