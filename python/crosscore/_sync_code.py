"""`sync_code`: the modules beside a script, sent to the workers."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import importlib.machinery
import io
import os
import sys
import warnings
import zipfile
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .errors import CrosscoreError

__all__ = ["sync_code"]

MIB = 1024**2

# A larger file is no module: it is not sent, and named.
LARGEST_FILE = 10 * MIB

# More than this in all, or more files, is no project: nothing is sent.
LARGEST_FOLDER = 100 * MIB
MOST_FILES = 5000

# Folders and files that are looked at to find them.
MOST_ENTRIES = 50_000

SUFFIXES = tuple(importlib.machinery.SOURCE_SUFFIXES + importlib.machinery.EXTENSION_SUFFIXES)
COMPILED = tuple(importlib.machinery.BYTECODE_SUFFIXES)

# Folders whose modules are others'.
SKIPPED = {"__pycache__", "node_modules", "site-packages", "dist-packages"}

# What makes a folder a virtual environment, or one of conda's.
ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")

PREFIX = "crosscore-code-"
METADATA = "crosscore-modules"

# The time of every file in the archive: the same files make the same archive.
WRITTEN = (1980, 1, 1, 0, 0, 0)

# A call that a worker's end has broken off is made again.
TRIES = 5
PAUSE_S = 0.2


def sync_code(client: Any, folder: Optional[str] = None) -> Any:
    """
    Send the modules beside the script to all workers, those that join later included.

    On the workers their folder comes last on `sys.path`, so that nothing installed is hidden by it. Sent are
    Python's modules, and what else packages among them hold; not `.git` and other hidden folders, virtual
    environments and `__pycache__`, nor files of more than 10 MiB. The same content is sent once; changed
    modules take the place of the earlier ones.

    Parameters
    ----------
    client : distributed.Client
        A client of any cluster, Dask's or crossflow's.
    folder : str, optional
        The folder to send. Else it is the one that the script is in; in a notebook, an interactive Python and
        with `python -m`, the current one.

    Returns
    -------
    str
        The folder; where the client is asynchronous an awaitable of it.

    Raises
    ------
    CrosscoreError
        It is a home folder or one above it, there is no such folder, or it has more than 100 MiB or 5000
        files of modules. Nothing is sent.
    """

    path = os.path.realpath(_script_folder() if folder is None else os.path.expanduser(folder))
    archive, too_large, unreadable = _archive_of(path)
    if too_large:
        warnings.warn(
            f"crosscore does not send files of more than {LARGEST_FILE // MIB} MiB: {_shown(too_large)}",
            stacklevel=2,
        )
    if unreadable:
        warnings.warn(
            f"crosscore does not send files that cannot be read, or whose name is no text: {_shown(unreadable)}",
            stacklevel=2,
        )
    if client.asynchronous:
        return _send(client, path, archive)
    client.sync(_send, client, path, archive)
    return path


def _script_folder() -> str:
    """Where Python itself looks first for what the script imports."""
    main = sys.modules.get("__main__")
    script = getattr(main, "__file__", None)
    if script is None or getattr(main, "__spec__", None) is not None:
        return os.getcwd()
    folder = os.path.dirname(os.path.realpath(script))
    parts = folder.split(os.sep)
    of_python = parts[-1] == "bin" or any(name in SKIPPED for name in parts)
    return os.getcwd() if of_python else folder


def _shown(names: List[str]) -> str:
    """Names in a message; what a terminal would obey is escaped."""
    return ", ".join(name if name.isprintable() else repr(name) for name in names)


def _archive_of(folder: str) -> Tuple[bytes, List[str], List[str]]:
    """
    The modules of a folder as a zip, and the names of the files that are too large for it and of those that
    others keep from being read, or remove meanwhile.
    """
    home = os.path.realpath(os.path.expanduser("~"))
    if os.path.commonpath([folder, home]) == folder:
        what = "it is your home folder" if folder == home else "your home folder is in it"
        raise _refusal(folder, what)
    if not os.path.isdir(folder):
        raise _refusal(folder, "there is no such folder")
    sizes: Dict[str, int] = {}
    too_large = []
    unreadable = []
    for name in sorted(_modules_in(folder)):
        try:
            name.encode()
            size = os.path.getsize(os.path.join(folder, name))
        except (OSError, UnicodeError):
            unreadable.append(name)
            continue
        if size > LARGEST_FILE:
            too_large.append(name)
        else:
            sizes[name] = size
    if len(sizes) > MOST_FILES:
        raise _refusal(folder, f"it has {len(sizes)} files of modules, and {MOST_FILES} is the most")
    total = sum(sizes.values())
    if total > LARGEST_FOLDER:
        raise _refusal(folder, f"its modules have {total // MIB} MiB, and {LARGEST_FOLDER // MIB} MiB is the most")
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sizes:
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    content = file.read()
            except OSError:
                unreadable.append(name)
                continue
            entry = zipfile.ZipInfo(name.replace(os.sep, "/"), WRITTEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return data.getvalue(), too_large, unreadable


def _refusal(folder: str, why: str) -> CrosscoreError:
    return CrosscoreError(
        f"Cannot send the modules of {_shown([folder])}: {why}",
        "Put your script and its modules into a folder of their own, or name one: sync_code=FOLDER.",
    )


def _modules_in(folder: str) -> Iterator[str]:
    """The paths, in the folder, of modules and of what packages hold beside them."""
    packages = set()
    seen = 0
    for place, folders, files in os.walk(folder):
        seen += len(folders) + len(files)
        if seen > MOST_ENTRIES:
            raise _refusal(folder, f"it has more than {MOST_ENTRIES} files and folders")
        folders[:] = [name for name in folders if _may_have_modules(os.path.join(place, name), name)]
        if place != folder and ("__init__.py" in files or os.path.dirname(place) in packages):
            packages.add(place)
        for name in files:
            is_module = name.endswith(SUFFIXES)
            is_data = place in packages and not name.endswith(COMPILED) and not name.startswith(".")
            path = os.path.join(place, name)
            if (is_module or is_data) and os.path.isfile(path):
                yield os.path.relpath(path, folder)


def _may_have_modules(path: str, name: str) -> bool:
    if name.startswith(".") or name in SKIPPED:
        return False
    return not any(os.path.exists(os.path.join(path, mark)) for mark in ENVIRONMENT_MARKS)


async def _send(client: Any, folder: str, archive: bytes) -> str:
    """Registers the plugin that unpacks the archive, in place of an earlier one of the same folder."""
    of_folder = PREFIX + hashlib.sha256(os.fsencode(folder)).hexdigest()[:12] + "-"
    name = of_folder + hashlib.sha256(archive).hexdigest()[:16]
    there = await _registered(client, of_folder)
    for other in there:
        if other != name:
            with contextlib.suppress(ValueError):  # another client has done so
                await _tried(client.unregister_worker_plugin, other)
    if name not in there:
        # xcore's scheduler passes on what is of these modules, which it does not find itself.
        await client.set_metadata([METADATA, of_folder], _top_names(archive))
        register = getattr(client, "register_plugin", None) or client.register_worker_plugin
        await _tried(functools.partial(register, name=name), _plugin(name, archive))
    return folder


def _top_names(archive: bytes) -> List[str]:
    """Names by which the modules of an archive can be imported."""
    names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    return sorted({name.partition("/")[0].partition(".")[0] for name in names})


async def _tried(call: Callable[[Any], Any], argument: Any) -> None:
    """Calls it, again where a worker left meanwhile: Dask tells all workers, and fails when one of them is gone."""
    for _ in range(TRIES):
        try:
            await call(argument)
            return
        except OSError:
            await asyncio.sleep(PAUSE_S)
    await call(argument)


async def _registered(client: Any, prefix: str) -> List[str]:
    """Names of the plugins that the scheduler gives to workers."""

    def names(dask_scheduler: Any) -> List[str]:
        return [name for name in dask_scheduler.worker_plugins if name.startswith(prefix)]

    found: List[str] = await client.run_on_scheduler(names)
    return found


def _plugin(name: str, archive: bytes) -> Any:
    """A plugin that unpacks the archive. Its class is sent with it, as workers may lack this package."""
    from distributed.diagnostics.plugin import WorkerPlugin

    class UnpackModules(WorkerPlugin):  # type: ignore[misc, unused-ignore]
        idempotent = True

        def __init__(self, name: str, archive: bytes) -> None:
            self.name = name
            self.archive = archive

        def setup(self, worker: Any) -> None:
            import importlib
            import io
            import os
            import sys
            import zipfile

            self.folder = os.path.join(os.path.realpath(worker.local_directory), self.name)
            with zipfile.ZipFile(io.BytesIO(self.archive)) as archive:
                archive.extractall(self.folder)
            sys.path.append(self.folder)
            importlib.invalidate_caches()

        def teardown(self, worker: Any) -> None:
            import sys

            import distributed.worker

            while self.folder in sys.path:
                sys.path.remove(self.folder)
            for name, module in list(sys.modules.items()):
                places = [getattr(module, "__file__", None), *(getattr(module, "__path__", None) or [])]
                if any(place and place.startswith(self.folder) for place in places):
                    del sys.modules[name]
            # Functions that tasks have used, which Dask's before 2023 keep.
            cache = getattr(distributed.worker, "cache_loads", None)
            if cache is not None:
                cache.data.clear()

    return UnpackModules(name, archive)
