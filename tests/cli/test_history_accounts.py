# SPDX-License-Identifier: MIT
"""The history of a fresh account: the whole way from `joules run` to a server and back, as that user and by sudo. The account is in no
file of this machine: it is made in a mount namespace, for one script."""

import os
import pathlib
import subprocess
import sys

import pytest

from conftest import Tree
from idling import Idling

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bed/mongo"))

from mongo import Server  # noqa: E402

ANN = 64322
ACCOUNT = """
set -e
for name in passwd group sudoers; do mount --bind "$1/$name" "/etc/$name"; done
exec su - ann -c "$2"
"""


class Account:
    """sh("script") → what ann's login shell did; her home, and that of root, are fresh folders."""

    def __init__(self, joules, folder):
        self.folder = folder
        self.path = joules.path
        self.home = folder / "ann"
        self.root = folder / "root"
        for home, uid in ((self.home, ANN), (self.root, 0)):
            home.mkdir(mode=0o755)
            os.chown(home, uid, uid)
        # A * for the password: no entry in the shadow file is asked for.
        others = [line for line in pathlib.Path("/etc/passwd").read_text().splitlines() if not line.startswith("root:")]
        accounts = [f"root:*:0:0:root:{self.root}:/bin/sh", f"ann:*:{ANN}:{ANN}:Ann:{self.home}:/bin/sh", *others]
        self.write("passwd", "\n".join(accounts) + "\n")
        self.write("group", f"{pathlib.Path('/etc/group').read_text()}ann:*:{ANN}:\n")
        self.write(
            "sudoers", "Defaults !lecture\nDefaults env_keep += JOULES_SYSROOT\nann ALL=(ALL) NOPASSWD: SETENV: ALL\n"
        )
        (folder / "sudoers").chmod(0o440)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def sh(self, script):
        lines = f"set -e\nexport JOULES_SYSROOT={self.folder}/machine TZ=UTC\njoules={self.path}\n{script}"
        self.write("script", lines)
        return subprocess.run(
            ["unshare", "-m", "sh", "-c", ACCOUNT, "sh", self.folder, f"sh {self.folder}/script"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def history(self, home):
        """Whose it is, and its mode; None: there is none."""
        path = home / ".local/state/joules/history.db"
        return (path.stat().st_uid, oct(path.stat().st_mode & 0o777)) if path.exists() else None


@pytest.fixture
def ann(open_joules, open_folder):
    if os.geteuid() != 0:
        pytest.skip("needs root, to make an account")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no mount namespace here")
    Tree(open_folder / "machine")
    with Idling(open_folder / "machine"):
        yield Account(open_joules, open_folder)


@pytest.fixture(scope="module")
def mongo():
    with Server(os.environ.get("JOULES_MONGO_BUILD", str(ROOT / "build/mongo"))) as server:
        yield server


WAY = """
$as $joules run -q -r 3 -o csv:$HOME/run.csv --name way sh -c :
$as $joules history
$as $joules history show 2
$as $joules history export -o '{address}'
$as $joules history export -o csv:- | cmp - run.csv
"""


@pytest.mark.parametrize("by", ["herself", "sudo"])
def test_the_whole_way(ann, mongo, by):
    pymongo = pytest.importorskip("pymongo")
    address = f"{mongo.uri}way_{by}?collection=runs"
    done = ann.sh(f"as={'sudo' if by == 'sudo' else ''}\n" + WAY.format(address=address))
    assert done.returncode == 0, done
    assert all("below_tick" in line for line in done.stderr.splitlines()), "what a csv owes, and nothing else"
    table, _, show = done.stdout.partition("\nsh -c :: exit 0 in ")
    assert [line.split()[0] for line in table.split("\n\n")[0].splitlines()] == ["ID", "1", "2", "3"]
    assert "package_0" in show and "part of package_0" in show and ", run 2, " in show
    with pymongo.MongoClient(mongo.uri) as client:
        documents = list(client[f"way_{by}"].runs.find())
    assert [document["name"] for document in documents] == ["trace_0", "trace_1", "trace_2"]
    assert [document["trace"][0]["tag"] for document in documents] == ["way"] * 3
    assert all(document["labels"]["command"] == "sh -c :" for document in documents)
    owner, other = (ann.root, ann.home) if by == "sudo" else (ann.home, ann.root)
    assert ann.history(owner) == (0 if by == "sudo" else ANN, "0o600") and not ann.history(other)


@pytest.mark.parametrize("variables", ["HOME=$HOME", "HOME=$HOME XDG_STATE_HOME=$HOME/.local/state"])
def test_root_leaves_nothing_in_a_home_that_is_not_its_own(ann, variables):
    """With variables that sudo was told to keep."""
    done = ann.sh(f"sudo {variables} $joules run -q true; sudo {variables} $joules history --json id=1")
    assert (done.returncode, done.stderr) == (0, "") and '"id": 1' in done.stdout
    assert ann.history(ann.root) == (0, "0o600")
    assert not [path for path in ann.home.rglob("*") if path.stat().st_uid == 0]


def test_the_history_of_user_is_hers(ann):
    done = ann.sh(
        "sudo XDG_STATE_HOME=/nonexistent/state HOME=/nonexistent $joules run -q --user ann true\n$joules history --json"
    )
    assert (done.returncode, done.stderr) == (0, "") and '"id": 1' in done.stdout
    assert ann.history(ann.home) == (ANN, "0o600") and not ann.history(ann.root)
    assert all(path.stat().st_uid == ANN for path in ann.home.rglob("*"))
