"""All applications: windows of days, and how they fare."""

from fields import GOOD_ONE, PLAIN, UP_OR_DOWN
from language import t
from links import OF_A_SERIES
from panels import bars, curves, query, states
from queries import FAILED, each, series


def windows():
    def window(title, description, metric, unit, together="sum"):
        expr = f"{together} by (window) ({each(metric, by='app, window')})"
        return bars(title, description, [query(expr, "{{window}}", instant=True)], width=6, height=5, unit=unit)

    return [
        window(
            t("Meetings", "会议数"),
            t("Meetings of the last days, today included.", "最近若干天（含今天）的会议数。"),
            "window_meetings",
            "short",
        ),
        window(
            t("Attendances", "参会人次"),
            t("Attendances of the last days, today included.", "最近若干天（含今天）的参会人次。"),
            "window_participants",
            "short",
        ),
        window(
            t("Meeting time", "会议时长"),
            t("Summed meeting time of the last days, today included.", "最近若干天（含今天）的会议总时长。"),
            "window_duration_seconds",
            "s",
        ),
        window(
            t("Highest daily peak", "每日峰值的最高值"),
            t(
                "The highest daily peak of any one application in the last days; peaks are not added.",
                "最近若干天里，单个应用每日并发峰值的最高值；峰值不相加。",
            ),
            "window_peak_participants",
            "short",
            together="max",
        ),
    ]


def health():
    age = f"time() - {each('collector_last_success_timestamp_seconds', by='app, collector')}"
    failed = f"sum by (app) (rate({series('api_requests_total', FAILED)}[$__rate_interval]))"
    every = f"sum by (app) (rate({series('api_requests_total')}[$__rate_interval]))"
    return [
        states(
            t("Applications", "应用状态"),
            t(
                "Green: the last run of every enabled collector succeeded and none is overdue.",
                "绿色：所有启用的采集器最近一次都成功，且没有超期。",
            ),
            [query(each("up"), "{{app}}")],
            width=12,
            height=8,
            unit="none",
            steps=GOOD_ONE,
            mappings=UP_OR_DOWN,
        ),
        states(
            t("Collectors", "采集器状态"),
            t("Whether each collector's last run succeeded.", "每个采集器最近一次运行是否成功。"),
            [query(each("collector_success", by="app, collector"), "{{app}} {{collector}}")],
            width=12,
            height=8,
            unit="none",
            steps=GOOD_ONE,
            mappings=UP_OR_DOWN,
        ),
        curves(
            t("Age of data by collector", "各采集器的数据滞后"),
            t(
                "Time since each collector's last successful run began. It rises to the interval and falls back; "
                "a line that only rises is a collector that fails.",
                "距离每个采集器上一次成功运行开始的时间。正常时升到采集间隔便回落；只升不降说明采集失败。",
            ),
            [query(age, "{{app}} {{collector}}")],
            width=8,
            unit="s",
            low=0,
            links=OF_A_SERIES,
        ),
        curves(
            t("Failed calls", "失败的调用"),
            t(
                "Share of the calls to the vendor that were not answered with code 200. The Exporter dashboard "
                "tells the codes apart.",
                "对服务方的调用中应答码不是 200 的比例；各错误码见 Exporter 仪表盘。",
            ),
            [query(f"({failed} or 0 * {every}) / ({every} > 0)", "{{app}}")],
            width=8,
            unit="percentunit",
            low=0,
            links=OF_A_SERIES,
        ),
        curves(
            t("Agreement of daily figures and lists", "每日统计与会议列表的一致性"),
            t(
                "The last closed day's figure over the sum of the meetings listed for it. Far from 1 means that units "
                "or coverage are off; near 1000 or 0.001, that duration_unit is wrong.",
                "最近一个已结束的日子，按日统计与会议列表之和的比值。远离 1 说明单位或范围不对；"
                "接近 1000 或 0.001 说明 duration_unit 设错了。",
            ),
            [query(each("consistency_ratio", by="app, field"), "{{app}} {{field}}")],
            width=8,
            unit="none",
            decimals=2,
            steps=PLAIN,
            links=OF_A_SERIES,
        ),
    ]
