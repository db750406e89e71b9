"""Performance targets of mood, and whether they are met."""
import statistics

# Which contestants a target is about
PEER = lambda name: not name.startswith("mood")
KERAS = lambda name: name.startswith("Keras")
PREDICT = lambda name: KERAS(name) and name.endswith("predict")
TORCH = lambda name: name.startswith("PyTorch")
ONNX = lambda name: name.startswith("ONNX Runtime")
FULL_ROWS = lambda name: name == "mood, full rows"

# Section, size (ALL: each side at the size that is its best; EACH: one target for each; SHORT: for each of short
# reviews), whom, and how many times mood's time the fastest of them has to take at least.
ALL, EACH, SHORT = "all", "each", "short"
FASTER = (
    ("infer", ALL, PEER, 1.7), ("infer", ALL, PREDICT, 5),
    ("reviews", "uci-reviews", PEER, 6), ("reviews", SHORT, PEER, 5),
    ("hidden", 256, PEER, 1), ("hidden", 512, PEER, 1),
    ("latency", "full", ONNX, 1), ("latency", "review", ONNX, 2.5),
    ("text", EACH, PREDICT, 10),
    ("train", 32, KERAS, 7), ("train", 32, TORCH, 2.5), ("train", 256, KERAS, 3), ("train", 256, TORCH, 2.5),
    ("train-reviews", EACH, FULL_ROWS, 2),
    ("train-hidden", 256, PEER, 1.3), ("train-hidden", 512, PEER, 1.3),
    ("layers", EACH, PEER, 1.5), ("masks", EACH, PEER, 5), ("train-layers", "bidirectional", TORCH, 2),
    ("default", EACH, PEER, 5), ("train-default", EACH, PEER, 2),
    ("start", EACH, ONNX, 1),
)
PADDING_SAVES = 0.85  # of the steps that are padding
P99_TO_P50, COLD_SECONDS, WARM_MEGABYTES = 3, 2, 150


def target(section, what, value, wanted, least):
    """A value with a lower or an upper limit."""
    return {"section": section, "what": what, "value": value, "wanted": wanted, "least": least,
            "met": bool(value >= wanted if least else value <= wanted)}


# ---- times of the same round ------------------------------------------------------------------------------------


def rates(measurement, name):
    return [measurement.rows / seconds for seconds in measurement.values(name, "seconds")]


def fastest(measurements, whom):
    """The measurement and the contestant with the highest rate; None when none of them takes part."""
    pairs = [(measurement, name) for measurement in measurements for name in measurement.figures if whom(name)]
    return max(pairs, key=lambda pair: statistics.median(rates(*pair)), default=None)


def faster(measurements, whom, wanted):
    ours, theirs = fastest(measurements, lambda name: name == "mood"), fastest(measurements, whom)
    if not theirs:
        return
    ratio = statistics.median(a / b for a, b in zip(rates(*ours), rates(*theirs)))
    section, where = theirs[0].section, f" at {theirs[0].size}" if theirs[0].size else ""
    if ours[0] is not theirs[0]:
        where += f", mood at {ours[0].size}"
    yield target(section, f"{theirs[1]}{where}: time × mood's", ratio, wanted, True)


def groups(measurements, size):
    """The measurements that one target looks at together."""
    if size == ALL:
        return [measurements] if measurements else []
    return [[measurement] for measurement in measurements
            if size in (EACH, measurement.size) or size == SHORT and is_short(measurement)]


def is_short(measurement):
    """Other reviews, with more padding than words."""
    return measurement.size != "uci-reviews" and measurement.facts["steps_saved"] >= 2


# ---- the others -------------------------------------------------------------------------------------------------


def padding(measurement):
    """Rows with padding have to be faster than full ones by nearly what their steps are fewer."""
    ratios = [full / ours for full, ours in zip(measurement.values("mood, full rows"), measurement.values("mood"))]
    yield target("reviews", f"{measurement.size}: rate × that on full rows", statistics.median(ratios),
                 PADDING_SAVES * measurement.facts["steps_saved"], True)


def tail(measurement):
    ratios = [p99 / p50 for p99, p50 in zip(measurement.values("mood", "p99"), measurement.values("mood"))]
    yield target("latency", f"{measurement.size}: p99 ÷ p50", statistics.median(ratios), P99_TO_P50, False)


def process(measurement):
    yield target("start", "seconds with empty caches", measurement.median("mood, empty caches"), COLD_SECONDS, False)
    ours = measurement.median("mood", "megabytes")
    yield target("start", "MB with warm caches", ours, WARM_MEGABYTES, False)
    theirs = [measurement.median(name, "megabytes") for name in measurement.figures if KERAS(name) or TORCH(name)]
    if theirs:
        yield target("start", "MB of PyTorch or Keras, the least ÷ mood's", min(theirs) / ours, 1, True)


OWN = {"reviews": padding, "latency": tail, "start": process}


def targets(measurements):
    """Those of the sections that were measured."""
    found = []
    for section in dict.fromkeys(measurement.section for measurement in measurements):
        here = [measurement for measurement in measurements if measurement.section == section]
        for _, size, whom, wanted in (row for row in FASTER if row[0] == section):
            for group in groups(here, size):
                found += faster(group, whom, wanted)
        for measurement in here if section in OWN else []:
            found += OWN[section](measurement)
    return found
