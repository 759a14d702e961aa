# SPDX-License-Identifier: MIT
"""%load_ext joules and %%joules, in a notebook as nbclient runs it and in a plain shell."""

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

from IPython.core.error import UsageError  # noqa: E402
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402


def outputs(*cells):
    """The texts that the last cell of a notebook shows: {stream or mime type: text}."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    kernel = {"display_name": "Python", "language": "python", "name": "python3"}
    notebook.metadata["kernelspec"] = kernel
    nbclient.NotebookClient(notebook, timeout=100, kernel_name="python3").execute()
    shown = {}
    for output in notebook.cells[-1].outputs:
        if output.output_type == "stream":
            shown[output.name] = shown.get(output.name, "") + output.text
        else:
            shown.update(output.data)
    return shown


def test_a_cell_of_a_notebook(bed):
    bed("server")
    shown = outputs(
        "%load_ext joules\nnumbers = list(range(1000))",
        "%%joules -r 3 -n 200 -o\nfor number in numbers:\n    square = number * number",
    )
    assert "per loop (mean ± std. dev. of 3 runs, 200 loops each)" in shown["stdout"]
    assert "package_0" in shown["stdout"] and "dram_1" in shown["stdout"]
    assert "stderr" not in shown
    assert shown["text/html"].startswith("<pre>") and "per loop" in shown["text/html"]


def test_a_trace_is_shown_as_a_table(bed):
    bed("server")
    shown = outputs(
        "from joules import DeviceFactory, EnergyMeter\nmeter = EnergyMeter(DeviceFactory.create_devices())\n"
        "meter.start('<foo>')\nmeter.record('bar')\nmeter.stop()\nmeter.get_trace()"
    )
    assert "<table>" in shown["text/html"] and "&lt;foo&gt;" in shown["text/html"] and "<foo>" not in shown["text/html"]
    assert "EnergyTrace of 2 samples" in shown["text/plain"]


@pytest.fixture
def shell(machine):
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "joules")
    shell.user_ns["machine"] = machine
    yield shell
    InteractiveShell.clear_instance()


SPEND = "machine.add('package-0', 3_000_000)"


def test_the_energy_of_a_loop_is_what_the_counter_moved(shell, capsys):
    with shell.user_ns["machine"].idles():
        result = shell.run_line_magic("joules", f"-o -n 4 -r 5 {SPEND}")
    assert result.loops == 4 and len(result.joules) == len(result.trace) == 5
    assert result.joules == pytest.approx([3.0] * 5, abs=1e-2)
    assert result.average == pytest.approx(3.0, abs=1e-2) and result.stdev < 1e-2
    assert result.low <= result.average <= result.high
    average, spread = capsys.readouterr().out.split(" per loop")[0].split(" ± ")
    # No more digits than the bounds leave; the counter moves too seldom for narrow ones.
    assert average in ("3 J", "3.0 J") and not spread.startswith("3")


def test_setup_is_not_measured(shell):
    result = shell.run_cell_magic("joules", "-q -o -n 1 -r 2 machine.add('package-0', 900_000_000)", SPEND)
    assert result.joules == pytest.approx([3.0, 3.0], abs=1e-4)


def test_what_happens_between_runs_is_not_measured(shell):
    shell.user_ns["calls"] = []
    code = "calls.append(1)\nif len(calls) == 1:\n    text = '''\n  kept\n'''\n    assert text == '\\n  kept\\n'"
    shell.run_cell_magic("joules", "-q -n 3 -r 2", code)
    assert len(shell.user_ns["calls"]) == 6
    assert "text" not in shell.user_ns


def test_without_n_a_run_is_long_enough(shell):
    result = shell.run_cell_magic("joules", "-q -o -r 1 import time", "time.sleep(0.021)")
    # Ten are enough; on a busy machine fewer may be.
    assert 1 <= result.loops <= 10
    assert result.trace[0].duration >= 0.021 * result.loops
    assert shell.run_cell_magic("joules", "-q -o -r 1", "pass").loops > 1000


def test_quiet_and_without_o_it_says_and_returns_nothing(shell, capsys):
    assert shell.run_line_magic("joules", "-q -n 1 -r 1 pass") is None
    assert capsys.readouterr().out == ""
    assert shell.run_line_magic("joules", "-n 1 -r 1 pass") is None
    assert "(1 run, 1 loop each)" in capsys.readouterr().out


def test_domains_can_be_chosen(shell):
    result = shell.run_line_magic("joules", "-q -o -n 1 -r 1 -d dram_0,package_1 pass")
    assert sorted(result.trace[0].energy) == ["dram_0", "package_1"]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("-d package_7 pass", "there is no domain package_7; there are: package_0"),
        ("-n x pass", "-n: x"),
        ("-r 0 pass", "one run"),
        ("", "no code"),
    ],
)
def test_bad_use_says_what_would_be_right(shell, line, word):
    with pytest.raises(UsageError, match=word):
        shell.run_line_magic("joules", line)


def test_an_error_in_the_cell_is_the_users(shell):
    with pytest.raises(ZeroDivisionError):
        shell.run_cell_magic("joules", "-n 1 -r 1", "1 / 0")
    with pytest.raises(SyntaxError):
        shell.run_cell_magic("joules", "-n 1 -r 1", "for")


def test_an_estimate_says_so(bed, capsys):
    bed("cloud")
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "joules")
    shell.run_line_magic("joules", "-n 1 -r 1 __import__('time').sleep(0.3)")
    InteractiveShell.clear_instance()
    said = capsys.readouterr().out
    assert "an estimate, not measured" in said and "likely, not certain" in said and "steps can hide" not in said


def test_ipython_is_not_imported_without_it(run):
    run.ok("import joules, joules.energy_meter, joules.pytest_plugin, sys; assert 'IPython' not in sys.modules")
