"""How fast Pillow and torchvision make the two views of CrIBo on one thread: what @cribo/augment is compared with.

    python two_views.py FOLDER [--size 224] [--count 128] [--no-views | --no-decoding]

Prints one line of JSON: images per second of processor time (user and system) and of wall time, and the versions used.
Images are decoded and converted to RGB as torchvision's ImageFolder does it.
"""

import argparse
import io
import json
import random
import sys
import time
from pathlib import Path

import PIL
import torch
import torchvision
from PIL import Image, ImageFilter, ImageOps
from torchvision import transforms
from torchvision.transforms import InterpolationMode


def blurred(image):
    """Pillow's blur with a random radius, as DINO's and CrIBo's code applies it."""
    return image.filter(ImageFilter.GaussianBlur(radius=random.uniform(0.1, 2)))


def view(size, blur, solarize):
    """The paper's policy for one view, in the order of the authors' code."""
    return transforms.Compose(
        [
            transforms.RandomResizedCrop(size, scale=(0.25, 1), interpolation=InterpolationMode.BICUBIC, antialias=True),
            transforms.RandomHorizontalFlip(0.5),
            colours(blur, solarize),
        ]
    )


def colours(blur, solarize):
    """From a crop to normalised pixels."""
    jitter = transforms.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.2, hue=0.1)
    return transforms.Compose(
        [
            transforms.RandomApply([jitter], p=0.8),
            transforms.RandomGrayscale(0.2),
            transforms.RandomApply([blurred], p=blur),
            transforms.RandomApply([ImageOps.solarize], p=solarize),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of JPEG files, taken in the order of their names")
    parser.add_argument("--size", type=int, default=224, help="side of a view in pixels")
    parser.add_argument("--count", type=int, default=128, help="number of images")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--no-views", action="store_true", help="only decode")
    part.add_argument("--no-decoding", action="store_true", help="only make views of images decoded before")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)
    first, second = view(arguments.size, 1, 0), view(arguments.size, 0.1, 0.2)
    files = sorted(arguments.folder.glob("*.jpg"))[: arguments.count]
    if not files:
        sys.exit(f"{arguments.folder}: holds no .jpg file")
    contents = [file.read_bytes() for file in files]

    def decode(content):
        return Image.open(io.BytesIO(content)).convert("RGB")

    def views(image):
        return first(image), second(image)

    if arguments.no_decoding:
        inputs, work = [decode(content) for content in contents], views
    elif arguments.no_views:
        inputs, work = contents, decode
    else:
        inputs, work = contents, lambda content: views(decode(content))

    for item in inputs[:8]:
        work(item)
    wall, processor = time.perf_counter(), time.process_time()
    for item in inputs:
        work(item)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(
        json.dumps(
            {
                "images": len(inputs),
                "size": arguments.size,
                "imagesPerProcessorSecond": round(len(inputs) / processor, 1),
                "imagesPerSecond": round(len(inputs) / wall, 1),
                "pillow": PIL.__version__,
                "torchvision": torchvision.__version__,
                "torch": torch.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
