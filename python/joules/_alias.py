# SPDX-License-Identifier: MIT
"""The names pyJoules.*: each is the very module object of joules.*."""

import importlib
import importlib.machinery
import sys
import types

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
