"""The few shapes that panels are made of."""

from html import escape

FONT = "Inter, 'Segoe UI', Helvetica, Arial, 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"
INK, FAINT, GRID, PAPER, EDGE, GROUND = "#24292e", "#6b727b", "#e6e8eb", "#ffffff", "#dfe2e6", "#f4f5f5"
# Grafana's names for colours, and its classic palette.
NAMED = {
    "green": "#56a64b",
    "yellow": "#e0b400",
    "orange": "#ff780a",
    "red": "#e02f44",
    "blue": "#3274d9",
    "text": "#24292e",
}
PALETTE = ["#56a64b", "#e0b400", "#3274d9", "#ff780a", "#e02f44", "#1f60c4", "#a352cc", "#8f3bb8", "#37872d", "#fa6400"]


def text(x, y, content, size=12, color=INK, anchor="start", weight=400):
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{color}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{escape(str(content))}</text>'
    )


def box(x, y, width, height, fill, edge=None, radius=0, opacity=1):
    stroke = f' stroke="{edge}"' if edge else ""
    faded = f' fill-opacity="{opacity}"' if opacity < 1 else ""
    rounded = f' rx="{radius}"' if radius else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" fill="{fill}"{stroke}{faded}{rounded}/>'


def line(points, color, width=1.3, dashed=False):
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{joined}" fill="none" stroke="{color}" stroke-width="{width}"{dash}/>'


def area(points, color, opacity):
    joined = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    return f'<polygon points="{joined}" fill="{color}" fill-opacity="{opacity}"/>'


def fitting(content, width, size=12):
    """As much of a text as the width has room for; a Chinese character is as wide as two others."""
    room, kept = width / (size * 0.53), ""
    for character in content:
        room -= 1.9 if ord(character) > 0x2E80 else 1
        if room < 0:
            return kept[:-1] + "…"
        kept += character
    return content


def document(width, height, parts):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{FONT}">\n' + "\n".join(parts) + "\n</svg>\n"
    )
