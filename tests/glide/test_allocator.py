"""The allocator takes the advice, keeps what is freed, and hands it back when told to."""

import os
import platform
import subprocess
import sys

import pytest

CODE = """
import ctypes
from glide_studio.glide import allocator

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

def use():
    block = bytearray(200 << 20)
    block[:: 4096] = b"x" * len(block[:: 4096])

assert allocator.keep()
before = resident()
use()
assert resident() - before > 150 << 20
allocator.release()
assert resident() - before < 50 << 20
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_freed_memory_is_kept_and_released() -> None:
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", CODE], check=True, env=env)
