"""COMMAND…: run it with this standard input, and print as JSON its seconds and the most memory it had, in MB.

A process of its own, and a small one, since the peak of whoever starts a process counts as the process's own."""
import json
import os
import subprocess
import sys
import time

start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
seconds = time.perf_counter() - start
if status:
    sys.exit(f"{sys.argv[1]}: wait status {status}")
json.dump({"seconds": seconds, "megabytes": usage.ru_maxrss * 1024 / 1e6}, sys.stdout)
