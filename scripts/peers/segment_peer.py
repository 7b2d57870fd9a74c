"""Peers that learn the same annotation as Cellbrush: a random forest on multi-scale features, a plain PyTorch U-Net.

A request names float32 and uint8 files: planes to learn from (`values` normalised as for Cellbrush, `targets` 0 unknown,
1 background, 2 object, with held-out blocks), planes to predict, a seed, threads, and minutes or steps. Each answer's
probabilities of object are written as float32 beside them: of every plane with held-out blocks (there the caller chooses
the threshold) and of every plane to predict. The clock runs from the first line of the work to the end of training.
"""

import json
import time

import numpy as np


class Clock:
    """How long training may take: minutes of wall clock from now, or a number of steps."""

    def __init__(self, request):
        self.start = time.perf_counter()
        self.minutes = request.get("minutes")
        self.steps = request.get("steps")

    @property
    def seconds(self):
        return time.perf_counter() - self.start

    @property
    def left(self):
        return float("inf") if self.minutes is None else self.minutes * 60 - self.seconds

    def share(self, step):
        """What is over of the training after so many steps: 0 at the start, 1 or more at the end."""
        return self.seconds / (self.minutes * 60) if self.steps is None else step / self.steps


def answer(request):
    if request["peer"] == "forest":
        import forest_peer as peer
    else:
        import unet_peer as peer
    planes = [Plane(plane) for plane in request["planes"]]
    clock = Clock(request)
    model, facts = peer.train(planes, request, clock)
    facts = {**facts, "trainSeconds": clock.seconds}
    for plane in planes:
        if plane.held_out:
            peer.predict(model, plane.values, False).astype("<f4").tofile(plane.output)
    start = time.perf_counter()
    for task in request["tests"]:
        values = np.fromfile(task["values"], "<f4").reshape(task["height"], task["width"])
        peer.predict(model, values, task["average"]).astype("<f4").tofile(task["output"])
    return {**facts, "predictSeconds": time.perf_counter() - start}


class Plane:
    """One annotated plane; pixels of held-out blocks are unknown to the training."""

    def __init__(self, of):
        shape = (of["height"], of["width"])
        self.values = np.fromfile(of["values"], "<f4").reshape(shape)
        self.targets = np.fromfile(of["targets"], "u1").reshape(shape)
        self.held_out = [slice_of(block) for block in of["heldOut"]]
        self.output = of["output"]
        self.taught = self.targets.copy()
        for block in self.held_out:
            self.taught[block] = 0


def slice_of(block):
    return slice(block["y"], block["y"] + block["h"]), slice(block["x"], block["x"] + block["w"])


def shares(planes):
    """Share of background and of object among the pixels that teach."""
    counts = np.array([sum((plane.taught == value).sum() for plane in planes) for value in (1, 2)], float)
    return counts / counts.sum()


def tell(done, total, unit):
    print(json.dumps({"progress": {"done": done, "total": total, "unit": unit}}), flush=True)
