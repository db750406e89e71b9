"""Tables on a terminal."""


def tell_measurement(measurement):
    if measurement.section == "growth":
        tell_growth(measurement)
    else:
        tell_figures(measurement)


def spread(measurement, name):
    """× ours of the same round: the median, and the range."""
    if name == measurement.ours:
        return f"{1:6.2f}"
    ratios = measurement.ratios(name)
    return f"{measurement.median_ratio(name):6.2f}   {min(ratios):.2f} … {max(ratios):.2f}"


def columns(measurement):
    """Column headings, and the cells for a contestant's median results."""
    if measurement.section == "latency":
        return {"ms": lambda figure: figure("seconds") * 1e3, "p99 ms": lambda figure: figure("p99") * 1e3,
                "p99.9 ms": lambda figure: figure("p999") * 1e3}
    if measurement.section == "start":
        return {"s": lambda figure: figure("seconds"), "MB": lambda figure: figure("megabytes")}
    if measurement.section == "memory":
        return {"MB": lambda figure: figure("megabytes")}
    return {"s": lambda figure: figure("seconds"), "rows/s": lambda figure: measurement.rows / figure("seconds")}


def tell_figures(measurement):
    shown = columns(measurement)
    print(f"\n{measurement.title}\n  {'':42}" + "".join(f" {head:>10}" for head in shown) +
          "   × mood's of the same round: median, range")
    for name in measurement.names():
        values = [value(lambda figure: measurement.median(name, figure)) for value in shown.values()]
        print(f"  {name:42}" + "".join(f" {number(value)}" for value in values) + f"   {spread(measurement, name)}",
              flush=True)


def number(value):
    """Right-aligned, small ones with more digits."""
    return f"{value:10,.0f}" if value >= 100 else f"{value:10.2f}" if value >= 1 else f"{value:10.4f}"


def tell_growth(measurement):
    """The time divided by that of the previous size, which is half as large."""
    print(f"\n{measurement.title}\n  {'':42} {'s':>9}   × the time of half as many")
    before = None
    for name in measurement.figures:
        seconds = measurement.median(name)
        print(f"  {name:>42} {seconds:9.4f}" + (f"   {seconds / before:.2f}" if before else ""), flush=True)
        before = seconds


def tell_target(target):
    print(f"{'met' if target['met'] else 'MISSED'}: {target['section']}: {target['what']} {target['value']:.2f}, at "
          f"{'least' if target['least'] else 'most'} {target['wanted']:.2f} wanted")
