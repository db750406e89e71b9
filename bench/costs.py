"""What a launch of a kernel costs, from its arguments: floating-point operations, and bytes that have to move.

A multiply-add is two operations; only matrix products count. Bytes are those of each operand once, as if caches held
whatever is used again."""
import re
from collections import namedtuple

FLOAT = 4

# `asked`: operations of the model's equations. `done`: those of the kernel; fewer if products were computed before.
Cost = namedtuple("Cost", "role asked done bytes")


def parse_layers(line):
    """A line of `mood bench --layers` as pairs of a kind and a width."""
    words = (word.split(":") for word in line.split())
    return [(kind, int(width)) for kind, width, *_ in words]


def predict_tile(a):
    """All layers of a model, every LSTM but the last with all its steps. Nothing between layers leaves the caches."""
    rows, steps = a["B"], a["B"] * a["T"]
    (_, width), *layers = a["layers"]
    if any(kind not in ("lstm", "dense") for kind, _ in layers):
        raise SystemExit("the cost of a launch of all layers is known for LSTM and Dense only")
    last = max((i for i, (kind, _) in enumerate(layers) if kind == "lstm"), default=-1)
    asked = done = 0
    numbers = steps + rows * layers[-1][1]
    for i, (kind, units) in enumerate(layers):
        times, columns = (steps, 4 * units) if kind == "lstm" else (steps if i < last else rows, units)
        inputs, recurrent = 2 * times * columns * width, 2 * times * columns * units if kind == "lstm" else 0
        folded = a["folded"] and i == 0
        asked += inputs + recurrent
        done += recurrent if folded else inputs + recurrent
        numbers += columns * (units if kind == "lstm" else 0) + (steps * columns if folded else columns * width)
        width = units
    return Cost("folded" if a["folded"] else "", asked, done, FLOAT * numbers)


def recurrent_tile_forward(a):
    """x·W + h·U for all steps of the launch's rows. Folded, x·W is looked up in a table that was made once."""
    batch = a["to"] - a["from"]
    rows, gates = batch * a["T"], 4 * a["H"]
    recurrent, inputs = 2 * rows * gates * a["H"], 2 * rows * gates * a["E"]
    folded = bool(a["table"])
    numbers = rows * (1 + gates) if folded else rows * a["E"] + gates * a["E"]
    numbers += gates * a["H"] + a["H"] * ((rows if a["keep_h"] else batch) + (rows if a["keep_c"] else batch))
    numbers += (rows * gates if a["gates"] else 0) + (rows * a["H"] if a["before"] else 0)
    return Cost(f"{a['E']} to {a['H']}" + (", folded" if folded else ""), inputs + recurrent,
                recurrent if folded else inputs + recurrent, FLOAT * numbers)


def lstm_tile_backward(a):
    """dZ·U', and dZ·W' where x's gradient is wanted, for all steps of the launch's rows; the gates are read, and their
    gradients written in their place."""
    batch = a["to"] - a["from"]
    rows, gates = batch * a["T"], 4 * a["H"]
    width = a["H"] + (a["E"] if a["dx"] else 0)
    operations = 2 * rows * gates * width
    from_above = 0 if not a["d_h"] else batch if a["last_only"] else rows
    numbers = 2 * rows * gates + gates * width + a["H"] * (rows + from_above + 2 * batch)
    return Cost(f"of {a['H']}", operations, operations, FLOAT * (numbers + (rows * a["E"] if a["dx"] else 0)))


def lstm_tile_weights(a):
    """X'·dZ and (h before)'·dZ, added to the previous values."""
    gates, width = 4 * a["H"], a["E"] + a["H"]
    operations = 2 * a["n"] * gates * width
    return Cost(f"{a['E']} to {a['H']}", operations, operations,
                FLOAT * (a["n"] * (width + gates) + 2 * width * gates))


def recurrent_tile_table(a):
    """Each word's x·W."""
    gates = 4 * a["H"]
    operations = 2 * a["V"] * gates * a["E"]
    return Cost(f"{a['E']} to {a['H']}", operations, operations,
                FLOAT * (a["V"] * (a["E"] + gates) + gates * a["E"]))


def dense_forward(a):
    operations = 2 * a["n"] * a["K"] * a["N"]
    return Cost(f"{a['K']} to {a['N']}", operations, operations,
                FLOAT * (a["n"] * a["K"] + a["K"] * a["N"] + a["n"] * a["N"] * (2 if a["logits"] else 1)))


def dense_backward(a):
    operations = 2 * a["n"] * a["K"] * a["N"]
    return Cost(f"{a['K']} to {a['N']}", operations, operations,
                FLOAT * (a["n"] * a["K"] + a["K"] * a["N"] + a["n"] * a["N"]))


def dense_weights(a):
    operations = 2 * a["n"] * a["K"] * a["N"]
    return Cost(f"{a['K']} to {a['N']}", operations, operations,
                FLOAT * (a["n"] * a["K"] + 2 * a["K"] * a["N"] + a["n"] * a["N"]))


KERNELS = {
    predict_tile: "B T",
    recurrent_tile_forward: "table keep_h keep_c before gates from to T E H",
    lstm_tile_backward: "d_h last_only dx from to T E H",
    lstm_tile_weights: "n E H",
    recurrent_tile_table: "V E H",
    dense_forward: "logits n K N",
    dense_backward: "n K N",
    dense_weights: "n K N",
}


class Costs:
    """The costs of the kernels in that folder, whose sources say where an argument stands."""

    def __init__(self, folder):
        self.of = {cost.__name__: (cost, wanted.split()) for cost, wanted in KERNELS.items()}
        source = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.cl")))
        kernels = re.findall(r"^kernel\b[^{;]*?\bvoid\s+(?:TILED\()?(\w+)\)?\(([^)]*)\)", source, re.M)
        self.names = {name: [parameter.split()[-1].lstrip("*") for parameter in parameters.split(",")]
                      for name, parameters in kernels}
        self.wanted = ";".join(f"{name}:" + ",".join(str(self.names[name].index(one)) for one in wanted)
                               for name, (_, wanted) in self.of.items())

    def of_launch(self, kernel, arguments, layers, folded):
        """A kernel's name without the height of its tiles, and its cost; None where no product is counted. layers and
        folded are the model's."""
        name = re.sub(r"_\d+$", "", kernel)
        if name not in self.of:
            return name, None
        cost, wanted = self.of[name]
        return name, cost(dict(zip(wanted, arguments), layers=layers, folded=folded))
