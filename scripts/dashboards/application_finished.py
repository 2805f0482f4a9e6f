"""One application: what the lists and details of finished meetings tell."""

from fields import ORANGE, RED, STATUS, YELLOW, override, steps
from language import t
from panels import bars, curves, heatmap, pie, query, stat
from queries import RANGE, TODAY, YESTERDAY, buckets, each, grown, mean, quantile, series

# Meetings are few and are listed in rounds: shorter spans would show the rounds.
SPAN = "15m"
NAMES = [override(status, displayName=text) for status, text in STATUS]


def quantiles(title, description, metric, unit):
    queries = [
        query(quantile(0.5, metric, "1d"), t("half are below", "中位数")),
        query(quantile(0.9, metric, "1d"), t("90 % are below", "90 分位")),
        query(mean(metric, "1d"), t("mean", "平均")),
    ]
    return curves(title, description, queries, width=8, unit=unit, low=0)


def distribution(title, description, metric, unit, width=8):
    """A bar for each bucket: how many lay between the bound before and its own."""
    target = query(buckets(metric, RANGE), "{{le}}", shape="heatmap", instant=True)
    return bars(title, description, [target], width=width, unit=unit)


def finished():
    return [
        quantiles(
            t("Length of meetings", "会议时长"),
            t("Of the meetings that finished in the 24 hours before each point.", "每个时刻之前 24 小时内结束的会议。"),
            "finished_duration_seconds",
            "s",
        ),
        distribution(
            t("How long meetings are", "会议时长分布"),
            t(
                "Meetings that finished in the selected time; each bar is named by its upper bound, in seconds.",
                "所选时间内结束的会议；每根柱以区间上限（秒）命名。",
            ),
            "finished_duration_seconds",
            "short",
        ),
        distribution(
            t("How large meetings are", "会议规模分布"),
            t(
                "Participants of the meetings that finished in the selected time; each bar is named by its upper bound.",
                "所选时间内结束的会议的参会人数；每根柱以区间上限命名。",
            ),
            "finished_participants",
            "short",
        ),
        pie(
            t("How meetings ended", "会议结束方式"),
            t("Meetings that reached a final status in the selected time.", "所选时间内进入最终状态的会议。"),
            [query(grown("finished_meetings_total", RANGE, by="status"), "{{status}}", instant=True)],
            unit="short",
            overrides=NAMES,
        ),
        curves(
            t("Finished meetings by status and kind", "按状态和类型区分的已结束会议"),
            t(
                "Meetings per hour that reached a final status; scheduled ones had a reserved start.",
                "每小时进入最终状态的会议数；有预约开始时间的为预约会议（scheduled）。",
            ),
            [query(f"3600 * {rate_by('status, kind')}", "{{status}} {{kind}}")],
            width=8,
            stacked=True,
            unit="short",
            low=0,
            interval=SPAN,
        ),
        bars(
            t("Today's and yesterday's list", "今天和昨天的会议列表"),
            t(
                "Finished meetings of the local day by status, as the vendor lists them.",
                "服务方会议列表中当日已结束的会议，按状态区分。",
            ),
            [query(each("day_listed_meetings", by="day, status"), "{{day}} {{status}}", instant=True)],
            unit="short",
        ),
        stat(
            t("Hosts today", "今日主持人数"),
            t("Distinct hosts of today's finished meetings; only counted.", "今天已结束会议的主持人数，去重，只计数。"),
            each("day_hosts", TODAY),
            width=4,
            unit="short",
        ),
        stat(
            t("Hosts yesterday", "昨日主持人数"),
            t(
                "Distinct hosts of yesterday's finished meetings; only counted.",
                "昨天已结束会议的主持人数，去重，只计数。",
            ),
            each("day_hosts", YESTERDAY),
            width=4,
            unit="short",
        ),
        curves(
            t("Size of meetings", "会议规模"),
            t(
                "Participants per meeting that finished in the 24 hours before each point.",
                "每个时刻之前 24 小时内结束的会议的参会人数。",
            ),
            [
                query(quantile(0.5, "finished_participants", "1d"), t("half are below", "中位数")),
                query(quantile(0.9, "finished_participants", "1d"), t("90 % are below", "90 分位")),
                query(mean("finished_participants", "1d"), t("mean", "平均")),
            ],
            width=16,
            height=4,
            unit="short",
            low=0,
        ),
    ]


def rate_by(labels):
    return f"max by ({labels}) (rate({series('finished_meetings_total')}[$__rate_interval]))"


def punctuality():
    late = grown("start_delay_seconds_bucket", RANGE, 'le=~"300([.]0)?"')
    all_of_them = grown("start_delay_seconds_count", RANGE)
    return [
        stat(
            t("Started over 5 minutes late", "晚开超过 5 分钟"),
            t(
                "Share of the scheduled meetings that finished in the selected time.",
                "占所选时间内结束的预约会议的比例。",
            ),
            query(f"1 - {late} / ({all_of_them} > 0)", instant=True),
            width=4,
            graph=False,
            unit="percentunit",
            steps=steps((0.15, YELLOW), (0.3, ORANGE)),
        ),
        stat(
            t("Mean start delay", "平均晚开时长"),
            t("An early start counts as 0.", "提前开始记 0。"),
            query(mean("start_delay_seconds", RANGE), instant=True),
            width=4,
            graph=False,
            unit="s",
        ),
        stat(
            t("Mean overrun", "平均超时"),
            t("How much later than reserved meetings ended; an early end counts as 0.", "比预约晚结束多久，提前结束记 0。"),
            query(mean("overrun_seconds", RANGE), instant=True),
            width=4,
            graph=False,
            unit="s",
        ),
        curves(
            t("Delay and overrun", "晚开与超时"),
            t(
                "Means of the scheduled meetings that finished in the 24 hours before each point.",
                "每个时刻之前 24 小时内结束的预约会议的平均值。",
            ),
            [
                query(mean("start_delay_seconds", "1d"), t("start delay", "晚开")),
                query(mean("overrun_seconds", "1d"), t("overrun", "超时")),
            ],
            width=12,
            height=4,
            unit="s",
            low=0,
        ),
        heatmap(
            t("Start delay", "晚开时长分布"),
            t(
                "Real start minus reserved start, at the time when the finished meeting was counted.",
                "实际开始减去预约开始，按会议结束后计入的时间显示。",
            ),
            buckets("start_delay_seconds", "$__rate_interval"),
            unit="s",
            interval=SPAN,
        ),
        heatmap(
            t("Overrun", "超时分布"),
            t(
                "Real end minus reserved end, at the time when the finished meeting was counted.",
                "实际结束减去预约结束，按会议结束后计入的时间显示。",
            ),
            buckets("overrun_seconds", "$__rate_interval"),
            unit="s",
            interval=SPAN,
        ),
    ]


def attendances():
    by_client = query(grown("attendances_total", RANGE, by="client_type"), "{{client_type}}", instant=True)
    stay = quantile(0.5, "attendance_duration_seconds", "1d", by=("client_type",))
    return [
        pie(
            t("Client types", "客户端类型"),
            t(
                "Attendances of the meetings whose details were read in the selected time, by client.",
                "所选时间内读取了详情的会议的参会人次，按客户端区分。",
            ),
            [by_client],
            unit="short",
        ),
        curves(
            t("How long people stay", "停留时长"),
            t(
                "Half of the attendances counted in the 24 hours before each point were shorter than this.",
                "每个时刻之前 24 小时内计入的参会记录，停留时长的中位数。",
            ),
            [query(stay, "{{client_type}}")],
            width=8,
            unit="s",
            low=0,
        ),
        distribution(
            t("Real peak of meetings", "会议真实并发峰值分布"),
            t(
                "Concurrent members of each meeting, from their joining and leaving; each bar is named by its upper bound.",
                "由成员的加入和离开时间算出的每场会议同时在线峰值；每根柱以区间上限命名。",
            ),
            "finished_peak_participants",
            "short",
        ),
        curves(
            t("Details to be read", "待读取的详情"),
            t(
                "Finished meetings whose detail has not been read yet. It should fall back to 0; if it only rises, "
                "max_per_minute is too low for this application.",
                "尚未读取详情的已结束会议数。应当会降回 0；只升不降说明该应用的 max_per_minute 太小。",
            ),
            [query(each("details_pending"), t("pending", "待读取"))],
            width=12,
            height=6,
            unit="short",
            low=0,
        ),
        curves(
            t("Details given up", "放弃读取的详情"),
            t(
                "Finished meetings in the selected time whose detail was given up or is gone.",
                "所选时间内放弃读取或已不存在的会议详情数。",
            ),
            [query(grown("details_skipped_total", RANGE, by="reason"), "{{reason}}")],
            width=12,
            height=6,
            unit="short",
            low=0,
            steps=steps((1, RED)),
        ),
    ]
