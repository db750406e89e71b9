"""One kind of work at one size: the results of each contestant in each round."""
import statistics
import time

SETTLE = 0.2  # seconds, until threads that waited for more work are asleep


class Measurement:
    """Contestants are pairs of a name and a function that gives figures: seconds, and perhaps others by name.

    section, size   where it stands in tables: "infer", 1024
    title           what it is, for people
    rows            how many rows the seconds are for
    ours            the contestant that the others are compared with
    main            the figure that they are compared by
    facts           whatever else is to be kept about it
    """

    def __init__(self, section, size, title, rows, contestants, ours="mood", main="seconds", facts=None):
        self.section, self.size, self.title, self.rows = section, size, title, rows
        self.contestants, self.ours, self.main, self.facts = list(contestants), ours, main, facts or {}
        self.figures = {name: [] for name, _ in self.contestants}

    @property
    def key(self):
        return f"{self.section}-{self.size}" if self.size else self.section

    def run_round(self, number, quiet):
        """Measures all contestants in turn, each time beginning with another one."""
        first = number % len(self.contestants)
        for name, measure in self.contestants[first:] + self.contestants[:first]:
            self.figures[name].append(quiet.measure(measure))
            time.sleep(SETTLE)

    def values(self, name, figure=None):
        """One figure of a contestant, by rounds."""
        return [figures[figure or self.main] for figures in self.figures[name] if (figure or self.main) in figures]

    def median(self, name, figure=None):
        values = self.values(name, figure)
        return statistics.median(values) if values else None

    def ratios(self, name):
        """The contestant's time divided by mood's in the same round."""
        return [theirs / ours for theirs, ours in zip(self.values(name), self.values(self.ours))]

    def median_ratio(self, name):
        return statistics.median(self.ratios(name))

    def names(self):
        """mood first, then the others, best first."""
        return sorted(self.figures, key=lambda name: (name != self.ours, self.median(name)))

    def report(self):
        return {"section": self.section, "size": self.size, "title": self.title, "rows": self.rows, "ours": self.ours,
                "main": self.main, "facts": self.facts, "contestants": {
                    name: {"rounds": self.figures[name], "median": self.median(name), "ratios": self.ratios(name),
                           "ratio_median": self.median_ratio(name)} for name in self.names()}}
