# SPDX-License-Identifier: MIT
"""The examples of the documented system and of our own pages, each run as a file on the emulated machine with a GPU."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs/python").glob("*.md"))
sys.path.insert(0, str(ROOT / "tests/bed/mongo"))

from mongo import Server  # noqa: E402

# foo and bar take long enough for every counter to move.
GIVEN = """
import time

def foo():
    time.sleep(0.15)

def bar():
    time.sleep(0.15)

"""

# ---- the six examples of pyJoules' documentation, as they stand there but for what GIVEN says ----

IMPORTS = """
from pyJoules.energy_meter import EnergyContext
from pyJoules.device.rapl_device import RaplPackageDomain
from pyJoules.device.nvidia_device import NvidiaGPUDomain
"""

PRINT = """
with EnergyContext(domains=[RaplPackageDomain(1), NvidiaGPUDomain(0)], start_tag='foo') as ctx:
    foo()
    ctx.record(tag='bar')
    bar()
"""

CSV = """
from pyJoules.handler.csv_handler import CSVHandler
csv_handler = CSVHandler('result.csv')

with EnergyContext(handler=csv_handler, domains=[RaplPackageDomain(1), NvidiaGPUDomain(0)], start_tag='foo') as ctx:
    foo()
    ctx.record(tag='bar')
    bar()

csv_handler.save_data()
"""

PANDAS = """
from pyJoules.handler.pandas_handler import PandasHandler
pandas_handler = PandasHandler()

with EnergyContext(handler=pandas_handler, domains=[RaplPackageDomain(1), NvidiaGPUDomain(0)], start_tag='foo') as ctx:
    foo()
    ctx.record(tag='bar')
    bar()

df = pandas_handler.get_dataframe()
"""

MONGO = """
from pyJoules.handler.mongo_handler import MongoHandler
mongo_handler = MongoHandler(uri='mongodb://localhost', database_name='db', collection_name='collection')

with EnergyContext(handler=mongo_handler, domains=[RaplPackageDomain(1), NvidiaGPUDomain(0)], start_tag='foo') as ctx:
    foo()
    ctx.record(tag='bar')
    bar()

mongo_handler.save_data()
"""

CORE = """
from pyJoules.device.rapl_device import RaplCoreDomain
with EnergyContext(domains=[RaplCoreDomain(0)]):
    foo()
"""

GPU = """
from pyJoules.device.nvidia_device import NvidiaGPUDomain
with EnergyContext(domains=[NvidiaGPUDomain(0)]):
    foo()
"""


def fake_gpu():
    """The library of a GPU that does not exist."""
    folder = os.environ.get("FAKE_NVML_FOLDER")
    if not folder and "JOULES_BUILD" in os.environ:
        folder = os.path.join(os.environ["JOULES_BUILD"], "tests/bed/nvml")
    if folder:
        return os.path.join(folder, "libnvidia-ml.so.1")
    found = [path for path in ROOT.glob("build*/**/tests/bed/nvml/libnvidia-ml.so.1") if path.is_file()]
    if not found:
        pytest.fail("no fake GPU: build it (tests/bed/nvml)")
    return str(max(found, key=os.path.getmtime))


@pytest.fixture(scope="module")
def server():
    with Server(os.environ.get("JOULES_MONGO_BUILD", str(ROOT / "build/mongo"))) as server:
        yield server


@pytest.fixture(params=["python example.py", "python -m joules example.py"])
def way(request):
    return request.param.replace("example.py", "").split()[1:]


@pytest.fixture
def example(tmp_path, server):
    """example(code) → its standard output; it runs as a file in an empty folder."""

    def example(code, *way):
        path = tmp_path / "example.py"
        path.write_text(GIVEN + code.replace("mongodb://localhost", server.uri), encoding="utf-8")
        env = {name: value for name, value in os.environ.items() if name not in ("JOULES_ON_NOTHING", "PYTHONPATH")}
        env["JOULES_NVML_LIB"] = fake_gpu()
        done = subprocess.run(
            [sys.executable, *way, str(path)], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    example.folder = tmp_path
    return example


NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
LINE = re.compile(
    rf"begin timestamp : ({NUMBER}); tag : (\w+); duration : ({NUMBER}); package_1 : ({NUMBER}); nvidia_gpu_0 : ({NUMBER})$"
)


def check_rows(rows):
    """(timestamp, tag, duration, package_1, nvidia_gpu_0) of foo and bar, against what the machine says is plausible."""
    assert [row[1] for row in rows] == ["foo", "bar"]
    for timestamp, _, duration, package, gpu in rows:
        assert float(duration) >= 0.15 and float(timestamp) > 1.6e9
        # package-1 of this machine draws 70 to 190 W; a GPU's µJ are no mJ.
        assert 40e6 * float(duration) < float(package) < 250e6 * float(duration)
        assert float(gpu) == 0 or float(gpu) > 1e6
    assert float(rows[1][0]) == pytest.approx(float(rows[0][0]) + float(rows[0][2]), abs=1e-3)
    assert sum(float(row[4]) for row in rows) > 1e6


def test_print(bed, example, way):
    bed("server")
    lines = example(IMPORTS + PRINT, *way).splitlines()
    check_rows([LINE.match(line).groups() for line in lines])


def test_csv(bed, example, way):
    bed("server")
    assert example(IMPORTS + CSV, *way) == ""
    header, *rows = (example.folder / "result.csv").read_text().splitlines()
    assert header == "timestamp;tag;duration;package_1;nvidia_gpu_0"
    check_rows([row.split(";") for row in rows])


def test_pandas(bed, example):
    bed("server")
    header, *rows = example(IMPORTS + PANDAS + "print(df.to_csv(sep=';'))").split()
    assert header == ";timestamp;tag;duration;package_1;nvidia_gpu_0"
    assert [row.split(";")[0] for row in rows] == ["0", "1"]
    check_rows([row.split(";")[1:] for row in rows])


def test_mongo(bed, example, server):
    import pymongo

    bed("server")
    with pymongo.MongoClient(server.uri) as client:
        client.drop_database("db")
        assert example(IMPORTS + MONGO) == ""
        (document,) = client.db.collection.find()
    assert document["name"] == "trace_0"
    rows = [
        (
            sample["timestamp"],
            sample["tag"],
            sample["duration"],
            sample["energy"]["package_1"],
            sample["energy"]["nvidia_gpu_0"],
        )
        for sample in document["trace"]
    ]
    assert all(list(sample["energy"]) == ["package_1", "nvidia_gpu_0"] for sample in document["trace"])
    check_rows(rows)


def test_core(bed, example, way):
    bed("client")
    assert re.fullmatch(
        rf"begin timestamp : {NUMBER}; tag : start; duration : {NUMBER}; core_0 : {NUMBER}\n",
        example("from pyJoules.energy_meter import EnergyContext\n" + CORE, *way),
    )


def test_gpu(bed, example, way):
    bed("server")
    assert re.fullmatch(
        rf"begin timestamp : {NUMBER}; tag : start; duration : {NUMBER}; nvidia_gpu_0 : {NUMBER}\n",
        example("from pyJoules.energy_meter import EnergyContext\n" + GPU, *way),
    )


# ---- our own pages ----


def blocks(page):
    """(language, text) of each block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def pattern(shown):
    """What a page shows, with … for what differs each time."""
    return ".*".join(map(re.escape, shown.strip().split("…")))


def has_examples(page):
    return any(language == "python" for language, _ in blocks(page))


# The same power all the time: an example measures the idle machine, which must not use more than the program did.
STEADY = """
zone package-1 tick=icx constant 120
child dram unit=dram tick=icx-dram constant 11
zone package-0 tick=icx constant 90
child dram unit=dram tick=icx-dram constant 14
cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test
"""


@pytest.mark.parametrize("page", [page for page in PAGES if has_examples(page)], ids=lambda page: page.stem)
def test_the_examples_of_a_page(page, bed, example, server):
    """All examples of a page run as one file, and print what the page shows."""
    import pymongo

    bed(STEADY)
    with pymongo.MongoClient(server.uri) as client:
        client.drop_database("db")
    for needed in re.findall(r"^import (pyarrow|polars)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        pytest.importorskip(needed)
    said = example("".join(text for language, text in blocks(page) if language == "python"))
    at = 0
    for language, shown in blocks(page):
        if language != "text":
            continue
        found = re.compile(pattern(shown)).search(said, at)
        assert found, f"{page.name} shows\n{shown}\nand it printed\n{said[at:]}"
        at = found.end()


def test_the_cells_of_the_notebook_page(bed):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    bed("server")
    cells = [text for language, text in blocks(ROOT / "docs/python/notebooks-and-pytest.md") if language == "ipython"]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in ["numbers = list(range(100000))", *cells]]
    )
    nbclient.NotebookClient(notebook, timeout=100, kernel_name="python3").execute()
    (shown,) = notebook.cells[-1].outputs
    assert len(cells) == 2 and "mean ± std. dev. of 7 runs" in shown.text


def test_the_test_of_the_pytest_page(bed, tmp_path):
    bed("server")
    text = "\n\n".join(
        text for language, text in blocks(ROOT / "docs/python/notebooks-and-pytest.md") if language == "pytest"
    )
    (tmp_path / "test_page.py").write_text("numbers = list(range(1000))\n" + text)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        "--joules",
        "test_page.py",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert "2 passed" in done.stdout and "test_page.py::test_sort" in done.stdout, done.stdout


def test_every_page_is_linked_and_every_link_leads_somewhere():
    linked = set()
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+\.md)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
            linked.add(target)
    assert {page.name for page in PAGES} - {"README.md"} <= linked


def test_coming_from_pyjoules_begins_with_the_gpu_values():
    text = (ROOT / "docs/python/coming-from-pyJoules.md").read_text(encoding="utf-8")
    first = text.split("\n1. ")[1].split("\n2. ")[0]
    assert "GPU" in first and "1000" in first and "0.5.1" in first


def test_the_pages_name_every_public_name(run):
    """What a module exports stands on the API page."""
    code = """
import importlib, joules
for name in ("energy_meter", "energy_trace", "device", "device.rapl_device", "device.nvidia_device", "device.estimate_device", "exception",
             "handler", "handler.csv_handler", "handler.json_handler", "handler.sqlite_handler", "handler.pandas_handler", "handler.mongo_handler"):
    module = importlib.import_module("joules." + name)
    for public in vars(module):
        thing = getattr(module, public)
        if not public.startswith("_") and getattr(thing, "__module__", None) == module.__name__ and public[0].isupper() and public != "Bounds":
            print(public)
"""
    text = (ROOT / "docs/python/api.md").read_text(encoding="utf-8")
    missing = [name for name in run.ok(code).split() if name not in text]
    assert not missing
