#!/usr/bin/env python3
"""Makes the bundled subset fashion-mnist-mini from the full Fashion-MNIST.

usage: make-fashion-mnist-mini.py FULL_DIR OUT_DIR

FULL_DIR holds the four Fashion-MNIST files (IDX, plain or .gz). OUT_DIR receives four IDX .gz files
with the first 1000 training and the first 200 test images of every class, in the order of the full
files. The same input gives the same bytes (for one zlib version): nothing is drawn at random and
the gzip header carries neither a time nor a name. Standard library only.
"""

import gzip
import hashlib
import io
import pathlib
import struct
import sys

CLASSES = 10
PER_CLASS = {"train": 1000, "t10k": 200}
IMAGES_MAGIC = 0x803
LABELS_MAGIC = 0x801


def read(folder, stem):
    for name in (stem, stem + ".gz"):
        path = folder / name
        if path.is_file():
            data = path.read_bytes()
            return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    sys.exit(f"{folder}: neither {stem} nor {stem}.gz is there")


def expect(condition, message):
    if not condition:
        sys.exit(message)


def write(path, data):
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as stream:
        stream.write(data)
    path.write_bytes(packed.getvalue())
    print(f"{hashlib.sha256(data).hexdigest()}  {path.name} (uncompressed), {len(packed.getvalue())} bytes packed")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = map(pathlib.Path, sys.argv[1:])
    target.mkdir(parents=True, exist_ok=True)
    for split, per_class in PER_CLASS.items():
        images = read(source, f"{split}-images-idx3-ubyte")
        labels = read(source, f"{split}-labels-idx1-ubyte")
        magic, count, rows, columns = struct.unpack(">IIII", images[:16])
        expect(magic == IMAGES_MAGIC, f"{split} images: magic {magic:#x}")
        expect(struct.unpack(">II", labels[:8]) == (LABELS_MAGIC, count), f"{split} labels: bad header")
        size = rows * columns
        expect(len(images) == 16 + count * size and len(labels) == 8 + count, f"{split}: bad length")

        taken = [0] * CLASSES
        chosen = []
        for index, label in enumerate(labels[8:]):
            if taken[label] < per_class:
                taken[label] += 1
                chosen.append(index)
        expect(taken == [per_class] * CLASSES, f"{split}: fewer than {per_class} images in a class: {taken}")

        pixels = b"".join(images[16 + i * size : 16 + (i + 1) * size] for i in chosen)
        write(
            target / f"{split}-images-idx3-ubyte.gz",
            struct.pack(">IIII", IMAGES_MAGIC, len(chosen), rows, columns) + pixels,
        )
        write(
            target / f"{split}-labels-idx1-ubyte.gz",
            struct.pack(">II", LABELS_MAGIC, len(chosen)) + bytes(labels[8 + i] for i in chosen),
        )


if __name__ == "__main__":
    main()
