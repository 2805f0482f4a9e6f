"""Where panels stand: rows of panels, filled from left to right in the order they are written."""

COLUMNS = 24


def place(rows):
    """Gives each panel its number and its place; `rows` are pairs of a title and panels."""
    placed, number, top = [], 1, 0
    for title, panels in rows:
        placed.append(
            {
                "type": "row",
                "id": number,
                "title": title,
                "collapsed": False,
                "gridPos": {"x": 0, "y": top, "w": COLUMNS, "h": 1},
                "panels": [],
            }
        )
        number, top, left, height = number + 1, top + 1, 0, 0
        for panel in panels:
            size = panel["gridPos"]
            if left + size["w"] > COLUMNS:
                left, top, height = 0, top + height, 0
            placed.append({**panel, "id": number, "gridPos": {"x": left, "y": top, **size}})
            number, left, height = number + 1, left + size["w"], max(height, size["h"])
        top += height
    return placed
