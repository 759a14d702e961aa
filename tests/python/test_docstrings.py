# SPDX-License-Identifier: MIT
"""help() has words for every public name: those that the stubs name. What they give and raise is said with them."""

import ast
import importlib
import inspect
import pathlib
import re
import textwrap

import pytest

import joules

PACKAGE = pathlib.Path(joules.__file__).parent


def modules():
    for stub in sorted(PACKAGE.rglob("*.pyi")):
        name = ".".join(("joules", *stub.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        if not any(part.startswith("_") for part in name.split(".")):
            yield name, ast.parse(stub.read_text())


def functions(nodes):
    return [node.name for node in nodes if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def attributes(nodes):
    names = [node.target.id for node in nodes if isinstance(node, ast.AnnAssign)]
    return [name for name in names if not name.startswith("_")]


def classes(nodes):
    return [node for node in nodes if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]


MODULES = dict(modules())


def silent(module, tree):
    """The names of this module that help() has no words for. A method's may be those of the one that it overrides; what Python gives to every
    class, or to every field of a tuple, says nothing."""
    if not module.__doc__:
        yield "the module"
    for name in functions(tree.body):
        if not getattr(module, name).__doc__:
            yield name
    for node in classes(tree.body):
        cls = getattr(module, node.name)
        if not vars(cls).get("__doc__"):
            yield node.name
            continue
        for name in functions(node.body):
            if not inspect.getdoc(getattr(cls, name)) or "itemgetter" in inspect.getdoc(getattr(cls, name)):
                yield f"{node.name}.{name}"
        for name in attributes(node.body):
            own = inspect.getdoc(inspect.getattr_static(cls, name, None)) or ""
            if name not in cls.__doc__ and (not own or "Alias for field" in own):
                yield f"{node.name}.{name}"


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_says_what_it_is(name):
    assert not list(silent(importlib.import_module(name), MODULES[name]))
    assert importlib.import_module("pyJoules" + name.removeprefix("joules")).__doc__


# ---- units and errors ----

GIVES_NUMBERS = re.compile(r"float|Energy\b|DataFrame")
UNIT = re.compile(r"µJ|\bW\b|second|unit|probability")


def of(owner, nodes):
    """(name, function, its stub, what help() says of it and of its class) for each function."""
    of_class = owner.__doc__ if inspect.isclass(owner) else ""
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            words = of_class + (inspect.getdoc(getattr(owner, node.name)) or "")
            yield f"{owner.__name__}.{node.name}", inspect.getattr_static(owner, node.name), node, words


def described():
    for name, tree in MODULES.items():
        module = importlib.import_module(name)
        yield from of(module, tree.body)
        for node in classes(tree.body):
            yield from of(getattr(module, node.name), node.body)


def test_what_gives_energies_and_times_says_their_unit():
    checked = [(name, words) for name, _, stub, words in described() if GIVES_NUMBERS.search(ast.unparse(stub.returns))]
    assert len(checked) > 12
    assert not [name for name, words in checked if not UNIT.search(words)]


def raised(function):
    """The exceptions that the function's own lines name, except those that it catches."""
    function = getattr(function, "__func__", function)
    if not inspect.isfunction(function):
        return set()
    nodes = list(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))))
    handlers = [node.type for node in nodes if isinstance(node, ast.ExceptHandler) and node.type]
    caught = {node for handler in handlers for node in ast.walk(handler)}
    names = {node.id for node in nodes if isinstance(node, ast.Name) and node not in caught}
    return {name for name in names if name.endswith(("Error", "Exception"))} - {"NotImplementedError"}


def test_what_raises_says_what():
    checked = [(name, error, words) for name, function, _, words in described() for error in raised(function)]
    assert len(checked) > 10
    assert not [(name, error) for name, error, words in checked if error not in words]
