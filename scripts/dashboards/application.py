"""One application in depth: the dashboard and its first rows."""

from application_finished import attendances, finished, punctuality
from application_quality import quality
from fields import DAYS, GOOD_ONE, RED, UP_OR_DOWN, YELLOW, dashed, override, steps
from frame import app, dashboard
from language import t
from panels import bars, curves, daily_bars, query, stat, table
from queries import A_DAY_LATER, REALTIME, TODAY, YESTERDAY, each, grown


def build():
    description = t(
        "One application in depth: live curves, days, finished meetings, punctuality, attendances and data quality.",
        "深入查看一个应用：实时曲线、每日数字、已结束的会议、准时情况、参会情况和数据质量。",
    )
    rows = [
        (t("Now", "现在"), now()),
        (t("Live", "实时"), live()),
        (t("Days", "每日"), days()),
        (t("Finished meetings", "已结束的会议"), finished()),
        (t("Punctuality of scheduled meetings", "预约会议的准时情况"), punctuality()),
        (
            t("Attendances (details collector, off by default)", "参会情况（details 采集器，默认关闭）"),
            attendances(),
        ),
        (t("Quality of the data", "数据质量"), quality()),
    ]
    return dashboard("application", description, [app(multi=False)], rows, span="24h", refresh="30s")


def now():
    return [
        stat(
            t("State", "状态"),
            t(
                "Up: the last run of every enabled collector succeeded and none is overdue.",
                "正常：所有启用的采集器最近一次都成功，且没有超期。",
            ),
            each("up"),
            unit="none",
            graph=False,
            steps=GOOD_ONE,
            mappings=UP_OR_DOWN,
        ),
        stat(
            t("Age of live figures", "实时数字的滞后"),
            t(
                "Time since the realtime collector's last successful run began.",
                "距离 realtime 采集器上一次成功运行开始已有多久。",
            ),
            f"time() - {each('collector_last_success_timestamp_seconds', REALTIME)}",
            unit="s",
            steps=steps((300, YELLOW), (900, RED)),
        ),
        stat(
            t("Meetings in progress", "进行中的会议"),
            t("Meetings in progress now.", "正在进行的会议数。"),
            each("active_meetings"),
            unit="short",
        ),
        stat(
            t("People in meetings", "会中人数"),
            t("Participants of the meetings in progress.", "正在进行的会议中的参会人数。"),
            each("active_participants"),
            unit="short",
        ),
        stat(
            t("Meetings today", "今日会议"),
            t("Meetings of the vendor's local day so far.", "服务方时区的今天到目前为止的会议数。"),
            each("day_meetings", TODAY),
            unit="short",
        ),
        stat(
            t("Attendances today", "今日参会人次"),
            t("Attendances of today's meetings; who rejoins counts again.", "今天会议的参会人次，重新入会再记一次。"),
            each("day_participants", TODAY),
            unit="short",
        ),
        stat(
            t("Meeting time today", "今日会议时长"),
            t("Summed length of today's meetings.", "今天所有会议的时长之和。"),
            each("day_duration_seconds", TODAY),
            unit="s",
        ),
        stat(
            t("Peak today", "今日并发峰值"),
            t("Peak of concurrent participants today.", "今天同时参会人数的峰值。"),
            each("day_peak_participants", TODAY),
            unit="short",
        ),
    ]


def live():
    def against_the_past(title, metric):
        return curves(
            title,
            t(
                "With the same time of the day and of the week before, dashed.",
                "虚线为前一天和前一周的同一时刻。",
            ),
            [
                query(each(metric), t("now", "现在")),
                query(each(metric, offset="1d"), t("a day before", "前一天")),
                query(each(metric, offset="1w"), t("a week before", "前一周")),
            ],
            unit="short",
            low=0,
            overrides=[dashed("B"), dashed("C")],
        )

    return [
        against_the_past(t("Meetings in progress", "进行中的会议"), "active_meetings"),
        against_the_past(t("People in meetings", "会中人数"), "active_participants"),
    ]


def by_day(title, metric, unit):
    text = t(
        "A bar for each complete day of the last 30. Today is not among them.",
        "最近 30 天每天一根柱，均为完整的一天，不含今天。",
    )
    expr = each(metric, YESTERDAY, offset=A_DAY_LATER)
    return daily_bars(title, text, expr, t("whole day", "全天"), width=6, unit=unit)


def days():
    return [
        by_day(t("Meetings by day", "每日会议数"), "day_meetings", "short"),
        by_day(t("Attendances by day", "每日参会人次"), "day_participants", "short"),
        by_day(t("Meeting time by day", "每日会议时长"), "day_duration_seconds", "s"),
        by_day(t("Peak by day", "每日并发峰值"), "day_peak_participants", "short"),
        table(
            t("Today and yesterday", "今天与昨天"),
            t(
                "Figures of the vendor's local days and when each began. Hosts are those of finished meetings.",
                "按服务方时区的自然日统计，以及每天从何时开始。主持人数只计已结束的会议。",
            ),
            [
                (t("Meetings", "会议数"), each("day_meetings", by="day"), {}),
                (t("Attendances", "参会人次"), each("day_participants", by="day"), {}),
                (t("Meeting time", "会议时长"), each("day_duration_seconds", by="day"), {"unit": "s"}),
                (t("Peak", "并发峰值"), each("day_peak_participants", by="day"), {}),
                (t("Hosts", "主持人数"), each("day_hosts", by="day"), {}),
                (
                    t("Began", "开始于"),
                    f"{each('day_start_timestamp_seconds', by='day')} * 1000",
                    {"unit": "dateTimeAsIso"},
                ),
            ],
            key="day",
            width=12,
            height=5,
            unit="short",
            overrides=[override("day", displayName=t("Day", "日期"), mappings=[day_names()])],
        ),
        bars(
            t("Meetings in windows of days", "最近若干天的会议数"),
            t("Meetings of the last days, today included.", "最近若干天（含今天）的会议数。"),
            [query(each("window_meetings", by="window"), "{{window}}", instant=True)],
            width=6,
            height=5,
            unit="short",
        ),
        bars(
            t("Attendances in windows of days", "最近若干天的参会人次"),
            t("Attendances of the last days, today included.", "最近若干天（含今天）的参会人次。"),
            [query(each("window_participants", by="window"), "{{window}}", instant=True)],
            width=6,
            height=5,
            unit="short",
        ),
        *totals(),
    ]


def totals():
    def total(title, metric, unit):
        text = t(
            "Since counting began: each local day's highest figure, summed. It never goes down.",
            "开始计数以来的累计：逐日取见过的最大值，再求和，从不下降。",
        )
        return stat(title, text, each(metric), unit=unit, width=4, graph=False)

    return [
        total(t("All meetings", "会议总数"), "meetings_total", "short"),
        total(t("All attendances", "参会总人次"), "participants_total", "short"),
        total(t("All meeting time", "会议总时长"), "duration_seconds_total", "s"),
        stat(
            t("Counting since", "计数起点"),
            t("Midnight of the first local day in the totals.", "累计值从哪一天的零点开始。"),
            f"{each('counters_start_timestamp_seconds')} * 1000",
            unit="dateTimeAsIso",
            width=4,
            graph=False,
        ),
        curves(
            t("Totals per day", "累计值的日增量"),
            t(
                "What was added to the totals in the 24 hours before each point.",
                "每个时刻之前 24 小时内累计值的增量。",
            ),
            [
                query(grown("meetings_total", "1d"), t("meetings", "会议数")),
                query(grown("participants_total", "1d"), t("attendances", "参会人次")),
            ],
            width=8,
            height=4,
            unit="short",
            low=0,
        ),
    ]


def day_names():
    options = {value: {"text": text, "index": index} for index, (value, text) in enumerate(DAYS)}
    return {"type": "value", "options": options}
