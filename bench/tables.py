"""The results of bench/peers as Markdown and as a plot. If several files contain a section, the last one is used."""
import argparse
import json
import sys
from pathlib import Path

HEADS = {"infer": ("Inference, by batch size; full rows of 50 words", "rows/s"),
         "reviews": ("Reviews with padding, batch 1,024", "rows/s"),
         "length": ("Inference, by words per row; batch 256", "rows/s"),
         "hidden": ("Inference, by size of one LSTM; rows of 200 words, an embedding of 128, batch 64", "rows/s"),
         "latency": ("One row at a time", "milliseconds: median (99 %, 99.9 %)"),
         "text": ("From texts to scores", "texts/s"),
         "train": ("Training full rows of 50 words, by batch size", "seconds per epoch"),
         "train-reviews": ("Training reviews, by batch size", "seconds per epoch"),
         "train-hidden": ("Training, by size of one LSTM; rows of 200 words, an embedding of 128, batch 64",
                          "milliseconds per step"),
         "layers": ("Inference of other layers; an embedding of 128, rows of 100 words, batch 1,024", "rows/s"),
         "masks": ("Reviews with masks, padded at the end, batch 1,024", "rows/s"),
         "train-layers": ("Training of other layers; rows of 100 words, batch 32", "rows/s"),
         "start": ("A whole process that scores one text", "seconds, MB"),
         "memory": ("Peak memory of a process", "MB"),
         "growth": ("mood's time when a size doubles", "seconds")}


def arguments():
    parser = argparse.ArgumentParser(prog="bench/tables", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="JSON", help="what bench/peers --json wrote")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables here, and not to standard output")
    parser.add_argument("--plot", metavar="FILE.svg", help="draw the sections with sizes")
    return parser.parse_args()


def read(names):
    """What was measured where, and all files' measurements by section; a section's stand together."""
    reports = [json.loads(Path(name).read_text(encoding="utf-8")) for name in names]
    about, sections = dict(reports[-1], versions={}), {}
    for report in reports:
        here = report["machine"]["processor"], report["threads"]
        known = {name: about["versions"].get(name, version) for name, version in report["versions"].items()}
        if here != (about["machine"]["processor"], about["threads"]) or known != report["versions"]:
            sys.exit("these were measured on different machines, or with different versions")
        about["versions"].update(known)
        found = {}
        for measurement in report["measurements"]:
            found.setdefault(measurement["section"], []).append(measurement)
        sections.update(found)
    return about, {name: sections[name] for name in HEADS if name in sections}


# ---- cells ------------------------------------------------------------------------------------------------------


def median(measurement, name, figure):
    values = sorted(figures[figure] for figures in measurement["contestants"][name]["rounds"] if figure in figures)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def number(value):
    """Three digits, whole numbers with commas."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cell(measurement, name):
    """What a contestant reached, in its section's unit."""
    section = measurement["section"]
    if section == "memory":
        return number(median(measurement, name, "megabytes"))
    seconds = median(measurement, name, "seconds")
    if section == "latency":
        p50, p99, p999 = (number(1e3 * median(measurement, name, figure)) for figure in ("seconds", "p99", "p999"))
        return f"{p50} ({p99}, {p999})"
    if section == "start":
        return f"{number(seconds)}, {number(median(measurement, name, 'megabytes'))}"
    if section == "train-hidden":
        return number(1e3 * seconds / measurement["facts"]["steps"])
    if section in ("train", "train-reviews", "growth"):
        return number(seconds)
    return number(measurement["rows"] / seconds)


def ratio(measurement, name):
    """Times ours in the same rounds."""
    value = measurement["contestants"][name]["ratio_median"]
    return "" if name == measurement["ours"] else f" · {value:.2f}"


# ---- Markdown ---------------------------------------------------------------------------------------------------


def contestants(measurements):
    """All names, mood's first, then those that are best at the last size."""
    last = measurements[-1]["contestants"]
    return sorted({name: None for measurement in measurements for name in measurement["contestants"]},
                  key=lambda name: (not name.startswith("mood"), name != "mood",
                                    last[name]["median"] if name in last else float("inf")))


def table(measurements):
    """One column per size, one row per contestant."""
    yield "| | " + " | ".join(str(measurement["size"] or "") for measurement in measurements) + " |"
    yield "|---" * (1 + len(measurements)) + "|"
    for name in contestants(measurements):
        cells = [cell(measurement, name) + ratio(measurement, name) if name in measurement["contestants"] else "–"
                 for measurement in measurements]
        yield f"| {name} | " + " | ".join(cells) + " |"


def growth_table(measurement):
    """A column a size, and what each doubling costs."""
    sizes = sorted(measurement["contestants"], key=lambda name: int(name.replace(",", "")))
    seconds = [measurement["contestants"][name]["median"] for name in sizes]
    factors = ["", *(f" · {after / before:.2f}" for before, after in zip(seconds, seconds[1:]))]
    yield f"| {measurement['size']} | " + " | ".join(sizes) + " |"
    yield "|---" * (1 + len(sizes)) + "|"
    yield "| seconds | " + " | ".join(number(value) + factor for value, factor in zip(seconds, factors)) + " |"
    yield ""


def titles(measurements):
    """Of measurements whose sizes don't say it all."""
    return [f"- {measurement['size']}: {measurement['title']}" for measurement in measurements
            if isinstance(measurement["size"], str)]


def section(name, measurements):
    head, unit = HEADS[name]
    rounds = max(len(figures["rounds"]) for figures in measurements[0]["contestants"].values())
    than = {"memory": "as a multiple of mood's", "growth": "as a multiple of the size before"}.get(
        name, "time as a multiple of mood's in the same round")
    yield f"### {head}\n"
    of = f"medians of {rounds} rounds" if rounds > 1 else "one round"
    yield f"{unit[0].upper()}{unit[1:]} · {than}; {of}.\n"
    if name == "growth":
        for measurement in measurements:
            yield from growth_table(measurement)
        return
    yield from table(measurements)
    yield ""
    yield from titles(measurements) + [""] * bool(titles(measurements))


def description(report):
    machine, device = report["machine"], report["device"]
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    return (f"{machine['processor']}, {report['threads']} threads; {machine['system']}; mood on {device['name']} "
            f"({device['driver']}). {versions}.\n")


def markdown(report, sections):
    lines = [description(report)]
    for name, measurements in sections.items():
        lines += section(name, measurements)
    return "\n".join(lines)


def main():
    options = arguments()
    report, sections = read(options.files)
    if options.markdown:
        Path(options.markdown).write_text(markdown(report, sections), encoding="utf-8")
    elif not options.plot:
        sys.stdout.write(markdown(report, sections))
    if options.plot:
        if not sections.keys() - {"start", "memory", "growth"}:
            sys.exit("there is nothing in these to draw")
        from plot import draw

        draw(sections, options.plot)


main()
