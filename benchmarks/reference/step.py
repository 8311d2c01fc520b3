"""How long PyTorch takes for the training step that `bench step IMAGES --set variant=released` takes.

    python step.py FOLDER [--steps 6] [--warmup 2] [--batch-size 8] [--size 224] [--bank-images 256] [--threads 2]

Computes what the authors' code computes, the way it does: pairwise distances of all patches per cluster, products of all
rows with the whole output layers, one loss after the other, an AdamW and a moving average that go from parameter to
parameter. ViT-S/16, K = 32, two heads of 65536, float32. Making the views is not timed. Prints one line of JSON: the median of a step, of its phases, and the highest resident memory.
"""

import argparse
import json
import math
import random
import resource
import statistics
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from two_views import colours

DIM, HEADS, DEPTH, PATCH, CLUSTERS, OUT = 384, 6, 12, 16, 32, 65536


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(DIM, 3 * DIM)
        self.proj = nn.Linear(DIM, DIM)

    def forward(self, x):
        batch, tokens, _ = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, HEADS, DIM // HEADS).permute(2, 0, 3, 1, 4)
        weights = ((q @ k.transpose(-2, -1)) * (DIM // HEADS) ** -0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, tokens, DIM))


class Block(nn.Module):
    def __init__(self, drop_path):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(DIM, eps=1e-6), nn.LayerNorm(DIM, eps=1e-6)
        self.attn = Attention()
        self.mlp = nn.Sequential(nn.Linear(DIM, 4 * DIM), nn.GELU(), nn.Linear(4 * DIM, DIM))
        self.drop_path = drop_path

    def forward(self, x):
        x = x + self.dropped(self.attn(self.norm1(x)))
        return x + self.dropped(self.mlp(self.norm2(x)))

    def dropped(self, x):
        if self.drop_path == 0 or not self.training:
            return x
        keep = 1 - self.drop_path
        return x / keep * torch.empty(len(x), 1, 1).bernoulli_(keep)


class Backbone(nn.Module):
    def __init__(self, size, drop_path):
        super().__init__()
        self.patches = nn.Conv2d(3, DIM, PATCH, PATCH)
        self.cls = nn.Parameter(torch.zeros(1, 1, DIM))
        self.positions = nn.Parameter(torch.zeros(1, 1 + (size // PATCH) ** 2, DIM))
        self.blocks = nn.ModuleList(Block(drop_path * i / (DEPTH - 1)) for i in range(DEPTH))
        self.norm = nn.LayerNorm(DIM, eps=1e-6)
        for weight in (self.cls, self.positions):
            nn.init.trunc_normal_(weight, std=0.02)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


def output_layer():
    layer = nn.utils.weight_norm(nn.Linear(256, OUT, bias=False))
    layer.weight_g.data.fill_(1)
    layer.weight_g.requires_grad = False
    return layer


class Network(nn.Module):
    def __init__(self, size, drop_path=0.0):
        super().__init__()
        self.backbone = Backbone(size, drop_path)
        widths = [DIM, 2048, 2048, 256]
        layers = [layer for a, b in zip(widths, widths[1:]) for layer in (nn.Linear(a, b), nn.GELU())]
        self.trunk = nn.Sequential(*layers[:-1])
        self.of_images, self.of_objects = output_layer(), output_layer()
        for module in self.modules():
            if isinstance(module, nn.Linear) and not hasattr(module, "weight_v"):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def image_logits(self, cls):
        return self.of_images(F.normalize(self.trunk(cls), dim=-1))

    def object_logits(self, objects):
        return self.of_objects(F.normalize(self.trunk(objects), dim=-1))


def hard(plan):
    """The largest entries of every row as ones."""
    return (plan == plan.amax(-1, keepdim=True)).float()


def nearest_members(distances, assignment):
    """[B,N,K]: the distance of every patch to the nearest other member of every cluster, 1 at most."""
    to_members = torch.einsum("bij,bjk->bijk", distances, assignment)
    occupied = (to_members != 0).float().sum(2, keepdim=True) != 0
    to_members[(to_members == 0) & occupied] = 1e5
    nearest = to_members.amin(2)
    nearest = torch.where(nearest == 0, nearest.mean((1, 2), keepdim=True), nearest)
    return nearest / nearest.amax((1, 2), keepdim=True)


def sinkhorn(cost, rows, columns, iterations=5, weight=20):
    plan = torch.exp(-weight * cost)
    plan /= plan.sum((1, 2), keepdim=True)
    for _ in range(iterations):
        plan *= rows / plan.sum(2, keepdim=True)
        plan *= columns / plan.sum(1, keepdim=True)
    return torch.nan_to_num(plan, nan=1e-8)


def cluster(tokens, positions, alpha=1.0, iterations=5):
    """Joint clusters of the patches of both views, [B,2N,K], whose columns sum to one in either view; and which exist."""
    tokens = F.normalize(tokens, dim=-1)
    batch, count, _ = tokens.shape
    drawn = torch.full((batch, count), 1 / count).multinomial(CLUSTERS)
    assignment = F.one_hot(drawn, count).float().transpose(1, 2)
    centroids = torch.einsum("bnd,bnk->bkd", tokens, assignment)
    rows, columns = torch.full((batch, count, 1), 1 / count), torch.full((batch, 1, CLUSTERS), 1 / CLUSTERS)
    for _ in range(iterations):
        distances = (positions[:, None] - positions[:, :, None]).square().sum(-1).sqrt()
        cost = alpha * nearest_members(distances, assignment) - torch.einsum("bnd,bkd->bnk", tokens, centroids)
        cost = (cost - cost.min()) / (cost.max() - cost.min())
        assignment = hard(sinkhorn(cost, rows, columns))
        columns = assignment.sum(1, keepdim=True) + 0.01
        columns = columns / columns.sum(-1, keepdim=True)
        centroids = F.normalize(torch.einsum("bnd,bnk->bkd", tokens, assignment), dim=-1)
    views = assignment.reshape(batch, 2, count // 2, CLUSTERS).transpose(0, 1)
    sizes = views.sum(2, keepdim=True)
    valid = (sizes > 0).all(0).reshape(-1)
    return views / sizes.clamp(min=1), valid


def pooled(tokens, assignment, valid):
    """[2,R,d]: the objects that exist, of both views."""
    tokens = tokens[:, 1:].reshape(2, -1, tokens.shape[1] - 1, DIM)
    return torch.einsum("mbnd,mbnk->mbkd", tokens, assignment).reshape(2, -1, DIM)[:, valid]


def retrieve(objects, bank):
    """The nearest stored object of every object, [2,R,d] as both banks store it, from view 1 and from view 2; and the cycles."""
    queries = F.normalize(objects, dim=-1)
    stored = F.normalize(bank, dim=-1)
    found, consistent = [], []
    for view, other in ((0, 1), (1, 0)):
        index = (queries[view] @ stored[view].T).topk(1, dim=-1).indices[:, 0]
        back = (stored[other][index] @ queries[other].T).topk(1, dim=-1).indices[:, 0]
        found.append(bank[:, index])
        consistent.append(back == torch.arange(len(index)))
    return found, consistent


def cross_entropy(targets, logits):
    return (-targets * F.log_softmax(logits, -1)).sum(-1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    for name, value in (("steps", 6), ("warmup", 2), ("batch-size", 8), ("size", 224), ("bank-images", 256), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    random.seed(0)
    files = sorted(options.folder.glob("*.jpg"))

    student, teacher = Network(options.size, drop_path=0.1), Network(options.size)
    teacher.load_state_dict(student.state_dict())
    teacher.eval().requires_grad_(False)
    decayed = [p for p in student.parameters() if p.requires_grad and p.ndim > 1]
    others = [p for p in student.parameters() if p.requires_grad and p.ndim <= 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.04}, {"params": others, "weight_decay": 0.0}], lr=1.5625e-5)
    bank = torch.rand(2, CLUSTERS * options.bank_images, DIM)
    counts = torch.full((options.bank_images,), CLUSTERS)
    image_center, object_center = torch.zeros(1, OUT), torch.zeros(1, OUT)

    samples, objects_seen = [], []
    for step in range(options.warmup + options.steps):
        chosen = [files[(step * options.batch_size + i) % len(files)] for i in range(options.batch_size)]
        images, positions = load(chosen, options.size)
        clock = Clock()

        with torch.no_grad():
            teacher_tokens = teacher.backbone(images)
            teacher_cls = teacher.image_logits(teacher_tokens[:, 0])
            clock.ends("teacher")
            patches = teacher_tokens[:, 1:].reshape(2, options.batch_size, -1, DIM)
            assignment, valid = cluster(torch.cat(patches.unbind(), 1), positions)
            objects = pooled(teacher_tokens, assignment, valid)
            clock.ends("clustering")
        student_tokens = student.backbone(images)
        student_cls = student.image_logits(student_tokens[:, 0])
        student_objects = pooled(student_tokens, assignment, valid)
        clock.ends("student")
        with torch.no_grad():
            (nearest, nearest2), (mask, mask2) = retrieve(objects, bank[:, : counts.sum()])
            per_image = valid.reshape(options.batch_size, CLUSTERS).sum(1)
            kept = counts[: -options.batch_size].sum()
            merged = torch.cat([objects, bank[:, :kept]], 1)
            bank[:, : merged.shape[1]] = merged
            counts = torch.cat([per_image, counts[: -options.batch_size]])
            clock.ends("retrieval and bank")
            object_targets = teacher.object_logits(objects.reshape(-1, DIM))
            nearest_logits = teacher.object_logits(nearest.reshape(-1, DIM)).reshape(2, -1, OUT)
            nearest2_logits = teacher.object_logits(nearest2.reshape(-1, DIM)).reshape(2, -1, OUT)
        object_logits = student.object_logits(student_objects.reshape(-1, DIM))
        clock.ends("heads")

        sharpened = lambda logits, center: F.softmax((logits - center) / 0.07, -1)
        of_images = sharpened(teacher_cls, image_center).chunk(2)
        image_logits = (student_cls / 0.1).chunk(2)
        loss = (cross_entropy(of_images[0], image_logits[1]).mean() + cross_entropy(of_images[1], image_logits[0]).mean()) / 2
        of_objects = sharpened(object_targets, object_center).chunk(2)
        of_nearest, of_nearest2 = sharpened(nearest_logits, object_center), sharpened(nearest2_logits, object_center)
        predicted = (object_logits / 0.1).chunk(2)
        loss = loss + (cross_entropy(of_objects[0], predicted[1]).mean() + cross_entropy(of_objects[1], predicted[0]).mean()) / 2
        if mask.any():
            matched = cross_entropy(of_nearest[0], predicted[1])[mask].sum() + cross_entropy(of_nearest2[1], predicted[0])[mask2].sum()
            loss = loss + matched / mask.sum() / 2
        image_center = image_center * 0.9 + teacher_cls.mean(0, keepdim=True) * 0.1
        object_center = object_center * 0.9 + object_targets.mean(0, keepdim=True) * 0.1
        assert math.isfinite(loss.item())
        clock.ends("losses")
        loss.backward()
        clock.ends("backward")
        optimizer.step()
        optimizer.zero_grad()
        with torch.no_grad():
            for of_student, of_teacher in zip(student.parameters(), teacher.parameters()):
                of_teacher.mul_(0.996).add_(of_student, alpha=0.004)
        clock.ends("update")
        samples.append(clock.times)
        objects_seen.append(int(valid.sum()))

    samples = samples[options.warmup :]
    totals = [round(sum(times.values())) for times in samples]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {
        "stepMs": statistics.median(totals),
        "stepMsAll": totals,
        "phases": {name: round(statistics.median(times[name] for times in samples)) for name in samples[0]},
        "objects": round(statistics.mean(objects_seen[options.warmup :]), 1),
        "peakRssMiB": round(peak),
        "matMulGflops": matmul_gflops(),
        "threads": options.threads,
        "torch": torch.__version__,
    }
    print(json.dumps(result))


class Clock:
    def __init__(self):
        self.times, self.began = {}, time.perf_counter()

    def ends(self, phase):
        now = time.perf_counter()
        self.times[phase] = 1000 * (now - self.began)
        self.began = now


def load(files, size):
    """Two views of every photograph, [2B,3,size,size], and where their patches lie in it, [B,2N,2]."""
    policies = [colours(blur=1, solarize=0), colours(blur=0.1, solarize=0.2)]
    pixels, grids = ([], []), []
    for file in files:
        with Image.open(file) as photo:
            photo = photo.convert("RGB")
        crops = [random_crop(photo, size) for _ in policies]
        for view, policy, (crop, _) in zip(pixels, policies, crops):
            view.append(policy(crop))
        grids.append(torch.cat([grid for _, grid in crops]))
    return torch.stack([*pixels[0], *pixels[1]]), torch.stack(grids)


def random_crop(photo, size):
    area = photo.width * photo.height * random.uniform(0.25, 1)
    aspect = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
    width, height = min(photo.width, math.sqrt(area * aspect)), min(photo.height, math.sqrt(area / aspect))
    left, top = random.uniform(0, photo.width - width), random.uniform(0, photo.height - height)
    crop = photo.resize((size, size), Image.Resampling.BICUBIC, (left, top, left + width, top + height))
    centres = (torch.arange(size // PATCH) + 0.5) * PATCH / size
    y, x = torch.meshgrid(top + centres * height, left + centres * width, indexing="ij")
    if random.random() < 0.5:
        crop, x = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT), x.flip(1)
    return crop, torch.stack([x, y], -1).reshape(-1, 2)


def matmul_gflops(size=1024):
    a = torch.rand(size, size)
    best = math.inf
    for _ in range(20):
        began = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - began)
    return round(2 * size**3 / best / 1e9)


if __name__ == "__main__":
    main()
