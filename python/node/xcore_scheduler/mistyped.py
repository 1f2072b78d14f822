"""Resources and figures that clients and workers send: Dask takes any value for a number."""

import functools
import logging
import numbers
import reprlib
from collections import namedtuple

from distributed.protocol import dumps

from .task_record import NAME_SHOWN, one_line

LARGEST = 1e300  # a reader of JSON may take more for infinite

SENDABLE = range(-(2**63), 2**64)  # integers of Dask's messages

logger = logging.getLogger("distributed.xcore")

Mistyped = namedtuple("Mistyped", ("function", "needs"))
"""What tasks of one function need that no worker can have, `GPU=True`: no finite amount from 0."""


def finite_number(value):
    """The number as JSON has it; None for what is none or not finite. True and False are none."""
    if type(value) in (int, float):  # nearly always: other classes take ten times as long to tell apart
        return value if -LARGEST <= value <= LARGEST else None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        number = int(value) if isinstance(value, numbers.Integral) else float(value)
        return number if -LARGEST <= number <= LARGEST else None
    except (ArithmeticError, TypeError, ValueError):  # of a class of the user's
        return None


def finite_amount(value):
    """Like `finite_number`, and None for what is negative."""
    number = finite_number(value)
    return None if number is None or number < 0 else number


def needs_of(task):
    """The resources that a task needs, as sorted pairs; or a Mistyped."""
    found = {}
    for name, value in (task.resource_restrictions or {}).items():
        found[name] = finite_amount(value)
        if found[name] is None or not isinstance(name, str):
            return Mistyped(one_line(task.prefix.name, NAME_SHOWN), described(name, value))
    return tuple(sorted(found.items()))


def described(name, value):
    """`GPU=True`, of any values."""
    try:
        shown = name if isinstance(name, str) else reprlib.repr(name)
        return one_line("%s=%s" % (shown, reprlib.repr(value)), NAME_SHOWN)
    except Exception:  # of a class of the user's
        return "a %s" % type(value).__name__


def guard_resources(scheduler):
    """Has such a task wait without a worker, and such a resource of a worker not count: Dask compares
    them when it looks for a worker for another task, too, and an error there stops that one."""
    plain_valid, plain_add = scheduler.valid_workers, scheduler.add_resources

    @functools.wraps(plain_valid)
    def valid_workers(ts):
        return set() if isinstance(needs_of(ts), Mistyped) else plain_valid(ts)

    @functools.wraps(plain_add)
    def add_resources(worker, resources=None):
        found = {name: finite_amount(value) for name, value in (resources or {}).items() if isinstance(name, str)}
        return plain_add(worker, {name: amount for name, amount in found.items() if amount is not None})

    scheduler.valid_workers, scheduler.add_resources = valid_workers, add_resources
    for name, handler in scheduler.handlers.items():
        if handler == plain_add:
            scheduler.handlers[name] = add_resources


def guard_task_messages(scheduler):
    """Keeps out of a task's message what Dask cannot send: the connection would end, and with it the
    worker and what it holds, as often as the task is tried."""
    plain = scheduler._task_to_msg

    @functools.wraps(plain)
    def task_to_message(ts, *args, **kwargs):
        message = plain(ts, *args, **kwargs)
        if not all(type(part) is int and part in SENDABLE for part in message["priority"]):
            message["priority"] = tuple(sendable_number(part) for part in message["priority"])
        if message.get("annotations") and not _is_sendable(message["annotations"]):
            function = one_line(ts.prefix.name, NAME_SHOWN)
            logger.warning("A task of %s runs without its annotations, which cannot be sent", function)
            message["annotations"] = {}
        return message

    scheduler._task_to_msg = task_to_message


def sendable_number(value):
    """The number, or the nearest one that can be sent; 0 for what is none."""
    if type(value) is float:
        return value
    if isinstance(value, numbers.Integral):
        return min(max(int(value), SENDABLE[0]), SENDABLE[-1])
    return finite_number(value) or 0


def _is_sendable(value):
    try:
        dumps(value)
        return True
    except Exception:
        return False
