# SPDX-License-Identifier: MIT
"""The names pyJoules.*: each is the very module object of joules.*."""

import importlib
import importlib.machinery
import os
import sys
import types

from ._warn import tell

CURE = "Mend it with: python -m pip uninstall -y pyJoules; python -m pip install --force-reinstall --no-deps joules"
_PACKAGE = "pyJoules"


class _Finder:
    """Finds pyJoules.X, before any file of that name: as joules.X."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if not name.startswith(_PACKAGE + "."):
            return None
        module = importlib.import_module("joules" + name[len(_PACKAGE) :])
        spec = importlib.machinery.ModuleSpec(name, _Loader, is_package=hasattr(module, "__path__"))
        spec.loader_state = (module, module.__spec__)
        return spec


class _Loader:
    @staticmethod
    def create_module(spec):
        return spec.loader_state[0]

    @staticmethod
    def exec_module(module):
        # The import system has put the other name's spec there.
        _, module.__spec__ = module.__spec__.loader_state


def install():
    """From now on pyJoules.X is joules.X."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)


def check_names():
    """Says once that another pyJoules has put its files over ours, or has taken ours away when it went: both have the folder pyJoules."""
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), _PACKAGE, "__init__.py")
    if not os.path.exists(__file__):
        return  # packed into one program: there are no files
    try:
        with open(path, "rb") as file:
            if b"joules._alias" in file.read():
                return
        what = (
            "another pyJoules was installed over the names pyJoules.* of this package: `import pyJoules` gives that one"
        )
    except OSError:
        what = "the names pyJoules.* of this package were removed, as uninstalling another pyJoules does: `import pyJoules` fails"
    tell(f"{what}. {CURE}")


def install_as_pyjoules():
    """Makes `import pyJoules` and `pyJoules.*` mean this package, also where the original one is installed."""
    import joules

    for name in [name for name in sys.modules if name == _PACKAGE or name.startswith(_PACKAGE + ".")]:
        del sys.modules[name]
    package = types.ModuleType(_PACKAGE, joules.__doc__)
    package.__path__ = []
    package.__version__ = joules.__version__
    package.__spec__ = importlib.machinery.ModuleSpec(_PACKAGE, None, is_package=True)
    sys.modules[_PACKAGE] = package
    install()
