"""All applications at a glance."""

from fields import BAD_ABOVE_ZERO, BLUE, RED, YELLOW, dashed, override, steps
from frame import app, dashboard
from language import t
from links import OF_A_CELL, OF_A_SERIES
from overview_health import health, windows
from panels import curves, daily_bars, query, stat, table
from queries import A_DAY_LATER, TODAY, YESTERDAY, all_apps, each

# A change against last week: as usual between the blue ones.
CHANGE = steps((-0.5, YELLOW), (-0.2, BLUE), (0.2, BLUE), (1, YELLOW), base=RED)


def build():
    description = t(
        "Live meetings and people, today against yesterday and last week, and the health of every application.",
        "所有应用的实时会议与人数、今天与昨天和上周的对比，以及健康状况。",
    )
    rows = [
        (t("Now", "现在"), now()),
        (t("Live", "实时"), live()),
        (t("Today, yesterday and last week", "今天、昨天与上周"), days()),
        (t("Windows of days", "最近若干天"), windows()),
        (t("Health", "健康状况"), health()),
    ]
    return dashboard("overview", description, [app()], rows, span="24h", refresh="30s")


def now():
    down = f"count({each('up')} == 0) or vector(0)"
    age = f"max(time() - {each('collector_last_success_timestamp_seconds', by='app, collector')})"
    return [
        stat(
            t("Meetings in progress", "进行中的会议"),
            t("Meetings in progress in all selected applications.", "所选全部应用正在进行的会议数。"),
            all_apps("active_meetings"),
            unit="short",
        ),
        stat(
            t("People in meetings", "会中人数"),
            t("Participants of the meetings in progress.", "正在进行的会议中的参会人数。"),
            all_apps("active_participants"),
            unit="short",
        ),
        stat(
            t("Meetings today", "今日会议"),
            t("Meetings of the vendor's local day so far.", "服务方时区的今天到目前为止的会议数。"),
            all_apps("day_meetings", TODAY),
            unit="short",
        ),
        stat(
            t("Attendances today", "今日参会人次"),
            t("Attendances of today's meetings; who rejoins counts again.", "今天会议的参会人次，重新入会再记一次。"),
            all_apps("day_participants", TODAY),
            unit="short",
        ),
        stat(
            t("Meeting time today", "今日会议时长"),
            t("Summed length of today's meetings.", "今天所有会议的时长之和。"),
            all_apps("day_duration_seconds", TODAY),
            unit="s",
        ),
        stat(
            t("Highest peak today", "今日最高并发"),
            t(
                "The highest peak of concurrent participants of any one application today. Peaks of different "
                "applications fall at different times, so they are not added.",
                "单个应用今天并发人数的最高值。不同应用的峰值不在同一时刻，因此不相加。",
            ),
            f"max({each('day_peak_participants', TODAY)})",
            unit="short",
        ),
        stat(
            t("Applications down", "异常的应用"),
            t(
                "Applications of which a collector fails or is overdue; the health row below says which.",
                "有采集器失败或超期的应用数，具体是哪些见下方“健康状况”。",
            ),
            down,
            unit="short",
            steps=BAD_ABOVE_ZERO,
        ),
        stat(
            t("Oldest data", "最旧的数据"),
            t(
                "Time since the last successful run of the collector that is furthest behind.",
                "距离最落后的采集器上一次成功已有多久。",
            ),
            age,
            unit="s",
            steps=steps((900, YELLOW), (3600, RED)),
        ),
    ]


def live():
    def against_the_past(metric):
        return [
            query(all_apps(metric), t("now", "现在")),
            query(all_apps(metric, offset="1d"), t("a day before", "前一天")),
            query(all_apps(metric, offset="1w"), t("a week before", "前一周")),
        ]

    past = [dashed("B"), dashed("C")]
    return [
        curves(
            t("Meetings in progress by application", "各应用进行中的会议"),
            t("Stacked: the upper edge is the sum of all applications.", "堆叠显示，上沿为全部应用之和。"),
            [query(each("active_meetings"), "{{app}}")],
            stacked=True,
            unit="short",
            low=0,
            links=OF_A_SERIES,
        ),
        curves(
            t("People in meetings by application", "各应用会中人数"),
            t("Stacked: the upper edge is the sum of all applications.", "堆叠显示，上沿为全部应用之和。"),
            [query(each("active_participants"), "{{app}}")],
            stacked=True,
            unit="short",
            low=0,
            links=OF_A_SERIES,
        ),
        curves(
            t("Meetings in progress against the past", "进行中的会议与过去对比"),
            t(
                "All selected applications together, with the same time of the day and of the week before, dashed.",
                "所选全部应用合计；虚线为前一天和前一周的同一时刻。",
            ),
            against_the_past("active_meetings"),
            unit="short",
            low=0,
            overrides=past,
        ),
        curves(
            t("People in meetings against the past", "会中人数与过去对比"),
            t(
                "All selected applications together, with the same time of the day and of the week before, dashed.",
                "所选全部应用合计；虚线为前一天和前一周的同一时刻。",
            ),
            against_the_past("active_participants"),
            unit="short",
            low=0,
            overrides=past,
        ),
    ]


def days():
    today = each("day_meetings", TODAY)
    last_week = each("day_meetings", TODAY, offset="1w")
    return [
        table(
            t("Today against yesterday and last week", "今天与昨天、上周对比"),
            t(
                "Today so far, and the same time of the day a day and a week before, which Prometheus must have "
                "scraped; the change is against last week. Yesterday is the whole day.",
                "今天到目前为止的数字，以及前一天、前一周同一时刻的数字（需要 Prometheus 当时已在抓取）；变化相对于上周。"
                "“昨天全天”为完整的一天。",
            ),
            [
                (t("Meetings today", "今日会议"), today, {}),
                (t("a day before", "前一天此时"), each("day_meetings", TODAY, offset="1d"), {}),
                (t("a week before", "前一周此时"), last_week, {}),
                (
                    t("change in a week", "较上周变化"),
                    f"{today} / ({last_week} > 0) - 1",
                    {
                        "unit": "percentunit",
                        "thresholds": {"mode": "absolute", "steps": CHANGE},
                        "custom.cellOptions": {"type": "color-text"},
                    },
                ),
                (t("Yesterday, whole day", "昨天全天"), each("day_meetings", YESTERDAY), {}),
                (t("Attendances today", "今日参会人次"), each("day_participants", TODAY), {}),
                (t("Attendances yesterday", "昨日参会人次"), each("day_participants", YESTERDAY), {}),
                (t("Time today", "今日时长"), each("day_duration_seconds", TODAY), {"unit": "s"}),
                (t("Time yesterday", "昨日时长"), each("day_duration_seconds", YESTERDAY), {"unit": "s"}),
                (t("Peak today", "今日峰值"), each("day_peak_participants", TODAY), {}),
                (t("Peak yesterday", "昨日峰值"), each("day_peak_participants", YESTERDAY), {}),
                (t("Hosts yesterday", "昨日主持人数"), each("day_hosts", YESTERDAY), {}),
            ],
            height=6,
            unit="short",
            overrides=[override("app", displayName=t("Application", "应用"), links=OF_A_CELL)],
        ),
        daily_bars(
            t("Meetings by day", "每日会议数"),
            t(
                "A bar for each complete day of the last 30, stacked by application. Today is not among them.",
                "最近 30 天每天一根柱，按应用堆叠，均为完整的一天，不含今天。",
            ),
            each("day_meetings", YESTERDAY, offset=A_DAY_LATER),
            "{{app}}",
            stacked=True,
            unit="short",
        ),
        daily_bars(
            t("Attendances by day", "每日参会人次"),
            t(
                "A bar for each complete day of the last 30, stacked by application. Today is not among them.",
                "最近 30 天每天一根柱，按应用堆叠，均为完整的一天，不含今天。",
            ),
            each("day_participants", YESTERDAY, offset=A_DAY_LATER),
            "{{app}}",
            stacked=True,
            unit="short",
        ),
    ]
