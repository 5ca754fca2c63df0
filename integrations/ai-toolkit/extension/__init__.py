"""Tidemark's hook for ai-toolkit, put here by `tidemark integrate ai-toolkit` and taken away by its `--remove`.

ai-toolkit imports this for every job before it makes the trainer. Nothing here can fail a job: where Tidemark's
package is missing, or is another Python's, nothing happens. The package of the environment comes first, then the
copy in `packages/` beside this file.
"""
import os
import sys

AI_TOOLKIT_EXTENSIONS = []

_HERE = os.path.dirname(os.path.abspath(__file__))


def _name_program():
    """The program that a job starts where nobody watches it yet."""
    with open(os.path.join(_HERE, "executable"), encoding="utf-8") as file:
        path = file.read().strip()
    if os.access(path, os.X_OK):
        os.environ.setdefault("TIDEMARK_EXECUTABLE", path)


def _find_hook():
    try:
        import tidemark._tidemark
        from tidemark.integrations.aitoolkit import install
    except ImportError:
        for name in [name for name in sys.modules if name.partition(".")[0] == "tidemark"]:
            del sys.modules[name]
        sys.path.append(os.path.join(_HERE, "packages"))
        from tidemark.integrations.aitoolkit import install
    return install


for _do in (_name_program, lambda: _find_hook()()):
    try:
        _do()
    except Exception:
        pass
