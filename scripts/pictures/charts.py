"""Panels over time: curves, bars, heatmaps, states."""

import math

import look
from svg import FAINT, GRID, INK, area, box, fitting, line, text
from values import clock, shown, ticks

LEFT, BOTTOM, LEGEND = 52, 18, 20


def curves(panel, answers, frame, language, now, span):
    """Lines, areas or bars, with a legend below."""
    x, y, width, height = frame
    unit = panel["fieldConfig"]["defaults"]["unit"]
    custom = panel["fieldConfig"]["defaults"]["custom"]
    stacked = custom["stacking"]["mode"] == "normal"
    as_bars = custom["drawStyle"] == "bars"
    series = []
    for target, answer in zip(panel["targets"], answers):
        style = look.properties(panel, letter=target["refId"])
        for labels, points in answer:
            points = [(at, value) for at, value in points if not math.isnan(value)]
            if points:
                series.append((look.name(target, labels), points, "custom.lineStyle" in style))
    if not series:
        return [text(x + width / 2, y + height / 2, "–", 14, FAINT, "middle")]
    sums, bands = {}, []
    for name, points, dashed in series:
        below = [(at, sums.get(at, 0) if stacked else 0) for at, _ in points]
        for at, value in points:
            sums[at] = (sums.get(at, 0) + value) if stacked else max(sums.get(at, -math.inf), value)
        top = [(at, base + value) for (at, base), (_, value) in zip(below, points)]
        bands.append((name, below, top, dashed))
    low = min(0, min(value for _, _, top, _ in bands for _, value in top))
    if panel["fieldConfig"]["defaults"].get("min") is None and low == 0:
        low = min(value for _, _, top, _ in bands for _, value in top)
    marks = ticks(low, max(sums.values()), unit)
    plot = (x + LEFT, y + 4, width - LEFT - 8, height - BOTTOM - LEGEND - 4)
    to_x, to_y = scales(plot, now - span, now, marks[0], marks[-1])
    parts = grid(plot, marks, to_y, unit, language) + times(plot, to_x, now, span)
    step = min((b[0] - a[0] for _, _, top, _ in bands for a, b in zip(top, top[1:])), default=span)
    for place, (name, below, top, dashed) in enumerate(bands):
        color = look.palette(place)
        if as_bars:
            size = plot[2] * step / span
            for (at, base), (_, value) in zip(below, top):
                # The bar stands in the time that begins here.
                left = max(to_x(at), plot[0])
                right = min(to_x(at) + size * 0.82, plot[0] + plot[2])
                parts.append(box(left, to_y(value), right - left, to_y(base) - to_y(value), color, opacity=0.8))
            continue
        upper = [(to_x(at), to_y(value)) for at, value in top]
        if not dashed:
            lower = [(to_x(at), to_y(base)) for at, base in below]
            parts.append(area(upper + lower[::-1], color, 0.25 if stacked else 0.08))
        parts.append(line(upper, color, dashed=dashed))
    return parts + legend([(name, look.palette(place)) for place, (name, *_) in enumerate(bands)], x, y + height, width)


def heatmap(panel, answers, frame, language, now, span):
    """Cells, darker where there is more."""
    x, y, width, height = frame
    unit = panel["fieldConfig"]["defaults"]["unit"]
    rows = sorted(((float(labels["le"]), dict(points)) for labels, points in answers[0]), key=lambda row: row[0])
    if not rows:
        return [text(x + width / 2, y + height / 2, "–", 14, FAINT, "middle")]
    moments = sorted({at for _, points in rows for at in points})
    step = min((b - a for a, b in zip(moments, moments[1:])), default=span)
    cells = []
    for place, (_, points) in enumerate(rows):
        before = rows[place - 1][1] if place else {}
        cells += [(place, at, value - before.get(at, 0)) for at, value in points.items()]
    most = max((value for _, _, value in cells), default=0) or 1
    plot = (x + LEFT, y + 4, width - LEFT - 8, height - BOTTOM - 8)
    to_x, _ = scales(plot, now - span, now, 0, 1)
    tall = plot[3] / len(rows)
    parts = []
    for place, at, value in cells:
        if value > 1e-9:
            share = math.sqrt(value / most)
            left = max(to_x(at - step), plot[0])
            parts.append(box(left, plot[1] + plot[3] - (place + 1) * tall, to_x(at) - left - 0.6, tall - 0.6, heat(share)))
    for place, (bound, _) in enumerate(rows):
        if len(rows) <= 8 or place % 2 == 0:
            label = "+Inf" if math.isinf(bound) else shown(bound, unit, language)
            parts.append(text(x + LEFT - 6, plot[1] + plot[3] - place * tall - tall / 2 + 4, label, 10, FAINT, "end"))
    return parts + times(plot, to_x, now, span)


def heat(share):
    """From nearly white to dark orange."""
    light, dark = (255, 240, 220), (196, 70, 0)
    return "#" + "".join(f"{round(one + (other - one) * share):02x}" for one, other in zip(light, dark))


def states(panel, answers, frame, language, now, span):
    """A coloured band for each series."""
    x, y, width, height = frame
    rows = [
        (look.name(target, labels), points)
        for target, answer in zip(panel["targets"], answers)
        for labels, points in answer
    ]
    plot = (x + 130, y + 4, width - 138, height - BOTTOM - 8)
    to_x, _ = scales(plot, now - span, now, 0, 1)
    tall, parts = plot[3] / max(len(rows), 1), []
    for place, (name, points) in enumerate(rows):
        top = plot[1] + place * tall + tall * 0.1
        parts.append(text(plot[0] - 6, top + tall * 0.4 + 4, fitting(name, 124, 11), 11, INK, "end"))
        begin = 0
        for at in range(1, len(points) + 1):
            if at == len(points) or points[at][1] != points[begin][1]:
                left, right = max(to_x(points[begin][0]), plot[0]), to_x(points[min(at, len(points) - 1)][0])
                parts.append(box(left, top, right - left, tall * 0.8, look.color_of(panel, points[begin][1]), opacity=0.85))
                begin = at
    return parts + times(plot, to_x, now, span)


def scales(plot, begin, end, low, high):
    x, y, width, height = plot
    return (
        lambda at: x + width * (at - begin) / (end - begin),
        lambda value: y + height - height * (value - low) / (high - low),
    )


def grid(plot, marks, to_y, unit, language):
    parts = []
    for mark in marks:
        y = to_y(mark)
        parts.append(line([(plot[0], y), (plot[0] + plot[2], y)], GRID, 1))
        parts.append(text(plot[0] - 6, y + 4, shown(mark, unit, language), 10, FAINT, "end"))
    return parts


def times(plot, to_x, now, span):
    """Labels below, at round times."""
    room = max(1, int(plot[2] // 70))
    sizes = (3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800, 432000, 864000)
    step = next((size for size in sizes if span / size <= room), span)
    form = "%H:%M" if step < 86400 else "%m-%d"
    zone = 8 * 3600
    at = ((now - span + zone) // step + 1) * step - zone
    parts = []
    while at <= now:
        if to_x(at) < plot[0] + plot[2] - 12:
            parts.append(text(to_x(at), plot[1] + plot[3] + 14, clock(at, form), 10, FAINT, "middle"))
        at += step
    return parts


def legend(entries, x, bottom, width):
    parts, left = [], x + 10
    for name, color in entries:
        size = 24 + sum(12 if ord(character) > 0x2E80 else 6.3 for character in name)
        if left + size > x + width:
            parts.append(text(left, bottom - 6, "…", 11, FAINT))
            break
        parts.append(box(left, bottom - 11, 12, 3, color))
        parts.append(text(left + 17, bottom - 6, name, 11, INK))
        left += size
    return parts
