"""Functions, classes and objects of modules that the scheduler's Python does not find.

Dask's schedulers since 2023 unpickle what a client submits, to pickle it again for a worker. A module that
only workers find, in `working_dir` or sent by `crosscore.sync_code`, would fail there; and the code of
users is not to run in the scheduler. So what comes of such a module is kept by its name, and goes on to
the worker as it came.

XCORE_WORKING_DIR names the folder whose modules the workers of this machine find.
"""

import asyncio
import contextvars
import copyreg
import functools
import importlib
import importlib.machinery
import io
import operator
import os
import pickle

import distributed.protocol.pickle

SENT = "crosscore-modules"
"""The metadata that crosscore.sync_code sets: the names of modules, by how the name of the plugin begins that has them."""

# While a graph of tasks is read: says whether workers find a module of this name.
_workers_find = contextvars.ContextVar("workers_find", default=None)


def pass_on_unknown_modules(scheduler):
    """Has graphs of tasks read so, and nothing else: what is to run in the scheduler itself fails as ever."""
    plain = scheduler.update_graph
    if not asyncio.iscoroutinefunction(plain):
        return  # before 2023 the scheduler reads no functions

    @functools.wraps(plain)
    async def update_graph(*args, **kwargs):
        token = _workers_find.set(functools.partial(workers_find, scheduler))
        try:
            return await plain(*args, **kwargs)
        finally:
            _workers_find.reset(token)

    scheduler.update_graph = scheduler.stream_handlers["update-graph"] = update_graph
    if not getattr(distributed.protocol.pickle.loads, "of_xcore", False):
        distributed.protocol.pickle.loads = _reader(distributed.protocol.pickle.loads)


def _reader(plain):
    @functools.wraps(plain)
    def loads(x, *, buffers=()):
        found = _workers_find.get()
        return plain(x, buffers=buffers) if found is None else read(x, buffers, found)

    loads.of_xcore = True
    return loads


def workers_find(scheduler, name):
    """Whether workers have a module that this process lacks. A worker that lacks it, too, would end by it."""
    name = name.partition(".")[0]
    for plugin, names in scheduler.task_metadata.get(SENT, {}).items():
        if name in names and any(other.startswith(plugin) for other in scheduler.worker_plugins):
            return True
    folder = os.environ.get("XCORE_WORKING_DIR")
    return bool(folder) and importlib.machinery.PathFinder.find_spec(name, [folder]) is not None


def read(data, buffers, found):
    """
    Unpickles. What is of a module that is not here and that workers have, as `found(name)` says, is
    an `Unknown…`, which is pickled as it came.
    """
    buffers = list(buffers)
    reader = _Reader(io.BytesIO(data), buffers=buffers)
    reader.found = found
    try:
        return reader.load()
    except (pickle.UnpicklingError, TypeError):
        # Objects of such a class: pickle in C makes objects of classes only.
        if not reader.unknown:
            raise
        reader = _ObjectReader(io.BytesIO(data), buffers=buffers)
        reader.found = found
        return reader.load()


class UnknownModule:
    """A module that a worker will import."""

    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return importlib.import_module, (self.name,)

    def __dask_tokenize__(self):
        return "module", self.name


class UnknownName:
    """A function or a class, by its name in its module."""

    def __init__(self, module, name):
        self.__module__ = module
        self.__qualname__ = name
        self.__name__ = name.rpartition(".")[2]

    def __call__(self, *args, **kwargs):
        return UnknownObject(self, args, kwargs)

    def __reduce__(self):
        return operator.attrgetter(self.__qualname__), (UnknownModule(self.__module__),)

    def __dask_tokenize__(self):
        return self.__module__, self.__qualname__

    def __eq__(self, other):
        return isinstance(other, UnknownName) and self.__dask_tokenize__() == other.__dask_tokenize__()

    def __hash__(self):
        return hash(self.__dask_tokenize__())


class UnknownObject:
    """What a call makes that is not made here, and what pickle does to it afterwards."""

    def __init__(self, make, args, kwargs=None):
        self._made = (functools.partial(make, *args, **kwargs) if kwargs else make, () if kwargs else args)
        self._state = None
        self._items = []
        self._pairs = []

    def __setstate__(self, state):
        self._state = state

    def append(self, item):
        self._items.append(item)

    def extend(self, items):
        self._items.extend(items)

    def __setitem__(self, key, value):
        self._pairs.append((key, value))

    def __call__(self, *args, **kwargs):
        return UnknownObject(self, args, kwargs)

    def __reduce__(self):
        make, args = self._made
        return make, args, self._state, iter(self._items) if self._items else None, iter(self._pairs) if self._pairs else None

    def __dask_tokenize__(self):
        return "object", self._made, self._state, self._items, self._pairs


def _is_unknown(value):
    return isinstance(value, (UnknownModule, UnknownName, UnknownObject))


def _get(value, name, *default):
    """`getattr`, as methods are pickled by it."""
    return UnknownObject(getattr, (value, name)) if _is_unknown(value) else getattr(value, name, *default)


class _Names:
    unknown = False

    def find_class(self, module, name):
        if name == "subimport" and module.partition(".")[0] == "cloudpickle":
            return self._import
        if (module, name) == ("builtins", "getattr"):
            return _get
        try:
            return super().find_class(module, name)
        except (ImportError, AttributeError):
            if not self.found(module):
                raise
            self.unknown = True
            return UnknownName(module, name)

    def _import(self, name):
        """cloudpickle's `subimport`: a module that a function uses as a whole."""
        try:
            return importlib.import_module(name)
        except ImportError:
            if not self.found(name):
                raise
            return UnknownModule(name)


class _Reader(_Names, pickle.Unpickler):
    pass


class _ObjectReader(_Names, pickle._Unpickler):
    """In Python, where what makes an object may be replaced."""

    dispatch = dict(pickle._Unpickler.dispatch)

    def load_newobj(self):
        args, cls = self.stack.pop(), self.stack.pop()
        self.append(self._new(cls, args, {}))

    def load_newobj_ex(self):
        kwargs, args, cls = self.stack.pop(), self.stack.pop(), self.stack.pop()
        self.append(self._new(cls, args, kwargs))

    @staticmethod
    def _new(cls, args, kwargs):
        if not _is_unknown(cls):
            return cls.__new__(cls, *args, **kwargs)
        # Within a call that is not by the name that pickle itself knows, and would check.
        return UnknownObject(functools.partial(copyreg.__newobj_ex__, cls, args, kwargs), ())

    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex
