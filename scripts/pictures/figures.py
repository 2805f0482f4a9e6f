"""Panels of the moment: numbers, bars, shares, tables."""

import math

import look
from svg import EDGE, FAINT, GRID, INK, NAMED, area, box, fitting, line, text
from values import clock, shown


def stat(panel, answers, frame, language):
    """One number, and its curve behind it."""
    x, y, width, height = frame
    if not answers[0]:
        return [text(x + width / 2, y + height / 2, "–", 22, FAINT, "middle")]
    labels, points = answers[0][0]
    value = points[-1][1]
    color, parts = look.color_of(panel, value), []
    values = [value for _, value in points if not math.isnan(value)]
    if panel["options"]["graphMode"] == "area" and len(values) > 1:
        low, high = min(values), max(values)
        spread = (high - low) or 1
        curve = [
            (x + width * place / (len(values) - 1), y + height - 2 - (height * 0.42) * (one - low) / spread)
            for place, one in enumerate(values)
        ]
        parts.append(area([(x, y + height), *curve, (x + width, y + height)], color, 0.12))
        parts.append(line(curve, color, 1))
    content = look.word(panel, value) or shown(value, panel["fieldConfig"]["defaults"]["unit"], language)
    if panel["options"]["textMode"] == "name":
        content = look.name(panel["targets"][0], labels)
    size = 30 if len(content) < 8 else 22 if len(content) < 12 else 15
    return parts + [text(x + width / 2, y + height * 0.52, content, size, color, "middle", 600)]


def bars(panel, answers, frame, language):
    """A bar for each series; of a histogram, for each bucket."""
    x, y, width, height = frame
    rows = series_now(panel, answers)
    if panel["targets"][0]["format"] == "heatmap":
        rows = buckets(answers[0])
    if not rows:
        return [text(x + width / 2, y + height / 2, "–", 14, FAINT, "middle")]
    most = max(value for _, value in rows) or 1
    tall = min(height / len(rows), 44)
    room = max(sum(11 if ord(c) > 0x2E80 else 6.5 for c in name) for name, _ in rows) + 18
    parts = []
    for place, (name, value) in enumerate(rows):
        top = y + place * tall
        length = (width - room - 74) * value / most
        parts.append(text(x + room - 6, top + tall / 2 + 4, name, 11, INK, "end"))
        parts.append(box(x + room, top + tall * 0.12, width - room - 70, tall * 0.76, GRID, opacity=0.6))
        parts.append(box(x + room, top + tall * 0.12, length, tall * 0.76, look.color_of(panel, value), opacity=0.75))
        number = shown(value, panel["fieldConfig"]["defaults"]["unit"], language)
        parts.append(text(x + width - 6, top + tall / 2 + 4, number, 12, look.color_of(panel, value), "end", 600))
    return parts


def pie(panel, answers, frame, language):
    """A ring of shares, and a list of them."""
    x, y, width, height = frame
    rows = series_now(panel, answers)
    total = sum(value for _, value in rows) or 1
    radius = min(height / 2 - 6, width / 4)
    center_x, center_y, angle, parts = x + radius + 14, y + height / 2, -math.pi / 2, []
    for place, (name, value) in enumerate(rows):
        share = min(value / total, 0.9999)
        end = angle + share * 2 * math.pi
        large = 1 if share > 0.5 else 0
        outer = [(center_x + radius * math.cos(one), center_y + radius * math.sin(one)) for one in (angle, end)]
        inner = [(center_x + radius * 0.6 * math.cos(one), center_y + radius * 0.6 * math.sin(one)) for one in (end, angle)]
        parts.append(
            f'<path d="M{outer[0][0]:.1f} {outer[0][1]:.1f} A{radius:.1f} {radius:.1f} 0 {large} 1 {outer[1][0]:.1f} '
            f'{outer[1][1]:.1f} L{inner[0][0]:.1f} {inner[0][1]:.1f} A{radius * 0.6:.1f} {radius * 0.6:.1f} 0 {large} 0 '
            f'{inner[1][0]:.1f} {inner[1][1]:.1f} Z" fill="{look.palette(place)}" fill-opacity="0.85"/>'
        )
        angle = end
        left, top = center_x + radius + 24, y + 18 + place * 20
        if top < y + height:
            parts.append(box(left, top - 8, 10, 10, look.palette(place)))
            parts.append(text(left + 16, top + 1, name, 11))
            parts.append(text(x + width - 8, top + 1, f"{shown(value, 'short', language)}  {100 * value / total:.0f}%", 11, FAINT, "end"))
    return parts


def table(panel, answers, frame, language):
    """A row for each value of the first label."""
    x, y, width, height = frame
    key = next(step for step in panel["transformations"] if step["id"] == "filterFieldsByName")["options"]["include"]["names"]
    label, names = key[0], key[1:]
    of_label = look.properties(panel, label)
    words = {value: one["text"] for mapping in of_label.get("mappings", []) for value, one in mapping["options"].items()}
    columns = [look.properties(panel, name) for name in names]
    heads = [of_label["displayName"]] + [column["displayName"] for column in columns]
    rows = {}
    for place, answer in enumerate(answers):
        for labels, points in answer:
            rows.setdefault(labels.get(label, ""), {})[place] = points[-1][1]
    wide = width / (len(heads) + 0.4)
    lefts = [x + 10] + [x + wide * (place + 1.4) - 10 for place in range(1, len(heads))]
    parts = [text(lefts[0], y + 16, heads[0], 10, FAINT, weight=600)]
    for head, left in zip(heads[1:], lefts[1:]):
        parts.append(text(left, y + 16, fitting(head, wide - 10, 10), 10, FAINT, "end", 600))
    for place, (name, found) in enumerate(sorted(rows.items())):
        top = y + 28 + place * 26
        parts.append(line([(x + 6, top - 4), (x + width - 6, top - 4)], EDGE, 1))
        parts.append(text(lefts[0], top + 13, words.get(name, name), 12, NAMED["blue"]))
        for column, (settings, left) in enumerate(zip(columns, lefts[1:])):
            value = found.get(column)
            color = INK
            if value is not None and settings.get("custom.cellOptions", {}).get("type") == "color-text":
                color = look.threshold_color(settings["thresholds"]["steps"], value)
            unit = settings.get("unit", panel["fieldConfig"]["defaults"]["unit"])
            # A table's columns have no room for the year.
            content = clock(value / 1000, "%m-%d %H:%M") if unit.startswith("dateTime") else shown(value, unit, language)
            parts.append(text(left, top + 13, content, 12, color, "end"))
    return parts


def series_now(panel, answers):
    rows = []
    for target, answer in zip(panel["targets"], answers):
        for labels, points in answer:
            name = look.name(target, labels)
            rows.append((look.properties(panel, name).get("displayName", name), points[-1][1]))
    return rows


def buckets(answer):
    """Counts between bounds, from cumulative ones; those at either end without any are left out."""
    rows = sorted((float(labels["le"]), points[-1][1]) for labels, points in answer)
    counts = [(f"{bound:g}".replace("inf", "+Inf"), value - (rows[place - 1][1] if place else 0)) for place, (bound, value) in enumerate(rows)]
    while counts and counts[-1][1] < 0.5:
        counts.pop()
    return counts
