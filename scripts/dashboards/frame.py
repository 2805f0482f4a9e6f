"""What surrounds the panels: variables, links, annotations, the dashboard itself."""

from fields import BLUE, ORANGE, RED
from language import t
from layout import place
from panels import DATASOURCE
from queries import PREFIX

# What Grafana 13 writes; older ones read it too.
SCHEMA_VERSION = 42

TITLES = {
    "overview": t("NetEase Meeting / Overview", "网易会议 / 总览"),
    "application": t("NetEase Meeting / Application", "网易会议 / 应用"),
    "exporter": t("NetEase Meeting / Exporter", "网易会议 / Exporter"),
}


def uid(name):
    return t(f"netease-meeting-{name}", f"netease-meeting-{name}-zh")


def address(name, query=""):
    """A dashboard's address within Grafana."""
    return t(*(f"/d/{one}{query}" for one in uid(name)))


def dashboard(name, description, variables, rows, span, refresh):
    """A whole dashboard, in all languages."""
    return {
        "uid": uid(name),
        "title": TITLES[name],
        "description": description,
        "tags": ["netease-meeting", t("en", "zh-CN")],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "time": {"from": f"now-{span}", "to": "now"},
        "refresh": refresh,
        "timepicker": {},
        "templating": {"list": [datasource(), job(), *variables]},
        "annotations": {"list": annotations()},
        "links": [link(other) for other in TITLES if other != name],
        "panels": place(rows),
    }


def datasource():
    return {
        "type": "datasource",
        "name": "datasource",
        "label": t("Data source", "数据源"),
        "query": "prometheus",
        "refresh": 1,
        "regex": "",
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
    }


def job():
    title = t("Job", "抓取任务")
    return label_values("job", title, f"{PREFIX}exporter_build_info", multi=True)


def app(multi=True):
    title = t("Application", "应用")
    return label_values("app", title, f'{PREFIX}up{{job=~"$job"}}', multi=multi)


def instance():
    title = t("Exporter", "Exporter 实例")
    return label_values("instance", title, f'{PREFIX}exporter_build_info{{job=~"$job"}}', multi=True)


def label_values(name, title, series, multi):
    """A variable with the values that a label has."""
    expression = f"label_values({series}, {name})"
    variable = {
        "type": "query",
        "name": name,
        "label": title,
        "datasource": DATASOURCE,
        "query": {"qryType": 1, "query": expression, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "hide": 0,
        "includeAll": multi,
        "multi": multi,
        "options": [],
    }
    if multi:
        # One short expression, however many values there are.
        variable["allValue"] = ".+"
        variable["current"] = {"selected": True, "text": ["All"], "value": ["$__all"]}
    return variable


def annotations():
    """Restarts and reloads stand where the exporter says they were, corrections where they were noticed."""
    builtin = {
        "builtIn": 1,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "hide": True,
        "iconColor": "rgba(0, 211, 255, 1)",
        "name": "Annotations & Alerts",
        "type": "dashboard",
    }
    reloads = f'{PREFIX}exporter_config_last_reload_success_timestamp_seconds{{job=~"$job"}}'
    corrections = f'{PREFIX}upstream_corrections_total{{job=~"$job"}}'
    return [
        builtin,
        annotation(t("Restarts", "重启"), BLUE, 'process_start_time_seconds{job=~"$job"} * 1000', "instance", at=True),
        annotation(t("Reloads", "重新加载配置"), ORANGE, f"{reloads} * 1000", "instance", at=True),
        annotation(
            t("Corrections", "服务方下调数字"),
            RED,
            f"sum by (app, field) (increase({corrections}[5m])) > 0",
            "app,field",
        ),
    ]


def annotation(name, color, expr, keys, at=False):
    """Marks in time; with `at` the value is the time, in milliseconds."""
    return {
        "datasource": DATASOURCE,
        "enable": True,
        "hide": False,
        "iconColor": color,
        "name": name,
        "expr": expr,
        "step": "60s",
        "tagKeys": keys,
        "titleFormat": name,
        "useValueForTime": "on" if at else False,
    }


def link(name):
    """To another dashboard, keeping what is selected."""
    return {
        "type": "link",
        "title": TITLES[name],
        "tooltip": "",
        "icon": "dashboard",
        "url": address(name),
        "tags": [],
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
    }
