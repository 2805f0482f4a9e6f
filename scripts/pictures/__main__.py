"""Draws what the Grafana dashboards show: the panels' own queries, put to a real Prometheus that has read a month of the
demo's metrics. The pictures stand in the READMEs. They are no screenshots of Grafana.

    python3 scripts/pictures TOOLS SAMPLES      where the programs are, and the file that `examples/month.rs` wrote
"""

import json
import sys
import tempfile
from pathlib import Path

import charts
import figures
from server import Prometheus, seconds
from svg import EDGE, FAINT, GROUND, INK, PAPER, box, document, fitting, text

ROOT = Path(__file__).resolve().parents[2]
# Which rows of each dashboard, by their place.
PICTURES = {"overview": (0, 1, 2, 3), "application": (0, 1, 2, 3, 4)}
CELL, TALL, MARGIN, HEAD = 56, 30, 6, 24
NOTE = {
    "en": "Drawn by scripts/pictures from the panels' own queries over a month of simulated meetings. Not a Grafana screenshot.",
    "zh-CN": "由 scripts/pictures 根据面板自身的查询绘制，数据为一个月的模拟会议；并非 Grafana 截图。",
}


def draw(server, name, language, rows):
    dashboard = json.loads((ROOT / f"deploy/grafana/dashboards/{language}/{name}.json").read_text(encoding="utf-8"))
    span = seconds(dashboard["time"]["from"].removeprefix("now-"))
    variables = {"job": ".+", "instance": ".+", "app": "headquarters" if name == "application" else ".+"}
    width = 24 * CELL + 2 * MARGIN
    parts, top, row, drawing = [], 44, -1, False
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        if panel["type"] == "row":
            row += 1
            drawing = row in rows
            if drawing:
                # A row's panels count from the row's own place.
                start = place["y"] + 1
                parts.append(text(MARGIN + 6, top + 18, "▾ " + panel["title"], 13, INK, weight=600))
                top += 26
                bottom = top
            continue
        if not drawing:
            continue
        x, y = MARGIN + place["x"] * CELL, top + (place["y"] - start) * TALL
        outer = (x + 3, y + 3, place["w"] * CELL - 6, place["h"] * TALL - 6)
        parts.append(box(*outer, PAPER, EDGE, radius=3))
        parts.append(text(outer[0] + 9, outer[1] + 17, fitting(panel["title"], outer[2] - 18, 12), 12, INK, weight=600))
        inner = (outer[0] + 2, outer[1] + HEAD, outer[2] - 4, outer[3] - HEAD - 4)
        parts += contents(server, panel, inner, language, span, variables)
        bottom = max(bottom, y + place["h"] * TALL)
        if panel is last_of_row(dashboard["panels"], panel):
            top = bottom + 4
    note = text(MARGIN + 6, top + 18, NOTE[language], 11, FAINT)
    title = text(MARGIN + 6, 30, dashboard["title"], 18, INK, weight=600)
    return document(width, top + 30, [box(0, 0, width, top + 30, GROUND), title, *parts, note])


def contents(server, panel, inner, language, span, variables):
    answers = server.panel(panel, span, variables)
    span = seconds(panel.get("timeFrom", "")) or span
    over_time = {"timeseries": charts.curves, "heatmap": charts.heatmap, "state-timeline": charts.states}
    if panel["type"] in over_time:
        return over_time[panel["type"]](panel, answers, inner, language, server.now, span)
    now = {"stat": figures.stat, "bargauge": figures.bars, "piechart": figures.pie, "table": figures.table}
    return now[panel["type"]](panel, answers, inner, language)


def last_of_row(panels, panel):
    """The last panel of the row that a panel belongs to."""
    place = panels.index(panel)
    while place + 1 < len(panels) and panels[place + 1]["type"] != "row":
        place += 1
    return panels[place]


def main(tools, samples):
    folder = ROOT / "docs/pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, Prometheus(tools, samples, Path(scratch)) as server:
        for name, rows in PICTURES.items():
            for language in ("en", "zh-CN"):
                suffix = "" if language == "en" else ".zh-CN"
                path = folder / f"{name}{suffix}.svg"
                path.write_text(draw(server, name, language, rows), encoding="utf-8")
                print(path.relative_to(ROOT), path.stat().st_size // 1024, "KiB")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
