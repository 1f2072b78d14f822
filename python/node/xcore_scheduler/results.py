"""Whose results are still wanted."""

FIRE_AND_FORGET = "fire-and-forget"  # Dask's stand-in client: nobody waits for its results


def is_needed(task):
    """Does a client (also a published dataset, a queue …) want this result, or an unfinished task depend on it?"""
    return bool(task.waiters) or any(client.client_key != FIRE_AND_FORGET for client in task.who_wants or ())


def held_alone(ws):
    """Does it alone hold a result that is needed?"""
    return any(len(task.who_has or ()) == 1 and is_needed(task) for task in ws.has_what)
