"""Detects load by other programs during a measurement, and repeats it."""
import os
import time

TICK = os.sysconf("SC_CLK_TCK")
ALLOWED = 0.05  # of all cores' time


def machine_seconds():
    """CPU time of all processes, and time stolen by other guests of the host."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _wait, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICK


def process_seconds(pid):
    """CPU time of a process and of its ended children."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICK


class Quiet:
    """Measures while other processes are idle: all except this process, its children, and the given ones."""

    def __init__(self, pids, patience):
        self.pids, self.patience, self.repeated, self.disturbed = [os.getpid(), *pids], patience, 0, 0

    def _ours(self):
        return sum(map(process_seconds, self.pids))

    def _once(self, measure):
        start, machine, ours = time.perf_counter(), machine_seconds(), self._ours()
        figure = measure()
        others = machine_seconds() - machine - (self._ours() - ours) - 2 / TICK
        return others / (os.cpu_count() * (time.perf_counter() - start)), figure

    def measure(self, measure):
        """The result of measure() without load by others; else the best of a limited number of attempts."""
        best = self._once(measure)
        for attempt in range(self.patience):
            if best[0] <= ALLOWED:
                break
            self.repeated += 1
            time.sleep(min(attempt, 10))
            best = min(best, self._once(measure), key=lambda pair: pair[0])
        self.disturbed += best[0] > ALLOWED
        return best[1]
