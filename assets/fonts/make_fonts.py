"""Cuts Inter down to what the program writes, with figures of equal width.

Usage: make_fonts.py FOLDER_WITH_INTER_OTF   (Inter 4, https://github.com/rsms/inter; needs fonttools)
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

RANGES = [(0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x3FF), (0x2010, 0x2027), (0x2030, 0x203A)]
RANGES += [(0x2070, 0x209C), (0x2190, 0x2199), (0x2200, 0x22FF), (0x25A0, 0x25FF)]
SINGLES = [0x2032, 0x2033, 0x20AC, 0x2122, 0x2318, 0x21E7, 0x2303, 0x23CE, 0x2713, 0x2715, 0x2717]


def tabular(font: TTFont) -> None:
    """Points digits at their glyphs of equal width: egui does not apply font features."""
    glyphs = set(font.getGlyphOrder())
    for table in font["cmap"].tables:
        for code in range(ord("0"), ord("9") + 1):
            narrow = table.cmap.get(code)
            if narrow and f"{narrow}.tf" in glyphs:
                table.cmap[code] = f"{narrow}.tf"


def main() -> None:
    source = Path(sys.argv[1])
    for style in ["Regular", "SemiBold"]:
        font = TTFont(source / f"Inter-{style}.otf")
        tabular(font)
        options = subset.Options(layout_features=["kern"], hinting=False, desubroutinize=False)
        cut = subset.Subsetter(options)
        codes = [code for low, high in RANGES for code in range(low, high + 1)]
        cut.populate(unicodes=codes + SINGLES)
        cut.subset(font)
        font.save(Path(__file__).parent / f"Inter-{style}.otf")


main()
