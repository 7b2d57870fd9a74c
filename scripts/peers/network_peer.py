"""The U-Net of figure 1 (Ronneberger et al. 2015) in plain PyTorch: one training step, one forward pass, whole images."""

import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

state = {}


def two_convs(inputs, outputs):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3), nn.ReLU(True), nn.Conv2d(outputs, outputs, 3), nn.ReLU(True))


class UNet(nn.Module):
    """Unpadded; [B, C, H, W] -> logits [B, K, h, w]."""

    def __init__(self, depth, baseWidth, inputChannels, classes, dropout):
        super().__init__()
        widths = [baseWidth << level for level in range(depth + 1)]
        self.down = nn.ModuleList(
            two_convs(inputs, outputs) for inputs, outputs in zip([inputChannels, *widths[:-1]], widths)
        )
        self.upconv = nn.ModuleList(nn.ConvTranspose2d(widths[i + 1], widths[i], 2, stride=2) for i in range(depth))
        self.up = nn.ModuleList(two_convs(2 * widths[i], widths[i]) for i in range(depth))
        self.head = nn.Conv2d(widths[0], classes, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        skips = []
        for stage in self.down[:-1]:
            skips.append(stage(x))
            x = F.max_pool2d(skips[-1], 2)
        x = self.dropout(self.down[-1](x))  # the end of the contracting path
        for skip, upconv, stage in zip(reversed(skips), reversed(self.upconv), reversed(self.up)):
            x = upconv(x)
            x = stage(torch.cat([centre_crop(skip, x), x], dim=1))
        return self.head(x)


def centre_crop(x, like):
    top = (x.shape[2] - like.shape[2]) // 2
    left = (x.shape[3] - like.shape[3]) // 2
    return x[:, :, top : top + like.shape[2], left : left + like.shape[3]]


def answer(request):
    return {"prepare": prepare, "trainStep": train_step, "forward": forward, "wholeImage": whole_image}[request["do"]](
        request
    )


def prepare(request):
    """Makes the net, and finds which memory layout is the faster one here by a warm-up in each."""
    torch.set_num_threads(request["threads"])
    torch.manual_seed(0)
    net = UNet(**{key: request[key] for key in ("depth", "baseWidth", "inputChannels", "classes", "dropout")})
    if "weights" in request:
        load_weights(net, request["weights"])
    state.update(net=net)
    times = {}
    for name in ("contiguous_format", "channels_last"):
        use_layout(name)
        run = train_step if request["for"] == "training" else forward
        run(request)  # the first run in a layout allocates and plans
        times[name] = run(request)["seconds"]
    use_layout(min(times, key=times.get))
    return {"parameters": sum(p.numel() for p in net.parameters()), "layout": state["name"]}


def use_layout(name):
    state["name"] = name
    state["layout"] = getattr(torch, name)
    state["net"] = state["net"].to(memory_format=state["layout"])
    state["optimizer"] = None


def train_step(request):
    """Forward, weighted cross-entropy, backward, momentum SGD on one batch of `inputPx` tiles."""
    net = state["net"].train()
    if state["optimizer"] is None:
        state["optimizer"] = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.99)
    batch, input_px, output_px = request["batch"], request["inputPx"], request["outputPx"]
    image = torch.randn(batch, request["inputChannels"], input_px, input_px).to(memory_format=state["layout"])
    target = torch.randint(0, request["classes"], (batch, output_px, output_px))
    weight = torch.rand(batch, output_px, output_px)
    start = time.perf_counter()
    state["optimizer"].zero_grad()
    surprise = F.cross_entropy(net(image), target, reduction="none")
    energy = (surprise * weight).mean()
    energy.backward()
    state["optimizer"].step()
    value = energy.item()
    return {"seconds": time.perf_counter() - start, "energy": value}


def forward(request):
    """Probabilities of one batch, nothing kept for a backward pass."""
    net = state["net"].eval()
    side = request["inputPx"]
    image = torch.randn(request["batch"], request["inputChannels"], side, side).to(memory_format=state["layout"])
    with torch.inference_mode():
        start = time.perf_counter()
        net(image).softmax(1)
        return {"seconds": time.perf_counter() - start}


def whole_image(request):
    """Probabilities of a float32 image file in one pass: mirrored by `before` and `after` px, then cut to its size."""
    net = state["net"].eval()
    height, width = request["height"], request["width"]
    image = np.fromfile(request["image"], "<f4").reshape(height, width)
    start = time.perf_counter()
    with torch.inference_mode():
        mirrored = np.pad(image, (request["before"], request["after"]), mode="reflect")
        logits = net(torch.from_numpy(mirrored)[None, None].to(memory_format=state["layout"]))
        probabilities = logits.softmax(1)[0, :, :height, :width].permute(1, 2, 0).contiguous().numpy()
    seconds = time.perf_counter() - start
    if "output" in request:
        probabilities.astype("<f4").tofile(request["output"])
    return {"seconds": seconds}


def load_weights(net, weights):
    """{path, tensors: [{name, shape, offset}]}: float32, names and layouts as in test/fixtures/engine/README.md."""
    data = np.memmap(weights["path"], "<f4", "r")
    stages = {"bottom": net.down[-1], "head": net.head}
    stages |= {f"down{level}": stage for level, stage in enumerate(net.down[:-1])}
    stages |= {f"up{level}": stage for level, stage in enumerate(net.up)}
    with torch.no_grad():
        for tensor in weights["tensors"]:
            first = tensor["offset"] // 4
            values = torch.from_numpy(np.array(data[first : first + int(np.prod(tensor["shape"]))]))
            module, kind = locate(net, stages, tensor["name"])
            values = values.reshape(tensor["shape"])
            # HWIO -> OIHW; [2, 2, out, in] -> [in, out, 2, 2]: the same permutation.
            (module.weight if kind == "kernel" else module.bias).copy_(
                values.permute(3, 2, 0, 1) if kind == "kernel" else values
            )


def locate(net, stages, name):
    stage, *middle, kind = name.split("/")
    if not middle:
        return stages[stage], kind
    if middle[0] == "upconv":
        return net.upconv[int(stage[2:])], kind
    return stages[stage][{"conv0": 0, "conv1": 2}[middle[0]]], kind
