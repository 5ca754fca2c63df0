"""Imports what lies in the two folders, in this order and without a net."""
import importlib
import pathlib
import pkgutil

ROOT = pathlib.Path(__file__).resolve().parents[1]


def get_all_extensions_process_dict() -> dict:
    found: dict = {}
    for folder in ("extensions", "extensions_built_in"):
        for _, name, _ in pkgutil.iter_modules([str(ROOT / folder)]):
            module = importlib.import_module(f"{folder}.{name}")
            for extension in getattr(module, "AI_TOOLKIT_EXTENSIONS", None) or []:
                found[extension.uid] = extension.get_process()
    return found
