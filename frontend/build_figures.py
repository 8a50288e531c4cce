"""Figures of one width, cut from Be Vietnam Pro itself, written to `generated/`.

The face has no 'tnum' feature and its figures differ in width ('1' is 400 units, '4' is 713), so
`font-variant-numeric: tabular-nums` does nothing. We take the ten figures of each weight, centre them
on one advance, and get a font of about a kilobyte that the class `.num` puts before the text face.

    python frontend/build_figures.py        after `npm ci`, before `vite build`
"""

from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FIGURES = "0123456789"
ADVANCE_UNITS = 648
WEIGHTS = (400, 500, 600)
HERE = Path(__file__).resolve().parent
FACES = HERE / "node_modules" / "@fontsource" / "be-vietnam-pro" / "files"
TARGET = HERE / "generated"


def figures_of(face: Path) -> TTFont:
    """The face with nothing left but its figures."""
    options = Options()
    options.layout_features = []
    options.notdef_outline = True
    options.hinting = False
    # The same face gives the same bytes, and so the same name in the built assets.
    font = TTFont(face, recalcTimestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(text=FIGURES)
    subsetter.subset(font)
    return font


def level(font: TTFont) -> None:
    """Give every figure the same advance and centre its outline on it."""
    names, glyphs, metrics = font.getBestCmap(), font["glyf"], font["hmtx"].metrics
    for figure in FIGURES:
        name = names[ord(figure)]
        advance, left = metrics[name]
        shift = round((ADVANCE_UNITS - advance) / 2)
        glyphs[name].coordinates.translate((shift, 0))
        glyphs[name].recalcBounds(glyphs)
        metrics[name] = (ADVANCE_UNITS, left + shift)


def rename(font: TTFont, weight: int) -> None:
    # The licence of the face asks that a changed version does not carry its name.
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 16):
            record.string = "Quen Figures"
        elif record.nameID == 6:
            record.string = f"QuenFigures-{weight}"


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for weight in WEIGHTS:
        font = figures_of(FACES / f"be-vietnam-pro-latin-{weight}-normal.woff2")
        level(font)
        rename(font, weight)
        font.flavor = "woff2"
        font.save(TARGET / f"figures-{weight}.woff2")


if __name__ == "__main__":
    main()
