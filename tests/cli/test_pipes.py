# SPDX-License-Identifier: MIT
"""A pipe where a file should be: opening it would wait until somebody writes there. Each verb ends, and names it."""

import json
import os
import signal
import time

import pytest

VERBS = (["list"], ["doctor"], ["run", "true"])
ZONE = "sys/devices/virtual/powercap/intel-rapl/intel-rapl:0"


def pipe_at(path):
    if os.path.exists(path):
        os.remove(path)
    os.mkfifo(path)


@pytest.mark.parametrize("file", ["energy_uj", "name"])
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_a_zone(joules, server, verb, file):
    pipe_at(server.path(f"{ZONE}/{file}"))
    done = joules(verb[0], "--sysroot", server.root, *verb[1:])
    assert done.returncode == 0
    told = " ".join((done.stdout + done.stderr).split())
    assert f"{file}: not a regular file" in told or verb[0] == "run"
    if verb[0] == "run":
        report, _ = joules.report("--sysroot", server.root, "true")
        domains = {domain["domain"] for domain in report["runs"][0]["domains"]}
        assert "package_0" in domains and "package_1" not in domains


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_a_library(joules, server, tmp_path, verb):
    path = str(tmp_path / "libnvidia-ml.so.1")
    pipe_at(path)
    done = joules(verb[0], "--sysroot", server.root, *verb[1:], env={"JOULES_NVML_LIB": path})
    assert done.returncode == 0
    refused = joules("run", "--sysroot", server.root, "--domains", "nvidia", "true", env={"JOULES_NVML_LIB": path})
    assert refused.returncode == 125
    told = " ".join(refused.stderr.split())
    assert f"JOULES_NVML_LIB cannot be opened: {path}: not a regular file" in told


def test_the_machines_cpu_time(joules, server):
    pipe_at(server.path("proc/stat"))
    pipe_at(server.path("proc/cpuinfo"))
    done = joules("list", "--json", "--sysroot", server.root)
    devices = {device["device"]: device for device in json.loads(done.stdout)["devices"]}
    assert devices["estimate"]["domains"][0]["reason"].endswith("proc/stat: not a regular file")
    assert devices["rapl"]["available"]


def test_an_input_that_nobody_writes_can_be_waited_for_and_given_up(joules, desktop, tmp_path):
    pipe = tmp_path / "input"
    pipe_at(pipe)
    process = joules.start("run", "--sysroot", desktop.root, "--no-history", "--input", pipe, "cat")
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=20)
    assert process.returncode != 0 and "nothing has written to this pipe yet" in told
    process = joules.start("run", "--sysroot", desktop.root, "--no-history", "--input", pipe, "cat")
    pipe.write_text("here\n")
    assert process.communicate(timeout=20)[0] == "here\n" and process.returncode == 0
