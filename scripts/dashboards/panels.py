"""Panels: one function for each way of drawing, with the settings that all of them share."""

from fields import PLAIN

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
TOOLTIP = {"mode": "multi", "sort": "desc"}
LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}


def query(expr, legend="", shape="time_series", instant=False, interval=None):
    """A query; `shape` is time_series, table or heatmap."""
    target = {
        "datasource": DATASOURCE,
        "editorMode": "code",
        "expr": expr,
        "format": shape,
        "instant": instant,
        "range": not instant,
        "legendFormat": legend or "__auto",
    }
    if interval:
        target["interval"] = interval
    return target


def panel(kind, title, description, queries, options, **look):
    """What every panel has. `look`: unit, steps, mappings, overrides, decimals, no_value, low, high, custom, links,
    color, transformations, interval, width, height."""
    defaults = {
        "unit": look.pop("unit"),
        "thresholds": {"mode": "absolute", "steps": look.pop("steps", PLAIN)},
        "color": {"mode": look.pop("color", "thresholds")},
        "mappings": look.pop("mappings", []),
        "custom": look.pop("custom", {}),
        "links": look.pop("links", []),
    }
    for key, name in (("decimals", "decimals"), ("low", "min"), ("high", "max"), ("no_value", "noValue")):
        if key in look:
            defaults[name] = look.pop(key)
    result = {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": DATASOURCE,
        "targets": [{**target, "refId": chr(ord("A") + place)} for place, target in enumerate(queries)],
        "fieldConfig": {"defaults": defaults, "overrides": look.pop("overrides", [])},
        "options": options,
        "gridPos": {"w": look.pop("width"), "h": look.pop("height")},
    }
    for key in ("transformations", "interval"):
        if key in look:
            result[key] = look.pop(key)
    assert not look, f"{title}: unknown settings {look}"
    return result


def stat(title, description, expr, width=3, height=4, graph=True, words=False, **look):
    """One number, with a small curve behind it where time matters."""
    options = {
        "colorMode": "value",
        "graphMode": "area" if graph else "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "percentChangeColorMode": "standard",
        "reduceOptions": LAST,
        "showPercentChange": False,
        "textMode": "name" if words else "auto",
        "wideLayout": True,
    }
    target = expr if isinstance(expr, dict) else query(expr, instant=not graph)
    return panel("stat", title, description, [target], options, width=width, height=height, **look)


def curves(title, description, queries, width=12, height=8, stacked=False, bars=False, threshold_lines=False, **look):
    """Lines over time, or bars where each point is a span of its own."""
    custom = {
        "drawStyle": "bars" if bars else "line",
        "fillOpacity": 70 if bars else 25 if stacked else 8,
        "lineInterpolation": "linear",
        "lineWidth": 0 if bars else 1,
        "showPoints": "never" if bars else "auto",
        "pointSize": 4,
        "spanNulls": False,
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
        "thresholdsStyle": {"mode": "dashed" if threshold_lines else "off"},
    }
    if bars:
        custom["barAlignment"] = 1
    options = {
        "legend": {"calcs": ["lastNotNull", "max"], "displayMode": "table", "placement": "bottom", "showLegend": True},
        "tooltip": TOOLTIP,
    }
    look.setdefault("color", "palette-classic")
    return panel(
        "timeseries", title, description, queries, options, width=width, height=height, custom=custom, **look
    )


def daily_bars(title, description, expr, legend, **look):
    """A bar for each of the last 30 days, whatever time is selected."""
    target = query(expr, legend, interval="1d")
    return {**curves(title, description, [target], bars=True, low=0, **look), "timeFrom": "30d"}


def heatmap(title, description, expr, width=12, height=8, cells="short", **look):
    """A histogram over time, from its cumulative buckets."""
    options = {
        "calculate": False,
        "cellGap": 1,
        "cellValues": {"unit": cells},
        "color": {
            "mode": "scheme",
            "scheme": "Oranges",
            "fill": "dark-orange",
            "scale": "exponential",
            "exponent": 0.5,
            "reverse": False,
            "steps": 64,
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "showColorScale": True, "yHistogram": False},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": look["unit"]},
    }
    target = query(expr, "{{le}}", shape="heatmap")
    return panel("heatmap", title, description, [target], options, width=width, height=height, **look)


def bars(title, description, queries, width=8, height=8, **look):
    """A bar for each series, now."""
    options = {
        "displayMode": "gradient",
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
        "maxVizHeight": 300,
        "minVizHeight": 16,
        "minVizWidth": 8,
        "namePlacement": "auto",
        "orientation": "horizontal",
        "reduceOptions": LAST,
        "showUnfilled": True,
        "sizing": "auto",
        "valueMode": "color",
    }
    look.setdefault("low", 0)
    return panel("bargauge", title, description, queries, options, width=width, height=height, **look)


def pie(title, description, queries, width=8, height=8, **look):
    """Shares of a whole."""
    options = {
        "displayLabels": [],
        "legend": {
            "calcs": [],
            "displayMode": "table",
            "placement": "right",
            "showLegend": True,
            "values": ["value", "percent"],
        },
        "orientation": "auto",
        "pieType": "donut",
        "reduceOptions": LAST,
        "tooltip": {"mode": "single", "sort": "none"},
    }
    look.setdefault("color", "palette-classic")
    return panel("piechart", title, description, queries, options, width=width, height=height, **look)


def states(title, description, queries, width=24, height=6, **look):
    """What each series was at which time, as coloured bands."""
    options = {
        "alignValue": "left",
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
        "mergeValues": True,
        "rowHeight": 0.8,
        "showValue": "never",
        "tooltip": {"mode": "single", "sort": "none"},
    }
    custom = {"fillOpacity": 80, "lineWidth": 0}
    return panel(
        "state-timeline", title, description, queries, options, width=width, height=height, custom=custom, **look
    )


def table(title, description, columns, key="app", width=24, height=8, sort=None, **look):
    """A row for each value of the label `key`, a column for each query: (heading, query, properties)."""
    letters = [chr(ord("A") + place) for place in range(len(columns))]
    # One query's column is called Value, and those of several carry their letters.
    names = [f"Value #{letter}" for letter in letters] if len(columns) > 1 else ["Value"]
    transformations = [
        {"id": "joinByField", "options": {"byField": key, "mode": "outer"}} if len(columns) > 1 else None,
        {"id": "filterFieldsByName", "options": {"include": {"names": [key, *names]}}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {},
                "indexByName": {name: place for place, name in enumerate([key, *names])},
                "renameByName": {},
            },
        },
    ]
    overrides = [
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "displayName", "value": heading}]
            + [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()],
        }
        for name, (heading, _, properties) in zip(names, columns)
    ]
    options = {
        "cellHeight": "sm",
        "frameIndex": 0,
        "footer": {"countRows": False, "fields": [], "reducer": ["sum"], "show": False},
        "showHeader": True,
        "sortBy": [{"desc": True, "displayName": sort}] if sort else [],
    }
    return panel(
        "table",
        title,
        description,
        [query(expr, shape="table", instant=True) for _, expr, _ in columns],
        options,
        width=width,
        height=height,
        custom={"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False},
        overrides=overrides + look.pop("overrides", []),
        transformations=[step for step in transformations if step],
        **look,
    )
