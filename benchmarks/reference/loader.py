"""How fast a PyTorch DataLoader makes the batches of two views that @cribo/trainer's loader makes.

    python loader.py LIST_OR_FOLDER [--images 2000] [--batch-size 32] [--workers 0] [--size 224]

The source is a folder of JPEG files or a Pascal VOC list (ImageSets/.../*.txt). Prints one line of JSON: images per second
of wall time and of processor time (this process and its workers, all threads), and the resident memory of all of them
along the run. Starting the workers is not counted in the wall time, but in the processor time, where it cannot be told
apart.
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

import PIL
import torch
import torchvision
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from two_views import view


class TwoViews(Dataset):
    def __init__(self, files, size):
        self.files = files
        self.views = [view(size, blur=1, solarize=0), view(size, blur=0.1, solarize=0.2)]

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        with Image.open(self.files[index]) as image:
            image = image.convert("RGB")
        return [make(image) for make in self.views]


def photos(source):
    if source.is_dir():
        return sorted(source.glob("*.jpg"))
    folder = source.resolve().parent.parent.parent / "JPEGImages"
    return [folder / f"{name}.jpg" for name in source.read_text().split()]


def cpu_seconds():
    """Of this process and of the workers that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def rss_mib():
    """Of this process and its children; pages that they share count once for each."""
    own = os.getpid()
    pids = [own, *map(int, Path(f"/proc/{own}/task/{own}/children").read_text().split())]
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--images", type=int, default=2000, help="images to load, over as many epochs as that takes")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--size", type=int, default=224, help="side of a view in pixels")
    args = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(0)
    files = photos(args.source)
    if not files:
        sys.exit(f"{args.source}: holds no .jpg file")
    workers = {"prefetch_factor": 2, "persistent_workers": True} if args.workers > 0 else {}
    loader = DataLoader(
        TwoViews(files, args.size), args.batch_size, shuffle=True, drop_last=True, num_workers=args.workers, **workers
    )
    loaded, memory, began = -args.batch_size, [], 0.0
    cpu = cpu_seconds()
    while loaded < args.images:
        for views in loader:
            loaded += len(views[0])
            if loaded == 0:
                began = time.perf_counter()
            while loaded >= args.images * (len(memory) + 1) / 4:
                memory.append(rss_mib())
            if loaded >= args.images:
                break
    wall = time.perf_counter() - began
    # The processor time of workers counts once they have ended.
    loader._iterator = None
    cpu = cpu_seconds() - cpu
    print(
        json.dumps(
            {
                "imagesPerSecond": loaded / wall,
                "imagesPerCoreSecond": (loaded + args.batch_size) / cpu,
                "rssMiB": memory,
                "workers": args.workers,
                "batchSize": args.batch_size,
                "torch": torch.__version__,
                "torchvision": torchvision.__version__,
                "pillow": PIL.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
