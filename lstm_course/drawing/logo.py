"""The course's mark: one layer with its loop, from the same parts as every diagram."""

import io

from lstm_course.drawing.scene import Scene


def logo():
    """A box whose output runs back around it into its own input.

    Returns:
        matplotlib Figure, square.
    """
    scene = Scene(4, 4, inches=3)
    scene.card("body", (0.1, 0.1), (3.8, 3.8))
    scene.layer("layer", (2, 1.55), "run", 1.9)
    scene.wire("loop", [(2.95, 1.55), (3.55, 1.55), (3.55, 3.1), (0.45, 3.1), (0.45, 1.55), (1.05, 1.55)], radius=0.6)
    return scene.figure


def write(folder):
    """Write logo.png, logo.svg and favicon.png into a folder (pathlib.Path)."""
    for name, options in (("logo.png", {"dpi": 120}), ("favicon.png", {"dpi": 32}), ("logo.svg", {})):
        file = io.BytesIO()
        extra = {"metadata": {"Software": None}} if name.endswith("png") else {"metadata": {"Date": None}}
        logo().savefig(file, format=name.rpartition(".")[2], transparent=True, **options, **extra)
        (folder / name).write_bytes(file.getvalue())
