# SPDX-License-Identifier: MIT
"""script/gpu-experiments, on the fake: that the series runs from end to end. What it finds only a real GPU can say."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*words, **env):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("JOULES_", "CUDA_"))}
    clean["JOULES_HISTORY"] = "off"
    return subprocess.run(
        [str(ROOT / "script/gpu-experiments"), *map(str, words)],
        env={**clean, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def test_the_series_runs_and_its_recording_can_be_played(joules, tmp_path):
    fake = pathlib.Path(joules.path).parent.parent / "tests/bed/nvml/libnvidia-ml.so.1"
    done = run(
        "--quick",
        "--fake",
        fake,
        tmp_path,
        JOULES_BIN=joules.path,
        JOULES_FAKE_NVML="gpus=2 tick_ms=50 curve=square:50:250:0.4",
    )
    assert done.returncode == 0, done.stderr
    assert "ended with" not in done.stdout
    text = (tmp_path / "all.txt").read_text()
    assert "NOT A REAL GPU" in text
    for name in ("e0", "e1", "e2", "e3", "e4a", "e4b", "e5", "e6", "e7", "e8", "e9", "e10", "e11", "e12", "e14"):
        assert f"# {name}: " in text
    # The program finds what the fake was told.
    period = float(re.search(r"edges_energy count \d+ period_ms median ([\d.]+)", text).group(1))
    assert 40 < period < 60
    assert "fork before init rc 0 energy rc 1" in text and "fork after init rc 0 energy rc 0" in text
    assert re.search(r"# env JOULES_NVML_LIB=/nonexistent.so.*\n.*cannot be opened.*\nexit 125", text)
    recording = tmp_path / "recorded.csv"
    assert recording.read_text().startswith("t_s,energy_mj,power_instant_mw,power_average_mw\n0.")
    env = {"JOULES_NVML_LIB": fake, "JOULES_FAKE_NVML": f"replay={recording}"}
    report, status = joules.report("--sysroot", tmp_path, "--domains", "nvidia", "sleep", "0.5", env=env)
    assert status == 0 and report["runs"][0]["domains"][0]["high"] > 0


def test_without_a_gpu_it_says_so(tmp_path):
    done = run("--quick", "--fake", "/nonexistent.so", tmp_path)
    assert done.returncode == 1 and "there is no NVIDIA GPU here" in done.stderr


def test_bad_usage(tmp_path):
    for words in (["--what"], ["--fake"]):
        done = run(*words, tmp_path) if words != ["--fake"] else run(*words)
        assert done.returncode == 2 and done.stderr
