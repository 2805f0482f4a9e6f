"""What a panel's settings say of a value: its name, colour, unit and words."""

import re

from svg import NAMED, PALETTE


def name(target, labels):
    """How a series is called."""
    form = target["legendFormat"]
    if form == "__auto":
        return ", ".join(f"{key}={value}" for key, value in sorted(labels.items()) if key != "__name__")
    return re.sub(r"\{\{(\w+)\}\}", lambda label: labels.get(label.group(1), ""), form)


def properties(panel, title=None, letter=None):
    """The overrides for a field of that name, or of that query."""
    found = {}
    for override in panel["fieldConfig"]["overrides"]:
        matcher = override["matcher"]
        by_name = matcher["id"] == "byName" and matcher["options"] == title
        by_query = matcher["id"] == "byFrameRefID" and matcher["options"] == letter
        if by_name or by_query:
            found.update({one["id"]: one["value"] for one in override["properties"]})
    return found


def threshold_color(steps, value):
    color = steps[0]["color"]
    for step in steps[1:]:
        if value >= step["value"]:
            color = step["color"]
    return NAMED.get(color, color)


def color_of(panel, value):
    for mapping in panel["fieldConfig"]["defaults"]["mappings"]:
        option = mapping["options"].get(f"{value:g}")
        if option and "color" in option:
            return NAMED[option["color"]]
    return threshold_color(panel["fieldConfig"]["defaults"]["thresholds"]["steps"], value)


def word(panel, value):
    """The text that stands for a value, if one does."""
    for mapping in panel["fieldConfig"]["defaults"]["mappings"]:
        option = mapping["options"].get(f"{value:g}")
        if option:
            return option["text"]
    return None


def palette(place):
    return PALETTE[place % len(PALETTE)]
