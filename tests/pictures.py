"""Pages that open, as telephones and scanners make them; what tests of files bring."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

SIZE = (60, 80)


def picture(kind: str = "PNG", size: tuple[int, int] = SIZE, shade: int = 235) -> bytes:
    """A page with a few lines on it, as a file of ``PNG``, ``JPEG``, ``PDF`` or another format that Pillow writes."""
    page = Image.new("L", size, shade)
    pen = ImageDraw.Draw(page)
    for line in range(10, size[1], 12):
        pen.line((8, line, size[0] - 8, line), fill=90)
    file = io.BytesIO()
    page.save(file, kind)
    return file.getvalue()


PNG, JPEG, PDF = picture("PNG"), picture("JPEG"), picture("PDF")
