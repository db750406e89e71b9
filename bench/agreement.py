"""Checks that all contestants give the same scores and losses; otherwise times are not comparable."""
from itertools import combinations

import numpy as np

SAME_SCORE, SAME_LOSS = 1e-5, 1e-4  # absolute; relative
ROWS, STEPS = 128, 20
# TensorFlow's Adam squares the gradients of a word that occurs twice before it adds them, so the second step is
# another one by design; the first is the same.
STEPS_OF = {"Keras (TensorFlow)": 1}


class Disagreement(Exception):
    pass


def apart(some, others):
    """The largest relative difference of losses, over the steps that both have."""
    count = min(len(some), len(others))
    return float((np.abs(some[:count] - others[:count]) / others[:count]).max())


class Agreement:
    """Checks each model and batch size once, and prints the results."""

    def __init__(self, mood, processes):
        self.mood, self.processes, self.checked, self.found = mood, processes, set(), []

    def scores(self, world, batch):
        rows = min(len(world.x), max(batch, ROWS))
        if self._once("scores", world, batch):
            ours = np.array(self.mood.scores(world.model, world.texts[:rows]))
            ways = [(process, way) for process in self.processes
                    for way in (process.single_ways if batch == 1 else getattr(process, world.ways))]
            differences = {f"{process.name}, {way}": float(np.abs(np.array(process.ask(
                "predict", world.model, world.arrays, rows=rows, batch=batch, way=way)) - ours).max())
                for process, way in ways}
            self._tell(f"{rows} scores", world, batch, differences, SAME_SCORE,
                       lowest=float(ours.min()), highest=float(ours.max()))

    def losses(self, world, batch, steps=STEPS):
        rows = min(len(world.x), steps * batch)
        if self._once("losses", world, batch):
            ours = np.array(self.mood.losses(world.model, world.x[:rows], world.y[:rows], batch, steps))
            theirs = {process.name: np.array(process.ask(
                "losses", world.model, world.arrays, rows=rows, batch=batch,
                steps=min(steps, STEPS_OF.get(process.name, steps)))) for process in self.processes if process.trains}
            differences = {name: apart(losses, ours) for name, losses in theirs.items()}
            # Steps may make much of the last bit of a gradient near 0. Nobody is asked to be nearer than the others are.
            among_them = max((apart(*pair) for pair in combinations(theirs.values(), 2)), default=0.0)
            self._tell(f"{steps} losses", world, batch, differences, max(SAME_LOSS, among_them))

    def _once(self, *check):
        new = check not in self.checked
        self.checked.add(check)
        return new

    def _tell(self, what, world, batch, differences, limit, **facts):
        self.found.append({"what": what, "model": world.name, "batch": batch, "limit": limit,
                           "differences": differences, **facts})
        if differences:
            worst = max(differences, key=differences.get)
            print(f"  {world.name}, batch {batch}: {what} differ by {differences[worst]:.1e} at most ({worst})"
                  f", less than {limit:g} wanted", flush=True)
            if not differences[worst] < limit:
                raise Disagreement(f"{worst} and mood don't agree, so there is nothing to compare")
