# SPDX-License-Identifier: MIT
"""The emulated machine is what it claims to be: the kernel's layout, and values that follow from its truth file."""

import errno
import os
import re
import signal
import subprocess
import sys
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from bed import Bed, program, why_not  # noqa: E402
from tree import LAYOUTS, Zone, find_machine, make_tree, read_machine, set_energy  # noqa: E402
from truth import Curve, Truth  # noqa: E402

PRESETS = sorted(os.listdir(os.path.join(HERE, "machines")))


@pytest.fixture(name="mount")
def mount_fixture():
    """Mounts machines, and takes them away after the test."""
    if why_not():
        pytest.skip(why_not())
    beds = []

    def mount(*arguments, **options):
        if os.getuid() != 0 and len(arguments) == 1:
            arguments += ("--mode", "0444")  # what is root's alone could not be compared with anything
        beds.append(Bed(*arguments, **options))
        return beds[-1]

    yield mount
    for bed in beds:
        bed.close()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def value_between(bed, zone, fd):
    """(least, value, most): what was read, and what the truth allows between the two clocks around the read."""
    before = time.monotonic_ns()
    value = int(os.pread(fd, 64, 0))
    after = time.monotonic_ns()
    truth = bed.truth()
    return truth.shown(zone, before), value, truth.shown(zone, after)


def assert_follows(bed, zone, reads=50):
    """In order, and each within the truth; a wrap between the two clocks is the caller's business."""
    fd = os.open(bed.path(zone), os.O_RDONLY)
    try:
        for _ in range(reads):
            least, value, most = value_between(bed, zone, fd)
            assert least <= value <= most, zone
    finally:
        os.close(fd)


# ---- layout ---------------------------------------------------------------------------------------------------------------------


def test_the_layout_is_the_kernels(mount):
    bed = mount("server")
    assert sorted(os.listdir(bed.flat(""))) == [
        "intel-rapl",
        "intel-rapl:0",
        "intel-rapl:0:0",
        "intel-rapl:1",
        "intel-rapl:2",
        "intel-rapl:2:0",
    ]
    assert (
        os.readlink(bed.flat("intel-rapl:2:0"))
        == "../../devices/virtual/powercap/intel-rapl/intel-rapl:2/intel-rapl:2:0"
    )
    names = {
        entry: read(bed.flat(entry, "name"))
        for entry in ("intel-rapl:0", "intel-rapl:0:0", "intel-rapl:1", "intel-rapl:2")
    }
    assert names == {
        "intel-rapl:0": b"package-1\n",
        "intel-rapl:0:0": b"dram\n",
        "intel-rapl:1": b"psys\n",
        "intel-rapl:2": b"package-0\n",
    }
    assert os.path.realpath(bed.flat("intel-rapl:2:0")) == os.path.realpath(bed.flat("intel-rapl:2", "intel-rapl:2:0"))
    assert {"enabled", "uevent", "power", "subsystem"} <= set(os.listdir(bed.flat("intel-rapl")))
    assert not {"name", "energy_uj"} & set(os.listdir(bed.flat("intel-rapl")))
    assert {"constraint_0_name", "constraint_1_power_limit_uw", "device", "intel-rapl:2:0"} <= set(
        os.listdir(bed.flat("intel-rapl:2"))
    )
    assert read(bed.flat("intel-rapl:2:0", "device/name")) == b"package-0\n"
    assert os.path.realpath(bed.flat("intel-rapl:2:0", "subsystem")) == os.path.realpath(bed.flat(""))
    assert os.stat(bed.flat("intel-rapl:2", "energy_uj")).st_mode & 0o777 == (0o400 if os.getuid() == 0 else 0o444)
    assert os.lstat(bed.flat("intel-rapl:2")).st_size == 0  # as sysfs has it: no buffer may be sized by it


@pytest.mark.parametrize("preset", PRESETS)
def test_every_machine_follows_its_truth(mount, preset):
    bed = mount(preset)
    truth = bed.truth()
    for zone in truth.zones.values():
        assert read(os.path.join(bed.root, zone.path, "name")).decode() == zone.name + "\n"
        assert os.path.exists(os.path.join(bed.root, zone.path, "energy_uj")) == zone.has_energy
        if zone.has_energy:
            assert int(read(os.path.join(bed.root, zone.path, "max_energy_range_uj"))) == zone.range_uj
            assert_follows(bed, zone.id)


def test_indexes_go_hex(mount):
    bed = mount("hex")
    assert read(bed.flat("intel-rapl:a", "name")) == b"package-10\n"
    assert read(bed.flat("intel-rapl:b:0", "name")) == b"dram\n"


def test_mmio_is_the_same_register(mount):
    bed = mount("mmio")
    assert read(bed.flat("intel-rapl-mmio:0", "name")) == b"package-0\n"
    bed.command("freeze")
    assert read(bed.flat("intel-rapl-mmio:0", "energy_uj")) == read(bed.flat("intel-rapl:0", "energy_uj"))


def test_ranges_are_those_of_real_machines(mount):
    units = "zone a unit=14\nzone b unit=16\nzone c unit=dram\nzone d unit=0\n"
    bed = mount(units)
    assert [int(read(bed.path(zone, "max_energy_range_uj"))) for zone in "abcd"] == [
        262143328850,
        65532610987,
        65712999613,
        4294967295000000,
    ]
    assert int(read(mount("kernel old\n" + units).path("a", "max_energy_range_uj"))) == 262143999938


def test_files_that_refuse_do_it_as_in_the_kernel(mount):
    bed = mount("server")
    for name, code in (("power/autosuspend_delay_ms", errno.EIO), ("constraint_1_max_power_uw", errno.ENODATA)):
        with pytest.raises(OSError) as caught:
            read(bed.path("package-0", name))
        assert caught.value.errno == code


# ---- values ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "curve", ["120", "step 20 100 0.05", "square 20 100 0.01 0.3", "ramp 0 500 0.1", "sine 80 80 0.02"]
)
@pytest.mark.parametrize("tick", ["none", "exact", "rome", "bdw", "icx", "knl-dram", "icx-dram"])
def test_any_curve_with_any_tick(mount, curve, tick):
    bed = mount(f"zone z tick={tick} {curve}\n")
    assert_follows(bed, "z", 20)


def test_the_value_stands_still_between_ticks_and_is_truncated(mount):
    bed = mount("zone z unit=14 period_us=10000000 phase_us=3000000 start=1000000007 100\n")  # moves after 3 s first
    assert int(read(bed.path("z"))) == 1000000007 * 61035 // 1000
    time.sleep(0.02)
    assert int(read(bed.path("z"))) == 1000000007 * 61035 // 1000


def test_each_read_of_an_open_file_is_new_and_the_rest_follows_its_offset(mount):
    bed = mount("zone z tick=none start=1000000000 1000\n")
    fd = os.open(bed.path("z"), os.O_RDONLY)
    try:
        first = os.pread(fd, 64, 0)
        assert os.pread(fd, 64, 3) == first[3:]
        assert os.pread(fd, 64, len(first)) == b""
        time.sleep(0.01)
        assert int(os.pread(fd, 64, 0)) > int(first)
    finally:
        os.close(fd)


def test_it_wraps(mount):
    bed = mount("zone z unit=14 tick=none wrap_after=2 100\n")
    zone = bed.truth().zone("z")
    fd = os.open(bed.path("z"), os.O_RDONLY)
    try:
        while True:
            least, value, most = value_between(bed, "z", fd)
            if least <= most:
                assert least <= value <= most
            if (
                value < zone.range_uj - 2000001
            ):  # it began above; on a slow machine the first look may already be behind the wrap
                break
    finally:
        os.close(fd)
    at = time.monotonic_ns()
    energy = bed.truth().energy("z", zone.start_ns, at)
    assert energy > 2  # and what the counter lost is one whole modulus
    shown = bed.truth().zone("z").raw(at) + zone.modulus - zone.base_raw
    assert abs(shown * zone.unit_j - energy) <= zone.unit_j


def test_power_changes_and_the_truth_knows(mount):
    bed = mount("zone z tick=none 100\n")
    bed.command("power z square 10 50 0.004")
    truth = bed.truth()
    pieces = truth.zone("z").curve.pieces
    assert [piece["shape"] for piece in pieces] == ["constant", "square"]
    assert abs(pieces[1]["before_j"] - 100 * pieces[1]["from_ns"] / 1e9) < 1e-6
    assert_follows(bed, "z")


def test_freeze_thaw_reset_step(mount):
    bed = mount("zone z tick=none start=1000000000 100\n")
    bed.command("freeze z")
    frozen = int(read(bed.path("z")))
    time.sleep(0.02)
    assert int(read(bed.path("z"))) == frozen
    bed.command("thaw z")
    assert_follows(bed, "z", 10)
    before = int(read(bed.path("z")))
    bed.command("step z -50")
    assert int(read(bed.path("z"))) < before
    assert_follows(bed, "z", 10)
    bed.command("reset z")
    assert int(read(bed.path("z"))) < frozen
    assert_follows(bed, "z", 10)


def test_proc_stat_can_be_the_hosts(mount):
    bed = mount("server")
    first, middle, last = (
        read(path).splitlines()[0].split() for path in ("/proc/stat", os.path.join(bed.root, "proc/stat"), "/proc/stat")
    )
    assert all(int(a) <= int(b) <= int(c) for a, b, c in zip(first[1:4], middle[1:4], last[1:4]))
    assert read(os.path.join(bed.root, "proc/cpuinfo")).count(b"model\t\t: 106") == 112
    assert len(re.findall(rb"^cpu\d", read(os.path.join(bed.root, "proc/stat")), re.MULTILINE)) == 112
    with pytest.raises(ValueError):
        bed.truth().busy(0, 1)


def test_proc_follows_its_curve(mount):
    bed = mount("cloud")
    assert b"hypervisor" in read(os.path.join(bed.root, "proc/cpuinfo"))
    bed.command("busy 0.5")
    before = time.monotonic_ns()
    first = [int(word) for word in read(os.path.join(bed.root, "proc/stat")).split()[1:8]]
    middle = time.monotonic_ns()
    time.sleep(0.3)
    late = time.monotonic_ns()
    second = [int(word) for word in read(os.path.join(bed.root, "proc/stat")).split()[1:8]]
    after = time.monotonic_ns()
    assert all(later >= earlier for earlier, later in zip(first, second))
    busy = (sum(second[:3]) - sum(first[:3])) / 100
    truth = bed.truth()
    assert truth.busy(middle, late) - 0.02 <= busy <= truth.busy(before, after) + 0.02
    assert os.listdir(bed.flat("")) == []


def stat(bed):
    """The first eight columns of proc/stat's first line, and the names of the lines of CPUs."""
    lines = read(os.path.join(bed.root, "proc/stat")).decode().splitlines()
    return [int(word) for word in lines[0].split()[1:9]], [
        line.split()[0] for line in lines if re.match(r"cpu\d", line)
    ]


def test_proc_steals_and_jumps_and_loses_cpus(mount):
    bed = mount("cloud")  # four threads
    bed.command("busy 0.25")
    bed.command("steal 0.5")
    first, cpus = stat(bed)
    assert cpus == ["cpu0", "cpu1", "cpu2", "cpu3"]
    time.sleep(0.3)
    second, _ = stat(bed)
    grown = [late - early for early, late in zip(first, second)]
    busy, idle, steal = sum(grown[:3]), grown[3], grown[7]
    assert busy > 20 and abs(steal - 2 * busy) <= 4 and abs(idle - busy) <= 4
    bed.command("jump iowait 10000")
    bed.command("jump iowait -5000")
    bed.command("jump idle 2600000")
    bed.command("offline 2")
    before, cpus = stat(bed)
    assert before[4] == 5000 and before[3] >= second[3] + 2600000 and cpus == ["cpu0", "cpu1", "cpu3"]
    time.sleep(0.3)
    after, _ = stat(bed)
    assert after[3] - before[3] <= 3  # its quarter is what was idle
    bed.command("jump idle -99999999")
    bed.command("online 2")
    assert stat(bed)[0][3] == 0 and stat(bed)[1] == ["cpu0", "cpu1", "cpu2", "cpu3"]


# ---- rights ---------------------------------------------------------------------------------------------------------------------


def read_as_nobody(path):
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat", path]
    return subprocess.run(command, capture_output=True, check=False, text=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_rights_hold_for_other_users(mount):
    bed = mount("locked", allow_other=True)
    path = bed.path("package-0")
    done = read_as_nobody(path)
    assert done.returncode != 0 and "Permission denied" in done.stderr
    assert read_as_nobody(bed.path("package-0", "name")).stdout == "package-0\n"
    assert read(path)
    bed.command("mode all 0444")
    assert int(read_as_nobody(path).stdout) > 0
    assert read_as_nobody(os.path.join(bed.root, "control")).returncode != 0
    assert int(read_as_nobody(mount("server", "--mode", "0444", allow_other=True).path("package-0")).stdout) > 0


# ---- what goes wrong ------------------------------------------------------------------------------------------------------------


def test_a_vanished_zone(mount):
    bed = mount("server")
    gone, dram, other = bed.path("package-1"), bed.path("dram-1"), bed.path("package-0")
    kept = [os.open(path, os.O_RDONLY) for path in (gone, dram, os.path.join(os.path.dirname(gone), "name"))]
    try:
        bed.command("vanish package-1")
        for fd in kept:
            with pytest.raises(OSError) as caught:
                os.pread(fd, 64, 0)
            assert caught.value.errno == errno.ENODEV
        assert not os.path.exists(gone) and not os.path.exists(dram) and read(other)
        assert sorted(os.listdir(bed.flat(""))) == ["intel-rapl", "intel-rapl:1", "intel-rapl:2", "intel-rapl:2:0"]
        assert bed.truth().zone("package-1").gone
        bed.command("vanish package-0")
        bed.command("return package-0")  # takes the lowest free index: the two have swapped
        bed.command("return package-1")
        assert read(bed.flat("intel-rapl:0", "name")) == b"package-0\n"
        assert read(bed.flat("intel-rapl:2", "name")) == b"package-1\n"
        assert_follows(bed, "dram-1", 5)
        with pytest.raises(OSError) as caught:
            os.pread(kept[0], 64, 0)
        assert caught.value.errno == errno.ENODEV
    finally:
        for fd in kept:
            os.close(fd)


@pytest.mark.parametrize("name", ["EIO", "EINVAL", "ENODATA"])
def test_reads_fail_on_request(mount, name):
    bed = mount("server")
    fd = os.open(bed.path("dram-0"), os.O_RDONLY)

    def outcome():
        try:
            os.pread(fd, 64, 0)
            return "good"
        except OSError as error:
            return errno.errorcode[error.errno]

    try:
        bed.command(f"fail dram-0 {name} 3 2")
        assert [outcome() for _ in range(6)] == ["good", "good", name, name, "good", "good"]
        bed.command(f"fail dram-0 {name}")
        assert [outcome() for _ in range(3)] == [name] * 3
        assert read(bed.path("dram-1")) and read(bed.path("package-0"))
        bed.command("heal dram-0")
        assert outcome() == "good"
    finally:
        os.close(fd)


@pytest.mark.parametrize(
    "line",
    ["vanish nothing", "explode package-0", "power package-0 -5", "fail dram-0 EWHAT", "step package-0 x", "busy 0.5"]
    + ["steal 0.5", "offline 1", "jump idle 5"],  # the host's
)
def test_a_wrong_command_is_refused_and_says_why(mount, line):
    refused(mount("server"), line)


@pytest.mark.parametrize("line", ["busy x", "offline 4", "online 0", "offline", "jump idle", "jump guest 5"])
def test_a_wrong_command_for_cpus_is_refused(mount, line):
    refused(mount("cloud"), line)


def refused(bed, line):
    with pytest.raises(OSError) as caught:
        bed.command(line)
    assert caught.value.errno == errno.EINVAL
    assert read(os.path.join(bed.root, "control")).startswith(b"refused: ")


@pytest.mark.parametrize(
    "text",
    [
        "zone\n",
        "zone a sine 1 2 3\n",
        "zone a colour=red 5\n",
        "child a 5\n",
        "zone a 5\nzone a 5\n",
        "cpu a\n",
        "zone a tick=fast 5\n",
        "mode rwx\n",
        "what\n",
        "zone a same=b 5\n",
    ],
)
def test_a_wrong_description_is_refused_with_its_line(text):
    if why_not():
        pytest.skip(why_not())
    with pytest.raises(RuntimeError, match=r"line \d"):
        Bed("# a machine\n" + text).close()


def test_it_ends_with_a_signal_and_with_umount(mount):
    bed = mount("server")
    pid = bed.truth().pid
    os.kill(pid, signal.SIGTERM)
    for _ in range(500):
        if not os.path.ismount(bed.root):
            break
        time.sleep(0.01)
    assert not os.path.ismount(bed.root)
    again = mount("server")
    pid = again.truth().pid
    again.close()
    for _ in range(500):
        if not os.path.exists(f"/proc/{pid}"):
            break
        time.sleep(0.01)
    assert not os.path.exists(f"/proc/{pid}")


def test_bad_usage():
    assert subprocess.run([program()], capture_output=True, check=False).returncode == 2
    done = subprocess.run([program(), "--machine", "no-such-machine", "/"], capture_output=True, check=False, text=True)
    assert done.returncode == 1 and "--list" in done.stderr
    listed = subprocess.run([program(), "--list"], capture_output=True, check=True, text=True).stdout
    assert [line.split()[0] for line in listed.splitlines()] == PRESETS


def test_the_one_command():
    if why_not():
        pytest.skip(why_not())
    done = subprocess.run(
        [os.path.join(HERE, "start")],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "JOULES_BED": program()},
    )
    root = done.stdout.split("is at ", 1)[1].split(". ", 1)[0]
    try:
        assert f"--sysroot {root}" in done.stdout and f"fusermount3 -u {root}" in done.stdout
        assert Truth.read(root).machine == "server"
    finally:
        subprocess.run(["fusermount3", "-u", "-z", root], check=True)
        os.rmdir(root)


# ---- truth.py and tree.py -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape, numbers",
    [
        ("constant", [120, 0, 0, 0]),
        ("step", [20, 100, 0.7, 0]),
        ("square", [20, 100, 0.5, 0.3]),
        ("ramp", [10, 90, 1.5, 0]),
        ("sine", [80, 40, 0.9, 0]),
    ],
)
def test_the_truth_is_the_integral_of_the_power(shape, numbers):
    curve = Curve([{"from_ns": 0, "before_j": 0.0, "shape": shape, "numbers": numbers}])
    steps = 20000
    total = sum(curve.power(int((k + 0.5) * 2e9 / steps)) * 2 / steps for k in range(steps))
    assert abs(total - curve.energy(2 * 10**9)) < 0.05
    assert curve.energy(-1) == 0


def test_truth_of_an_interval(mount):
    bed = mount("zone package-0 100\nchild dram 7\n")
    truth = bed.truth()
    start = truth.start_ns
    assert abs(truth.energy("package_0", start + 10**9, start + 3 * 10**9) - 200) < 1e-9
    assert abs(truth.energy("dram_0", start, start + 10**9) - 7) < 1e-9
    with pytest.raises(KeyError, match="package-0 dram-0"):
        truth.energy("dram_1", 0, 1)


def test_a_plain_tree_has_the_entries_of_the_emulated_one(mount, tmp_path):
    for preset in ("server", "client", "dies", "hex", "mmio", "silent"):
        zones, files = read_machine(find_machine(preset))
        make_tree(tmp_path / preset, zones, files=files)
        bed = mount(preset)
        entries = os.listdir(bed.flat(""))
        assert sorted(os.listdir(tmp_path / preset / "sys/class/powercap")) == sorted(entries)
        for entry in entries:
            plain = tmp_path / preset / "sys/class/powercap" / entry
            assert os.readlink(plain) == os.readlink(bed.flat(entry))
            assert {name for name in os.listdir(plain) if name != "power"} <= set(os.listdir(bed.flat(entry)))
            for name in ("name", "max_energy_range_uj"):
                assert os.path.exists(plain / name) == os.path.exists(bed.flat(entry, name))
                if os.path.exists(plain / name):
                    assert read(plain / name) == read(bed.flat(entry, name))


def real_folders(root):
    return sorted(folder[len(str(root)) :] for folder, _, files in os.walk(root) if "energy_uj" in files)


def test_layouts(tmp_path):
    zones = [Zone("package-0", children=[Zone("core"), Zone("dram")])]
    counts = {}
    for layout in LAYOUTS:
        make_tree(tmp_path / layout, zones, layout)
        counts[layout] = len(real_folders(tmp_path / layout))
    assert counts == {"kernel": 3, "flat": 3, "nested": 3, "copied": 8, "masked": 0}
    assert os.path.islink(tmp_path / "masked/sys/class/powercap/intel-rapl:0")
    assert not os.path.exists(tmp_path / "masked/sys/class/powercap/intel-rapl:0")
    assert read(tmp_path / "kernel/sys/class/powercap/intel-rapl:0:1/name") == b"dram\n"


def test_odd_trees(tmp_path):
    make_tree(
        tmp_path,
        [
            Zone(
                "package-0", 2**40, files={"max_energy_range_uj": b"garbage\0\0"}, modes={"energy_uj": 0o400}, index=10
            ),
            Zone("package-1", drop=["energy_uj", "name"]),
            Zone("psys", b"12\0\0\0\0", dangling=True),
        ],
        files={"proc/stat": "cpu 1 2 3 4"},
    )
    powercap = tmp_path / "sys/class/powercap"
    assert read(powercap / "intel-rapl:a/energy_uj") == b"1099511627776\n"
    assert read(powercap / "intel-rapl:a/max_energy_range_uj") == b"garbage\0\0"
    assert os.stat(powercap / "intel-rapl:a/energy_uj").st_mode & 0o777 == 0o400
    assert not (powercap / "intel-rapl:b/energy_uj").exists() and not (powercap / "intel-rapl:b/name").exists()
    assert (powercap / "intel-rapl:c").is_symlink() and not (powercap / "intel-rapl:c").exists()
    assert read(tmp_path / "proc/stat") == b"cpu 1 2 3 4\n"
    with open(powercap / "intel-rapl:a/energy_uj", "rb") as kept:
        set_energy(tmp_path, "package-0", 77)
        assert kept.read() == b"77\n"
