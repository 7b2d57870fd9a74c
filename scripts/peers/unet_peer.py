"""A plain U-Net in PyTorch: padded convolutions, depth 4, 16 channels first, Adam, classes balanced in the loss.

Patches of 256 pixels, two at a time, turned and mirrored by chance. `isNormalised` adds batch normalisation and a cosine
schedule at twice the rate. It learns until the minutes are over (the schedule goes by the clock, too), or for the steps asked
for; the weights with the best balanced loss on the held-out blocks are kept. The odds that balancing taught are taken back
afterwards.
"""

import copy
import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from segment_peer import shares, tell

DEPTH = 4
BASE = 16
PATCH = 256
BATCH = 2
RATE = 1e-3
VALIDATIONS = 12


def two_convs(inputs, outputs, normalised):
    layers = []
    for channels in (inputs, outputs):
        layers.append(nn.Conv2d(channels, outputs, 3, padding=1))
        layers.extend([nn.BatchNorm2d(outputs)] if normalised else [])
        layers.append(nn.ReLU(True))
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """[B, 1, H, W] -> logits [B, 2, H, W]; sides are multiples of 16."""

    def __init__(self, normalised):
        super().__init__()
        widths = [BASE << level for level in range(DEPTH + 1)]
        self.down = nn.ModuleList(two_convs(i, o, normalised) for i, o in zip([1, *widths[:-1]], widths))
        self.upconv = nn.ModuleList(nn.ConvTranspose2d(widths[i + 1], widths[i], 2, stride=2) for i in range(DEPTH))
        self.up = nn.ModuleList(two_convs(2 * widths[i], widths[i], normalised) for i in range(DEPTH))
        self.head = nn.Conv2d(BASE, 2, 1)

    def forward(self, x):
        skips = []
        for stage in self.down[:-1]:
            skips.append(stage(x))
            x = F.max_pool2d(skips[-1], 2)
        x = self.down[-1](x)
        for skip, upconv, stage in zip(reversed(skips), reversed(self.upconv), reversed(self.up)):
            x = stage(torch.cat([skip, upconv(x)], dim=1))
        return self.head(x)


def train(planes, request, clock):
    torch.set_num_threads(request["threads"])
    torch.manual_seed(request["seed"])
    draw = np.random.default_rng(request["seed"])
    normalised = request["isNormalised"]
    net = UNet(normalised)
    share = shares(planes)
    weight = torch.tensor(1 / (2 * share), dtype=torch.float32)
    rate = 2 * RATE if normalised else RATE
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    places = known_places(planes)
    best, least = None, math.inf
    begin, step, validated = clock.seconds, 0, 0
    while (passed := clock.share(step)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = rate * (1 + math.cos(math.pi * passed)) / 2 if normalised else rate
        one_step(net.train(), optimizer, *batch_of(planes, places, draw), weight)
        step += 1
        now = clock.share(step)
        if step % 10 == 0:
            tell(step, round(step / now), "steps")
        if now * VALIDATIONS < validated + 1 and now < 1:
            continue
        validated = int(now * VALIDATIONS)
        loss = validate(net, planes, weight)
        if loss <= least:
            best, least = copy.deepcopy(net.state_dict()), loss
    if best is not None:
        net.load_state_dict(best)
    seconds = clock.seconds - begin
    return (net.eval(), torch.log(weight)), {"steps": step, "secondsPerStep": seconds / step, "stepSeconds": seconds}


def known_places(planes):
    """Where something teaches, for each plane and class."""
    return [[np.flatnonzero(plane.taught == value) for value in (1, 2)] for plane in planes]


def batch_of(planes, places, draw):
    """Patches around pixels that teach, both classes equally often: float [B, 1, P, P], classes [B, P, P] (-1 unknown)."""
    images, classes = [], []
    while len(images) < BATCH:
        index, value = draw.integers(len(planes)), draw.integers(2)
        candidates = places[index][value]
        if len(candidates) == 0:
            continue
        plane = planes[index]
        y, x = divmod(int(draw.choice(candidates)), plane.values.shape[1])
        y, x = (int(at + draw.integers(-PATCH // 4, PATCH // 4 + 1)) for at in (y, x))
        turn, mirror = int(draw.integers(4)), bool(draw.integers(2))
        for of, into, mode in ((plane.values, images, "reflect"), (plane.taught, classes, "constant")):
            patch = np.rot90(window(of, y, x, mode), turn)
            into.append(np.ascontiguousarray(patch[:, ::-1] if mirror else patch))
    return torch.from_numpy(np.stack(images))[:, None], torch.from_numpy(np.stack(classes).astype(np.int64)) - 1


def window(of, y, x, mode):
    """A patch around a place, moved inside where it fits; smaller planes are extended (unknown in targets)."""
    spare = [max(0, PATCH - size) for size in of.shape]
    if any(spare):
        of = np.pad(of, [(0, extra) for extra in spare], mode=mode)
    top = min(max(0, y - PATCH // 2), of.shape[0] - PATCH)
    left = min(max(0, x - PATCH // 2), of.shape[1] - PATCH)
    return of[top : top + PATCH, left : left + PATCH]


def one_step(net, optimizer, images, classes, weight):
    optimizer.zero_grad()
    F.cross_entropy(net(images), classes, weight, ignore_index=-1).backward()
    optimizer.step()


def validate(net, planes, weight):
    """Balanced loss over the known pixels of the held-out blocks; 0 where there are none, so that the last weights stay."""
    total, count = 0.0, 0.0
    with torch.inference_mode():
        for plane in planes:
            if not plane.held_out:
                continue
            logits = logits_of(net.eval(), plane.values)
            for block in plane.held_out:
                classes = torch.from_numpy(plane.targets[block].astype(np.int64)) - 1
                part = logits[:, block[0], block[1]][None]
                total += F.cross_entropy(part, classes[None], weight, ignore_index=-1, reduction="sum").item()
                count += weight[classes[classes >= 0]].sum().item()
    return total / count if count else 0.0


def logits_of(net, values):
    height, width = values.shape
    side = 1 << DEPTH
    padded = np.pad(values, ((0, -height % side), (0, -width % side)), mode="reflect")
    return net(torch.from_numpy(np.ascontiguousarray(padded))[None, None])[0, :, :height, :width]


def predict(model, values, average):
    """Probability of object; the mean over 8 rotations and mirrors where asked for."""
    net, taught = model
    with torch.inference_mode():
        found = []
        for orientation in range(8 if average else 1):
            view = np.rot90(values, orientation % 4)
            view = view[:, ::-1] if orientation >= 4 else view
            p = (logits_of(net, view) - taught[:, None, None]).softmax(0)[1].numpy()
            found.append(np.rot90(p[:, ::-1] if orientation >= 4 else p, -(orientation % 4)))
    return np.mean(found, axis=0)
