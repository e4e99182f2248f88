"""Tasks on the workers of a cluster: kept busy, replaced when they die, and understood when they fail.

No more tasks are under way than keep the workers busy, so that memory is bounded on both sides. Workers may
come and go. A task whose worker dies is done again by another one; one that runs out of memory, or takes
workers down with it, is cut in half once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from downbench.errors import DownbenchError, RunFailed, disk_problem
from downbench.pipeline.cluster.connection import connected
from downbench.pipeline.cluster.waiting import as_they_end

TASKS_PER_THREAD = 4  # so that a slow worker holds nobody up
UNDER_WAY = 2  # tasks per thread that wait or run
MEMORY = "try fewer --members, smaller tiles, or workers with more memory or fewer threads"

Task = TypeVar("Task", bound=Hashable)
Result = TypeVar("Result")


def tasks_for(address: str) -> int:
    """How many tasks keep the workers of a scheduler busy to the end."""
    with connected(address) as client:
        return TASKS_PER_THREAD * _threads(client)


def _threads(client: Any) -> int:
    return max(1, sum(client.nthreads().values()))


def work_on_cluster(
    address: str,
    work: Callable[[Any, Task], Result],
    recipe: Hashable,
    cut: Callable[[int], Sequence[Task]],
    done: Callable[[Task, Result], None],
    halves: Callable[[Task], Sequence[Task]] = lambda task: (),
) -> None:
    """Have the workers of a scheduler do some tasks.

    Args:
        address: of the scheduler.
        work: a function of a module, called on a worker with the recipe and a task.
        recipe: what all tasks share, plain and hashable.
        cut: makes the tasks, plain ones, about as many as it is told where that can be.
        done: called here with each task and what came of it, in the order in which they finish.
        halves: cuts a task that needs too much memory; nothing where that is not possible.

    Raises:
        RunFailed: a task failed, workers died again and again, or the scheduler went away. What has ended
            by then is kept.
    """
    with connected(address) as client:
        from distributed import as_completed

        left = list(cut(TASKS_PER_THREAD * _threads(client)))[::-1]
        halved = set[Task]()
        under_way: dict[str, tuple[Any, Task]] = {}
        completed = as_completed(loop=client.loop)

        def submit() -> None:
            most = UNDER_WAY * _threads(client)
            while left and len(under_way) < most:
                task = left.pop()
                future = client.submit(work, recipe, task, pure=False)
                under_way[future.key] = future, task
                completed.add(future)

        def keep_ended() -> None:
            """Keep what ended beside the task that failed."""
            for future in completed.next_batch(block=False):
                _, task = under_way.pop(future.key)
                if future.status == "finished":
                    done(task, future.result())

        try:
            submit()
            for future in as_they_end(completed, client, address):
                _, task = under_way.pop(future.key)
                if future.status == "finished":
                    result = future.result()
                    submit()
                    done(task, result)
                    continue
                error = error_of(future, address)
                parts = halves(task) if needs_memory(error) and task not in halved else ()
                if not parts:
                    keep_ended()
                    raise explained(error, address, halved=task in halved)
                halved.update(parts)
                left.extend(parts)
                submit()
        except DownbenchError:
            raise
        except OSError as error:
            if disk_problem(error):
                raise
            raise _gone(address, error) from error
        except Exception as error:
            raise explained(error, address) from error


def needs_memory(error: BaseException) -> bool:
    """Whether an error says, or may mean, that a worker ran out of memory."""
    name = type(error).__name__
    return name in ("MemoryError", "OutOfMemoryError", "KilledWorker") or "OutOfMemoryError" in str(error)


def error_of(future: Any, address: str) -> BaseException:
    """What a future that did not finish died of."""
    if future.status == "error":
        error: BaseException = future.exception()
        return error
    return _gone(address, None)


def _gone(address: str, error: BaseException | None) -> RunFailed:
    why = f" ({type(error).__name__}: {error})" if error else ""
    return RunFailed(
        f"the dask scheduler at {address} went away{why}",
        "start it again and run the same command: what is finished is kept",
    )


def explained(error: BaseException, address: str, halved: bool = False) -> BaseException:
    """One message for what went wrong on a worker."""
    if isinstance(error, DownbenchError) and not needs_memory(error):
        return error
    if needs_memory(error):
        what = (
            "workers died while they did a task, as they do when they run out of memory"
            if type(error).__name__ == "KilledWorker"
            else f"a worker ran out of memory ({error})"
        )
        again = "; half of the task failed in the same way" if halved else ""
        return RunFailed(f"{what}, at {address}{again}", MEMORY)
    if text := disk_problem(error):
        return RunFailed(f"a worker of {address}: {text}", "what is finished is kept")
    if type(error).__name__ in ("CancelledError", "FutureCancelledError", "CommClosedError"):
        return _gone(address, error)
    return RunFailed(f"a task on {address} failed: {type(error).__name__}: {error}")
