#!/usr/bin/env python3
"""Make emoji.tar.gz: Noto emoji of one code point each, 32x32 RGB over white, in category folders.

    python3 -m pip install pillow==13.0.0
    python3 make_emoji.py FOLDER

FOLDER holds names.tsv and noto-emoji-png128.tar (see README.md for their origin and sums).
The same input and the same Pillow and zlib give the same bytes: order, times and owners are fixed.

The category of a picture follows from its code point alone: the ranges of `CATEGORIES` first; what
they leave over is `objects` from U+1F300 on (the pictographic blocks) and `symbols` below (letters,
arrows, signs). The categories follow the groups of Unicode's emoji-test.txt, with two changes that
suit what the pictures look like: sky and weather are nature, fantasy heads and cat faces are faces.
"""

import gzip
import io
import sys
import tarfile
from pathlib import Path

from PIL import Image

SIZE = 32
SOURCE_TAR = "noto-emoji-png128.tar"
LICENCE_TEXTS = [
    "noto-emoji/AUTHORS",
    "noto-emoji/CONTRIBUTORS",
    "noto-emoji/LICENSE",
    "noto-emoji/README.md",
    "noto-emoji/svg/LICENSE",
    "noto-emoji/third_party/region-flags/LICENSE",
]
CHANGES = b"""\
The pictures in this archive are changed: each is one of png/128/emoji_u*.png, laid over white,
reduced from 128x128 to 32x32 pixels (Lanczos) and put into a folder that names its category.
Only emoji of a single code point are here.
"""

# Hexadecimal code points and inclusive ranges.
CATEGORIES = {
    "faces": """
        1F479-1F47B 1F47D-1F480 1F4A9 1F600-1F644 1F648-1F64A 1F910-1F917 1F920-1F925
        1F927-1F92F 1F970-1F976 1F978-1F97A 1F9D0 1FAE0-1FAE5 1FAE8-1FAE9 2620 2639 263A
    """,
    "people": """
        1F385 1F3C2-1F3C4 1F3C7 1F3CA-1F3CC 1F440-1F450 1F463-1F478 1F47C 1F481-1F483
        1F485-1F487 1F48B 1F48F 1F491 1F4AA 1F574-1F575 1F57A 1F590 1F595 1F596 1F5E3
        1F645-1F647 1F64B-1F64F 1F6A3 1F6B4-1F6B6 1F6C0 1F6CC 1F90C 1F90F 1F918-1F91F 1F926
        1F930-1F93E 1F977 1F9B0-1F9B3 1F9B5-1F9B9 1F9BB 1F9BE-1F9BF 1F9CC-1F9CF 1F9D1-1F9E0
        1FAC0-1FAC6 1FAE6 1FAF0-1FAF8 261D 26F7 26F9 270A-270D
    """,
    "animals-nature": """
        1F300 1F308 1F30A-1F30C 1F311-1F320 1F324-1F32C 1F331-1F335 1F337-1F33C 1F33E-1F344
        1F384 1F38B 1F38D 1F3F5 1F400-1F43F 1F490 1F4A7 1F525 1F54A 1F577 1F578 1F940
        1F980-1F9AE 1FA90 1FAA8 1FAB0-1FABF 1FACE-1FACF 1FAE7 2600 2601 2603 2604 2614 2618 26A1
        26C4 26C5 26C8 2728 2744 2B50
    """,
    "food": """
        1F32D-1F330 1F336 1F33D 1F345-1F37F 1F382 1F950-1F96F 1F942-1F944 1F9C0-1F9CB
        1FAD0-1FADC 1F52A 1F3FA 2615
    """,
    "travel-places": """
        1F301 1F303-1F307 1F309 1F30D-1F310 1F3A0-1F3A2 1F3AA 1F3CD-1F3CE 1F3D4-1F3DF
        1F3E0-1F3E6 1F3E8-1F3ED 1F3EF-1F3F0 1F488 1F492 1F4BA 1F54B-1F54D 1F5FA-1F5FF
        1F680-1F6A2 1F6A4-1F6A8 1F6B2 1F6D1 1F6D5 1F6D6 1F6DD-1F6DF 1F6E2-1F6EC 1F6F0-1F6F6
        1F6FA-1F6FC 1F9BC 1F9BD 1F9ED 1F9F1 1F9F3 1FA82 2693 26E9 26EA 26F0-26F2 26F4-26F5 26FA
        26FD 2668 2708
    """,
    "activities": """
        1F004 1F0CF 1F380-1F381 1F383 1F386-1F38A 1F38C 1F38E-1F391 1F396-1F397 1F39F 1F3A3
        1F3A8 1F3AB 1F3AD-1F3B4 1F3BD-1F3C1 1F3C5-1F3C6 1F3C8-1F3C9 1F3CF-1F3D3 1F3F8 1F3F9
        1F52B 1F52E 1F579 1F6F7-1F6F9 1F93F 1F945-1F94F 1F9E7-1F9E9 1F9F5-1F9F6 1F9F8 1F9FF
        1FA80-1FA81 1FA83-1FA86 1FAA1-1FAA2 1FAA9 265F 2660-2666 26BD-26BE 26F3 26F8
    """,
    "symbols": """
        1F3A6 1F3B5-1F3B6 1F3E7 1F3F3-1F3F4 1F3FB-1F3FF 1F493-1F49F 1F4A0 1F4A2 1F4A4-1F4A6
        1F4A8 1F4AB-1F4AF 1F4B1-1F4B2 1F4B9 1F4DB 1F4F3-1F4F6 1F500-1F506 1F515 1F518-1F524
        1F52F-1F53D 1F549 1F54E 1F5E8-1F5EF 1F6AB-1F6B1 1F6B3 1F6B7-1F6BC 1F6BE 1F6C2-1F6C5
        1F6D0 1F6D7 1F6DC 1F5A4 1F7E0-1F7F0 1F90D-1F90E 1F9E1 1FA75-1FA77 1FAAF 1FADF 2764 FE82B
    """,
    "objects": """
        231A-231B 2328 23F0-23F3 2602 260E 2692 2694 2696-2697 2699 26B0-26B1 26CF 26D1 26D3
        2702 2709 270F 2712
    """,
}

FIRST_PICTOGRAPH = 0x1F300


def code_points(ranges):
    """The set of code points that a text of hexadecimal values and inclusive ranges names."""
    points = set()
    for item in ranges.split():
        first, _, last = item.partition("-")
        points.update(range(int(first, 16), int(last or first, 16) + 1))
    return points


def category_table():
    """Code point -> category; a code point in two categories is an error."""
    table = {}
    for name, ranges in CATEGORIES.items():
        for point in code_points(ranges):
            if table.setdefault(point, name) != name:
                sys.exit(f"U+{point:04X} is in {table[point]} and in {name}")
    return table


def reduced(png):
    """A 128x128 RGBA PNG as a 32x32 RGB PNG over white.

    White is laid under first: Lanczos is linear, so this equals resizing premultiplied colour and
    laying white under afterwards, without colour bleeding in from invisible pixels.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    white.alpha_composite(picture)
    small = white.convert("RGB").resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def single_emoji(names):
    """(file name, code point) of every row of the kind `single`, in code point order."""
    rows = [line.split("\t") for line in names.read_text("utf-8").splitlines()[1:]]
    singles = [(row[0], int(row[2], 16)) for row in rows if row[1] == "single"]
    return sorted(singles, key=lambda single: single[1])


def main():
    folder = Path(sys.argv[1])
    table = category_table()
    members = [("noto-emoji/CHANGES", CHANGES)]
    with tarfile.open(folder / SOURCE_TAR) as source:
        for path in LICENCE_TEXTS:
            members.append((path, source.extractfile(path).read()))
        for name, point in single_emoji(folder / "names.tsv"):
            png = source.extractfile(f"noto-emoji/png/128/{name}").read()
            rest = "objects" if point >= FIRST_PICTOGRAPH else "symbols"
            category = table.get(point, rest)
            members.append((f"noto-emoji/{category}/{name}", reduced(png)))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in sorted(members):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    target = Path(__file__).with_name("emoji.tar.gz")
    target.write_bytes(gzip.compress(packed.getvalue(), 9, mtime=0))
    pictures = sum(path.endswith(".png") for path, _ in members)
    print(f"{target.name}: {target.stat().st_size} bytes, {pictures} pictures")


if __name__ == "__main__":
    main()
