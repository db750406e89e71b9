"""A small plot of bench/peers' figures, readable on white and on black."""
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

GREY = "#808890"  # on either
COLOURS = {"mood": "#e8590c", "PyTorch": "#c2255c", "Keras (JAX)": "#1c7ed6", "Keras (TensorFlow)": "#7048e8",
           "ONNX Runtime": "#2f9e44", "OpenVINO": "#c99700"}
PANELS = {"infer": "rows/s, by batch size", "reviews": "rows/s, reviews with padding",
          "length": "rows/s, by words per row", "hidden": "rows/s, by size of one LSTM",
          "latency": "rows/s, one at a time", "text": "texts/s, from text to score",
          "train": "rows/s in training, by batch size", "train-reviews": "rows/s in training, reviews",
          "train-hidden": "rows/s in training, one LSTM"}
STYLE = {"svg.fonttype": "none", "font.family": "sans-serif", "font.size": 8, "text.color": GREY,
         "axes.labelcolor": GREY, "axes.edgecolor": GREY, "xtick.color": GREY, "ytick.color": GREY,
         "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 8, "savefig.transparent": True,
         "svg.hashsalt": "mood"}


def rate(measurement, name):
    """The best variant of a framework; None if it does not take part."""
    medians = [contestant["median"] for way, contestant in measurement["contestants"].items()
               if way.split(",")[0] == name and way != "mood, full rows"]
    return measurement["rows"] / min(medians) if medians else None


def draw_panel(axes, title, measurements):
    """One line per contestant over the sizes, at equal distances; only dots if the sizes have no order."""
    line = "o" if isinstance(measurements[0]["size"], str) else "o-"
    for name, colour in COLOURS.items():
        points = [(place, rate(measurement, name)) for place, measurement in enumerate(measurements)]
        points = [point for point in points if point[1]]
        if points:
            axes.plot(*zip(*points), line, color=colour, label=name, markersize=3.5 if name == "mood" else 2.5,
                      linewidth=1.6 if name == "mood" else 0.9)
    axes.set_title(title, loc="left")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks(range(len(measurements)),
                    [str(measurement["size"]).replace("-", "\n") for measurement in measurements])
    axes.margins(x=0.15)
    axes.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.5)


def draw_legend(figure, all_axes):
    """Of those that are in any panel."""
    drawn = {line.get_label() for axes in all_axes.flat for line in axes.lines}
    handles = [Line2D([], [], color=colour, marker="o", markersize=3, label=name)
               for name, colour in COLOURS.items() if name in drawn]
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), frameon=False)


def draw(sections, path):
    shown = [name for name in PANELS if name in sections]
    rows, columns = -(-len(shown) // 3), min(3, len(shown))
    height = 2.3 * rows + 0.5
    with plt.rc_context(STYLE):
        figure, all_axes = plt.subplots(rows, columns, figsize=(8.5, height), squeeze=False)
        for axes in all_axes.flat[len(shown):]:
            axes.set_visible(False)
        for axes, name in zip(all_axes.flat, shown):
            draw_panel(axes, PANELS[name], sections[name])
        draw_legend(figure, all_axes)
        figure.tight_layout(rect=(0, 0.35 / height, 1, 1))
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)
