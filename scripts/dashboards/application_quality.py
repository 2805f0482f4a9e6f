"""One application: how far its numbers can be trusted."""

from fields import PLAIN
from language import t
from panels import curves, query
from queries import each, grown, series


def quality():
    age = f"time() - {each('collector_last_success_timestamp_seconds', by='app, collector')}"
    codes = f"sum by (endpoint, code) (rate({series('api_requests_total')}[$__rate_interval]))"
    return [
        curves(
            t("Age of data by collector", "各采集器的数据滞后"),
            t(
                "Time since each collector's last successful run began, and its interval, which it should hardly exceed.",
                "距离每个采集器上一次成功运行开始的时间，以及它的采集间隔：前者不应明显超过后者。",
            ),
            [
                query(age, "{{collector}}"),
                query(each("collector_interval_seconds", by="app, collector"), t("{{collector}} interval", "{{collector}} 间隔")),
            ],
            unit="s",
            low=0,
        ),
        curves(
            t("Calls to the vendor", "对服务方的调用"),
            t(
                "Calls per second by endpoint and the code of the answer, or what stood in the way of one.",
                "每秒调用次数，按接口和应答码（或未得到应答的原因）区分。",
            ),
            [query(codes, "{{endpoint}} {{code}}")],
            stacked=True,
            unit="reqps",
            low=0,
        ),
        curves(
            t("Agreement of daily figures and lists", "每日统计与会议列表的一致性"),
            t(
                "The last closed day's figure over the sum of the meetings listed for it; far from 1 means that units or "
                "coverage are off.",
                "最近一个已结束的日子，按日统计与会议列表之和的比值；远离 1 说明单位或范围不对。",
            ),
            [query(each("consistency_ratio", by="app, field"), "{{field}}")],
            width=8,
            unit="none",
            decimals=2,
            steps=PLAIN,
        ),
        curves(
            t("Corrections by the vendor", "服务方下调数字"),
            t(
                "Times in the 24 hours before each point that the vendor lowered a day's figure that was already counted.",
                "每个时刻之前 24 小时内，服务方把已经计入的当日数字调低的次数。",
            ),
            [query(grown("upstream_corrections_total", "1d", by="app, field"), "{{field}}")],
            width=8,
            unit="short",
            low=0,
        ),
        curves(
            t("Answers that contradict themselves", "自相矛盾的应答"),
            t(
                "Daily answers in the 24 hours before each point whose sums are not the sums of their days.",
                "每个时刻之前 24 小时内，合计与明细之和不符的每日统计应答数。",
            ),
            [query(grown("inconsistent_answers_total", "1d"), t("answers", "应答数"))],
            width=8,
            unit="short",
            low=0,
        ),
    ]
