# SPDX-License-Identifier: MIT
"""What the pages, the completions and the packaging promise is what the command does."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

import powercap

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERBS = ["run", "compare", "check", "list", "doctor", "history", "mark"]
OPTION = re.compile(r"(?<![\w-])--?[a-zA-Z][\w-]*")
PAGES = sorted((ROOT / "man").glob("*.scd"))


def help_options(joules, verb):
    """Lines that begin with options: `  -r, --runs N   what it does`, `  -h, --help, -V, --version`."""
    options = set()
    for line in joules(verb, "--help").stdout.splitlines():
        beginning = re.match(r"\s+((?:--?[a-zA-Z][\w-]*)(?:, --?[a-zA-Z][\w-]*)*)", line)
        if beginning:
            options |= set(OPTION.findall(beginning.group(1)))
    return options


def page_options(page):
    """In a page they are the bold words of a line that begins with one."""
    options = set()
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("*-"):
            options |= set(re.findall(r"\*(--?[a-zA-Z][\w-]*)\*", line))
    return options


def page_of(verb):
    return ROOT / f"man/joules-{verb}.1.scd"


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_is_on_the_page_and_no_other(joules, verb):
    options = help_options(joules, verb)
    assert {"-h", "--help"} <= options
    assert page_options(page_of(verb)) == options


def test_every_verb_has_a_page_and_is_on_the_first(joules):
    verbs = re.findall(r"(?m)^  (\w+) ", joules("--help").stdout)
    assert [verb for verb in verbs if verb != "joules"] == VERBS
    first = (ROOT / "man/joules.1.scd").read_text(encoding="utf-8")
    for verb in VERBS:
        assert page_of(verb).exists() and f"*joules {verb}*" in first


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_builds_and_refers_to_pages_that_exist(page):
    if not shutil.which("scdoc"):
        pytest.skip("no scdoc")
    text = page.read_text(encoding="utf-8")
    made = subprocess.run(["scdoc"], input=text, capture_output=True, text=True, check=True)
    assert ".TH" in made.stdout
    for name, section in re.findall(r"\*((?:lib)?joules[\w-]*)\*\((\d)\)", text):
        assert section == "3" and name.startswith("joules_") or (ROOT / f"man/{name}.{section}.scd").exists(), name
    for heading in ("# NAME", "# SYNOPSIS", "# DESCRIPTION", "# EXAMPLES", "# SEE ALSO"):
        assert heading in text
    if ".1." in page.name:
        assert "# EXIT STATUS" in text and "# ENVIRONMENT" in text


def test_every_variable_that_the_command_reads_is_on_a_page():
    read = set()
    for folder in ("cli", "src"):
        for file in (ROOT / folder).rglob("*.c"):
            read |= set(
                re.findall(r'(?:getenv\(|\.variable = )"((?:JOULES_|NO_COLOR)\w*)"', file.read_text(encoding="utf-8"))
            )
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {"JOULES_SYSROOT", "JOULES_NVML_LIB", "NO_COLOR"} <= read
    assert not [name for name in read if f"*{name}*" not in pages]


def test_every_function_on_the_library_page_is_in_the_header():
    header = (ROOT / "include/joules/joules.h").read_text(encoding="utf-8")
    page = (ROOT / "man/libjoules.3.scd").read_text(encoding="utf-8")
    names = set(re.findall(r"\b(?:joules|JOULES)_\w+", page)) - {
        "JOULES_RUN_TAGS",
        "JOULES_SYSROOT",
        "JOULES_OUTPUT",
        "JOULES_NVML_LIB",
    }
    assert len(names) > 20
    assert not [name for name in names if not re.search(rf"\b{name}\b", header)]


def compiles(source):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        pytest.skip("no compiler")
    words = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{ROOT / 'include'}"]
    subprocess.run([compiler, *words, source], check=True)


def test_the_example_of_the_library_page_compiles(tmp_path):
    page = (ROOT / "man/libjoules.3.scd").read_text(encoding="utf-8")
    source = tmp_path / "example.c"
    source.write_text(re.search(r"(?s)```\n(.*?)```", page).group(1).replace("\\\\n", "\\n"), encoding="utf-8")
    compiles(source)


def test_the_programs_of_the_readme_compile_as_they_stand(tmp_path):
    programs = re.findall(r"(?s)```c\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(programs) >= 2
    for number, program in enumerate(programs):
        source = tmp_path / f"{number}.c"
        source.write_text(program, encoding="utf-8")
        compiles(source)


# ---- completions ----

BASH = ROOT / "completions/joules.bash"


def bash_offers(joules, *words, env=None):
    """What TAB offers for the last word."""
    script = """source "$1"; shift
compopt() { :; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
_joules
printf '%s\\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run(
        ["bash", "-c", script, "bash", str(BASH), *words],
        env=joules.environment(**(env or {})),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("verb", VERBS)
def test_bash_offers_every_option_and_no_other(joules, verb):
    assert set(bash_offers(joules, "joules", verb, "-")) == help_options(joules, verb)


def test_bash_offers_verbs_domains_and_formats(joules, tmp_path):
    assert set(VERBS) <= set(bash_offers(joules, "joules", ""))
    assert bash_offers(joules, "joules", "d") == ["doctor"]
    tree = powercap.server(tmp_path / "tree")
    env = {"JOULES_SYSROOT": tree.root}
    assert set(bash_offers(joules, "joules", "run", "--domains", "pa", env=env)) == {"package_0", "package_1"}
    assert bash_offers(joules, "joules", "run", "--domains", "package_0,ps", env=env) == ["package_0,psys"]
    assert bash_offers(joules, "joules", "run", "--estimate", "a") == ["auto", "always"]
    assert {"csv:", "csv-full:"} <= set(bash_offers(joules, "joules", "run", "-o", "csv"))


def test_bash_completes_the_command_after_the_options_of_run(joules):
    assert "true" in bash_offers(joules, "joules", "run", "tru")
    assert "true" in bash_offers(joules, "joules", "run", "-r", "5", "--json", "tru")
    assert "true" in bash_offers(joules, "joules", "run", "-o", "csv", ":", "runs.csv", "tru")
    assert "true" in bash_offers(joules, "joules", "run", "--", "tru")
    assert "true" in bash_offers(joules, "joules", "compare", "-r", "10", "tru")
    assert bash_offers(joules, "joules", "compare", "--fail-if", "l") == ["less"]
    assert bash_offers(joules, "joules", "run", "true", "--warm") == [], "an option of the command, not of joules"


def zsh_options():
    text = (ROOT / "completions/_joules").read_text(encoding="utf-8")
    functions = dict(re.findall(r"(?ms)^_joules_(\w+)\(\) \{\n(.*?)^\}", text))
    shared = re.search(r"(?ms)^_joules_shared=\(\n(.*?)^\)", text)[1]
    found = {}
    for verb, function in {
        "run": "run",
        "compare": "compare",
        "check": "check",
        "list": "look",
        "doctor": "look",
        "history": "history",
        "mark": "mark",
    }.items():
        options = set()
        for line in functions[function].replace("$_joules_shared", "\n" + shared).splitlines():
            if not re.search(r"'(\(-|\*|--)|\{-", line):
                continue
            for group in re.findall(r"\{(-[^}]*)\}", line) or re.findall(r"'\*?(--[\w-]+)", line):
                options |= set(OPTION.findall(group))
        found[verb] = options
    return found


def fish_options():
    text = (ROOT / "completions/joules.fish").read_text(encoding="utf-8")
    found = {verb: set() for verb in VERBS}
    for line in text.splitlines():
        if not line.strip().startswith("complete -c joules"):
            continue
        options = {f"-{short}" for short in re.findall(r" -s (\w)\b", line)} | {
            f"--{long}" for long in re.findall(r" -l ([\w-]+)", line)
        }
        if "-n $run" in line:
            verbs = ["run"]
        elif "-n $measures" in line:
            verbs = ["run", "compare", "check"]
        elif "-n $compare" in line:
            verbs = ["compare"]
        elif "-n $check" in line:
            verbs = ["check"]
        elif "-n $look" in line:
            verbs = ["list", "doctor"]
        elif "-n $history" in line:
            verbs = ["history"]
        elif "not __fish_seen_subcommand_from list doctor history mark" in line:
            verbs = ["run", "compare", "check"]
        else:
            verbs = VERBS
        for verb in verbs:
            found[verb] |= options
    return found


@pytest.mark.parametrize("options", [zsh_options, fish_options])
@pytest.mark.parametrize("verb", VERBS)
def test_zsh_and_fish_know_every_option_and_no_other(joules, options, verb):
    assert options()[verb] == help_options(joules, verb)


@pytest.mark.parametrize("shell, file", [("bash", "joules.bash"), ("zsh", "_joules"), ("fish", "joules.fish")])
def test_the_shell_can_read_its_file(shell, file):
    if not shutil.which(shell):
        pytest.skip(f"no {shell}")
    subprocess.run([shell, "-n", ROOT / "completions" / file], check=True)


def fish_offers(joules, line):
    if not shutil.which("fish"):
        pytest.skip("no fish")
    script = f"source {ROOT / 'completions/joules.fish'}; complete -C '{line}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script],
        env=joules.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {offer.split("\t")[0] for offer in done.stdout.splitlines()}


def test_fish_offers_the_options_of_a_verb_and_not_to_a_command(joules):
    assert fish_offers(joules, "joules list -") == help_options(joules, "list")
    assert help_options(joules, "run") <= fish_offers(joules, "joules run -") | fish_offers(joules, "joules run --")
    assert "true" in fish_offers(joules, "joules run -r 5 tru")
    assert "--warmup" not in fish_offers(joules, "joules run true --")
    assert help_options(joules, "compare") <= fish_offers(joules, "joules compare -") | fish_offers(
        joules, "joules compare --"
    )


def test_completions_and_page_know_the_formats(joules):
    message = joules("run", "-o", "nonsense:x", "true").stderr
    formats = {"csv", "csv-full", "json", "mongodb", "print", "sqlite"}
    for name in formats:
        assert re.search(rf"(?<![\w-]){name}(?![\w-])", message), message
    for file in ("completions/joules.bash", "completions/_joules", "completions/joules.fish"):
        offered = set(
            re.findall(
                r"(?<![\w-])(csv-full|csv|json|print|sqlite|mongodb):(?=[ \"\n])",
                (ROOT / file).read_text(encoding="utf-8"),
            )
        )
        assert offered == formats, file
    page = page_of("run").read_text(encoding="utf-8")
    assert all(f"*{name}*" in page for name in formats)


# ---- packaging ----


def test_the_rights_that_packaging_gives(tmp_path):
    if os.geteuid() != 0 or not shutil.which("systemd-tmpfiles") or not shutil.which("systemd-sysusers"):
        pytest.skip("needs root, systemd-tmpfiles and systemd-sysusers")
    tree = powercap.Tree(tmp_path)
    folders = [
        tree.zone("intel-rapl:0", "package-0", mode=0o400),
        tree.zone("intel-rapl:0:1", "dram", mode=0o400),
        tree.zone("intel-rapl:a", "psys", mode=0o400),
    ]
    tree.write("etc/group", "root:x:0:\n")
    for kind in ("tmpfiles", "sysusers"):
        tree.write(
            f"usr/lib/{kind}.d/joules.conf", (ROOT / f"packaging/joules.{kind}.conf").read_text(encoding="utf-8")
        )
    subprocess.run(
        ["systemd-sysusers", f"--root={tree.root}", "joules.conf"], check=True, capture_output=True, timeout=60
    )
    subprocess.run(
        ["systemd-tmpfiles", f"--root={tree.root}", "--create", "joules.conf"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    gid = int(
        re.search(
            r"(?m)^joules:x?!?\*?:(\d+):", pathlib.Path(tree.path("etc/group")).read_text(encoding="utf-8")
        ).group(1)
    )
    for folder in folders:
        energy, name = (os.stat(os.path.join(folder, file)) for file in ("energy_uj", "name"))
        assert (energy.st_mode & 0o7777, energy.st_uid, energy.st_gid) == (0o440, 0, gid)
        assert (name.st_mode & 0o7777, name.st_gid) == (0o644, 0), "nothing else is touched"


def test_nothing_in_packaging_lets_everybody_read():
    for name in ("70-joules.rules", "joules.tmpfiles.conf", "joules.sysusers.conf", "README.md"):
        text = (ROOT / "packaging" / name).read_text(encoding="utf-8")
        assert not re.search(r"\b0?[0-7][0-7][1-7]\b(?=.*energy_uj)|[ao]\+r|setcap", text), name
    rule = (ROOT / "packaging/70-joules.rules").read_text(encoding="utf-8")
    assert 'SUBSYSTEM=="powercap"' in rule and "/bin/chmod 0440" in rule and "/bin/chgrp joules" in rule
