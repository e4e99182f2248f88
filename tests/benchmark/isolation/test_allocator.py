"""Threads share one arena of the allocator, unless the user wants it otherwise."""

import os
import subprocess
import sys

import pytest

from downbench.isolation.allocator import ARENAS

# each of eight threads allocates; glibc counts the arenas that there are then
COUNT = """
import ctypes, re, tempfile, threading
from downbench.isolation.allocator import share_one_arena

share_one_arena()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
barrier = threading.Barrier(8)

def allocate():
    barrier.wait()
    for _ in range(100):
        libc.malloc(ctypes.c_size_t(1000))
    barrier.wait()

threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.fopen.restype = ctypes.c_void_p
libc.fclose.argtypes = [ctypes.c_void_p]
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
with tempfile.NamedTemporaryFile() as file:
    stream = libc.fopen(file.name.encode(), b"w")
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(len(re.findall("<heap nr=", open(file.name).read())))
"""


def count(**variables: str) -> int:
    environment = {name: value for name, value in os.environ.items() if name != ARENAS} | variables
    done = subprocess.run(
        [sys.executable, "-c", COUNT], env=environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


# every second of 1000 blocks of 100 kB is freed: 50 MB of gaps
GAPS = """
import os
from downbench.isolation.allocator import hand_back_memory

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

blocks = [b"x" * (100_000 + i) for i in range(1000)]
kept = blocks[::2]
del blocks
before = resident()
hand_back_memory()
print((before - resident()) / 1e6)
"""
glibc = pytest.mark.skipif(
    "glibc" not in (os.confstr("CS_GNU_LIBC_VERSION") or "" if hasattr(os, "confstr") else ""),
    reason="arenas are glibc's",
)


@glibc
def test_threads_share_one_arena_unless_the_user_says_otherwise() -> None:
    assert count() == 1
    assert count(**{ARENAS: "4"}) > 1


@glibc
def test_gaps_between_what_is_kept_are_handed_back() -> None:
    done = subprocess.run([sys.executable, "-c", GAPS], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 40
