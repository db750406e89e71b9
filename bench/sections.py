"""The sections of measurements, each with its models, texts and sizes."""
import article
from measurement import Measurement
from world import ARTICLE, LAYERS, hidden, layers_of

INFER_ROWS = {1: 512, 32: 4096, 1024: 8192, 4096: 8192}  # by batch size
LENGTHS = (10, 25, 50, 100, 200, 400)
HIDDEN = {32: 512, 64: 512, 128: 512, 256: 256, 512: 128, 1024: 64}  # rows by size
HIDDEN_LENGTH, HIDDEN_BATCH = 200, 64
HIDDEN_STEPS = {256: 4, 512: 2}
LAYERS_LENGTH, LAYERS_ROWS, LAYERS_BATCH, LAYERS_TRAIN_ROWS = 100, 4096, 1024, 2048
CALLS = 2000
TEXT_LENGTH, TEXT_ROWS, TEXT_BATCH = 200, 5000, 256
MEMORY_ROWS = 8192
MOST_ROUNDS = {"start": 3, "memory": 1}  # those take long, and differ little


class Sections:
    """Each method is a section: it makes the models, checks that contestants agree, and returns the measurements."""

    def __init__(self, contestants, worlds, agreement, options):
        self.contestants, self.worlds, self.agreement, self.options = contestants, worlds, agreement, options

    def make(self, name):
        return list(getattr(self, name.replace("-", "_"))())

    def _reviews(self, *arguments):
        return [self.worlds.reviews(path, *arguments) for path in [article.REVIEWS, *self.options.reviews]]

    def _infer(self, section, size, title, world, batch, rows):
        self.agreement.scores(world, batch)
        return Measurement(section, size, f"{title}: {rows:,} rows", rows, self.contestants.infer(world, batch, rows))

    def infer(self):
        world = self.worlds.full(ARTICLE, article.LENGTH, max(INFER_ROWS.values()))
        for batch, rows in INFER_ROWS.items():
            yield self._infer("infer", batch, f"Inference, batch {batch:,}", world, batch, rows)

    def reviews(self):
        batch = 1024
        for world in self._reviews():
            self.agreement.scores(world, batch)
            facts = {"mean_length": world.mean_length(), "steps_saved": world.steps_saved()}
            title = (f"Reviews of {world.name}, {len(world.x):,} padded to {world.length}, batch {batch:,}; "
                     f"{facts['mean_length']:.1f} words each, so full rows have {facts['steps_saved']:.2f} × the steps")
            yield Measurement("reviews", world.name, title, len(world.x), facts=facts, contestants=[
                *self.contestants.infer(world, batch), self.contestants.full_rows("infer", world, batch)])

    def length(self):
        for length in LENGTHS:
            rows = min(8192, 409600 // length)
            world = self.worlds.full(ARTICLE, length, rows)
            yield self._infer("length", length, f"Inference, rows of {length} words, batch 256", world, 256, rows)

    def hidden(self):
        for size, rows in HIDDEN.items():
            world = self.worlds.full(hidden(size), HIDDEN_LENGTH, rows)
            title = f"Inference, one LSTM of {size:,}, rows of {HIDDEN_LENGTH} words, batch {HIDDEN_BATCH}"
            yield self._infer("hidden", size, title, world, HIDDEN_BATCH, rows)

    def layers(self):
        for name in LAYERS:
            world = self.worlds.full(name, LAYERS_LENGTH, LAYERS_ROWS)
            title = f"Inference, {layers_of(name)}, rows of {LAYERS_LENGTH} words, batch {LAYERS_BATCH:,}"
            yield self._infer("layers", name, title, world, LAYERS_BATCH, LAYERS_ROWS)

    def masks(self):
        batch = 1024
        for path in [article.REVIEWS, *self.options.reviews]:
            world = self.worlds.reviews(path, masked=True)
            self.agreement.scores(world, batch)
            title = (f"Reviews of {world.name} with masks, {len(world.x):,} padded to {world.length}, batch {batch:,}; "
                     f"{world.mean_length():.1f} words each")
            yield Measurement("masks", world.name, title, len(world.x), self.contestants.infer(world, batch))

    def default(self):
        batch = 1024
        for path in [article.REVIEWS, *self.options.reviews]:
            world = self.worlds.default(path)
            self.agreement.scores(world, batch)
            title = (f"The default model of mood fit, {len(world.x):,} reviews of {world.name}, batch {batch:,}; "
                     f"{world.mean_length():.1f} of {world.length} words each")
            yield Measurement("default", world.name, title, len(world.x), self.contestants.infer(world, batch))

    def train_default(self):
        batch = 32
        for path in [article.REVIEWS, *self.options.reviews]:
            world = self.worlds.default(path)
            title = (f"Training of the default model of mood fit, one epoch of {len(world.x):,} reviews of "
                     f"{world.name}, batch {batch}")
            yield Measurement("train-default", world.name, title, len(world.x), self.contestants.train(world, batch))

    def train_layers(self):
        batch = 32
        for name in LAYERS:
            world = self.worlds.full(name, LAYERS_LENGTH, LAYERS_TRAIN_ROWS)
            self.agreement.losses(world, batch)
            title = (f"Training, {layers_of(name)}, {LAYERS_TRAIN_ROWS:,} rows of {LAYERS_LENGTH} words, "
                     f"batch {batch}")
            yield Measurement("train-layers", name, title, LAYERS_TRAIN_ROWS, self.contestants.train(world, batch))

    def latency(self):
        full = self.worlds.full(ARTICLE, article.LENGTH, max(INFER_ROWS.values()))
        for size, world in (("full", full), ("review", self.worlds.reviews(article.REVIEWS))):
            self.agreement.scores(world, 1)
            title = f"One row at a time, median of {CALLS:,}: " + {
                "full": f"{article.LENGTH} words", "review": f"reviews, {world.mean_length():.1f} words each"}[size]
            yield Measurement("latency", size, title, 1, self.contestants.latency(world, CALLS))

    def text(self):
        for path in [article.REVIEWS, *self.options.reviews][-1:]:
            world = self.worlds.reviews(path, TEXT_LENGTH, TEXT_ROWS)
            self.agreement.scores(world, TEXT_BATCH)
            title = (f"From texts to scores: {len(world.texts):,} reviews of {world.name}, "
                     f"{world.mean_length():.1f} words each, padded to {TEXT_LENGTH}")
            yield Measurement("text", world.name, title, len(world.texts), self.contestants.texts(world, TEXT_BATCH))

    def train(self):
        rows = self.options.train_rows
        world = self.worlds.full(ARTICLE, article.LENGTH, rows)
        for batch in (32, 256):
            self.agreement.losses(world, batch)
            title = f"Training, an epoch of {rows:,} rows of {article.LENGTH} words, batch {batch}"
            yield Measurement("train", batch, title, rows, self.contestants.train(world, batch))

    def train_reviews(self):
        world = self.worlds.reviews(article.REVIEWS)
        for batch in (32, 256):
            self.agreement.losses(world, batch)
            title = (f"Training, an epoch of {len(world.x):,} reviews of {world.name}, {world.mean_length():.1f} words "
                     f"each, batch {batch}")
            yield Measurement("train-reviews", batch, title, len(world.x), [
                *self.contestants.train(world, batch), self.contestants.full_rows("train", world, batch)])

    def train_hidden(self):
        for size, steps in HIDDEN_STEPS.items():
            rows = steps * HIDDEN_BATCH
            world = self.worlds.full(hidden(size), HIDDEN_LENGTH, rows)
            self.agreement.losses(world, HIDDEN_BATCH, steps)
            title = f"Training, {steps} steps, one LSTM of {size}, rows of {HIDDEN_LENGTH} words, batch {HIDDEN_BATCH}"
            yield Measurement("train-hidden", size, title, rows, self.contestants.train(world, HIDDEN_BATCH),
                              facts={"steps": steps})

    def start(self):
        world = self.worlds.reviews(article.REVIEWS)
        self.agreement.scores(world, 1)
        yield Measurement("start", None, "A whole process: open the model, score one text, end", 1,
                          self.contestants.start(world))

    def memory(self):
        world = self.worlds.full(ARTICLE, article.LENGTH, MEMORY_ROWS)
        for work, batch, title in (("infer", 1024, "inference"), ("train", 32, "training")):
            yield Measurement("memory", work, f"Peak memory of a process, {title}, {MEMORY_ROWS:,} rows, batch "
                              f"{batch:,}", MEMORY_ROWS, self.contestants.memory(work, world, batch), main="megabytes")

    def growth(self):
        """On random rows of random models; in each series one size doubles."""
        series = {
            "rows": [(rows, {"rows": rows}) for rows in (2048, 4096, 8192, 16384, 32768)],
            "words per row": [(length, {"length": length, "rows": 1024, "batch": 256}) for length in LENGTHS[1:]],
            "hidden size": [(size, {"layers": layers_of(hidden(size)), "rows": 256, "batch": HIDDEN_BATCH})
                            for size in HIDDEN],
            "vocabulary size": [(words, {"num_words": words}) for words in (5000, 10000, 20000, 40000)],
        }
        for size, steps in series.items():
            yield Measurement("growth", size, f"mood's time against {size}", None, self.contestants.growth(steps),
                              ours=f"{steps[0][0]:,}")
