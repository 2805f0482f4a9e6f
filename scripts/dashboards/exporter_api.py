"""The exporter's calls to the vendor, and how old what it knows is."""

from fields import GREEN, ORANGE, RED, YELLOW, dashed, override, steps
from language import t
from panels import curves, heatmap, query, table
from queries import FAILED, INSTANCE, INSTANCE_APP, own_mean, own_quantile, own_rate, series


def api():
    seen, said = "api_request_duration_seconds", "api_server_duration_seconds"
    between = f"{own_mean(seen, 'endpoint')} - {own_mean(said, 'endpoint')}"
    return [
        curves(
            t("Calls by endpoint", "各接口的调用"),
            t("Attempts at calls per second; a retry is a further attempt.", "每秒调用次数，重试另计一次。"),
            [query(own_rate("api_requests_total", "endpoint"), "{{endpoint}}")],
            width=8,
            stacked=True,
            unit="reqps",
            low=0,
        ),
        curves(
            t("Failed calls by code", "失败的调用（按错误码）"),
            t(
                "Attempts per second that were not answered with code 200: the vendor's code, or what stood in the way "
                "of an answer. The README's troubleshooting table says what to do about each.",
                "每秒应答码不是 200 的调用次数：服务方的错误码，或未得到应答的原因。处理方法见 README 的故障排查表。",
            ),
            [query(own_rate("api_requests_total", "code", labels=FAILED), "{{code}}")],
            width=8,
            stacked=True,
            unit="reqps",
            low=0,
        ),
        table(
            t("Failed calls in the selected time", "所选时间内失败的调用"),
            t("Attempts that failed, by code.", "失败的调用次数，按错误码区分。"),
            [
                (
                    t("Failed attempts", "失败次数"),
                    f"sum by (code) (increase({series('api_requests_total', FAILED, INSTANCE_APP)}[$__range])) > 0",
                    {"decimals": 0},
                ),
            ],
            key="code",
            width=8,
            unit="short",
            overrides=[override("code", displayName=t("Code", "错误码"))],
        ),
        curves(
            t("Latency and the vendor's own time", "调用延迟与服务方处理时间"),
            t(
                "95 % of the attempts are faster than this, as seen by the exporter; dashed, the time that the vendor "
                "says it worked (costTime).",
                "95% 的调用比这更快（以 exporter 所见为准），虚线为服务方自报的处理时间（costTime）。",
            ),
            [
                query(own_quantile(0.95, seen, "endpoint"), t("{{endpoint}} seen", "{{endpoint}} 实际")),
                query(own_quantile(0.95, said, "endpoint"), t("{{endpoint}} vendor", "{{endpoint}} 服务方")),
            ],
            width=8,
            unit="s",
            low=0,
            overrides=[dashed("B")],
        ),
        curves(
            t("Time on the way", "网络及其他耗时"),
            t(
                "Mean time of an attempt less the mean time that the vendor says it worked: network, TLS, proxies and queues.",
                "平均调用时间减去服务方自报的平均处理时间：网络、TLS、代理和排队。",
            ),
            [query(between, "{{endpoint}}")],
            width=8,
            unit="s",
        ),
        heatmap(
            t("Latency of all calls", "全部调用的延迟分布"),
            t("All endpoints together, as seen by the exporter.", "所有接口合计，以 exporter 所见为准。"),
            own_rate(seen + "_bucket", "le", of=INSTANCE),
            width=8,
            unit="s",
        ),
    ]


def waiting():
    waits = own_rate("api_throttled_seconds_total", "app")
    return [
        curves(
            t("Retries", "重试"),
            t("Attempts per second that followed a failed attempt at the same call.", "每秒因前一次失败而重试的次数。"),
            [query(own_rate("api_retries_total", "app, endpoint"), "{{app}} {{endpoint}}")],
            unit="reqps",
            low=0,
        ),
        curves(
            t("Waiting for the rate limit", "因限速而等待"),
            t(
                "Seconds that calls waited, per second; several calls can wait at once, so it can exceed 1. Above 0.5 "
                "for half an hour it alerts.",
                "每秒内各调用等待的秒数之和；多个调用可以同时等待，因此可能超过 1。持续半小时高于 0.5 会告警。",
            ),
            [query(waits, "{{app}}")],
            unit="short",
            low=0,
            steps=steps((0.5, RED)),
            threshold_lines=True,
        ),
    ]


def age():
    by = "instance, app, collector"
    success = series("collector_last_success_timestamp_seconds", of=INSTANCE_APP)
    took = f"max by ({by}) ({series('collector_duration_seconds', of=INSTANCE_APP)})"
    interval = f"max by ({by}) ({series('collector_interval_seconds', of=INSTANCE_APP)})"
    age_in_intervals = f"max by ({by}) (time() - {success}) / {interval}"
    skew_limits = [
        {"color": RED, "value": None},
        {"color": ORANGE, "value": -60},
        {"color": GREEN, "value": -30},
        {"color": ORANGE, "value": 30},
        {"color": RED, "value": 60},
    ]
    return [
        curves(
            t("Clock skew", "时钟偏差"),
            t(
                "The exporter's clock minus the vendor's. The lines stand at 30 seconds, where it alerts, and at 60, from "
                "where the vendor refuses every call.",
                "Exporter 时钟减去服务方时钟。参考线在 30 秒（开始告警）和 60 秒（服务方拒绝所有调用）处。",
            ),
            [query(f"max by (instance, app) ({series('api_clock_skew_seconds', of=INSTANCE_APP)})", "{{instance}} {{app}}")],
            width=6,
            unit="s",
            steps=skew_limits,
            threshold_lines=True,
        ),
        curves(
            t("Age of data in intervals", "数据滞后（按采集间隔计）"),
            t(
                "Time since a collector's last successful run began, as a multiple of its interval. Up to 1 is normal; "
                "from 3 on runs were missed.",
                "距离采集器上一次成功运行开始的时间，是采集间隔的几倍。不超过 1 属正常，达到 3 说明错过了若干次采集。",
            ),
            [query(age_in_intervals, "{{app}} {{collector}}")],
            width=6,
            unit="none",
            decimals=1,
            low=0,
            steps=steps((1.5, YELLOW), (3, RED)),
            threshold_lines=True,
        ),
        curves(
            t("Lag of runs", "采集启动延迟"),
            t(
                "95 % of each collector's runs began less than this after their place in the timetable. It grows when the "
                "exporter has more applications than it can serve.",
                "每个采集器 95% 的运行比计划晚开始的时间不超过此值；应用多到处理不过来时会增长。",
            ),
            [query(own_quantile(0.95, "exporter_schedule_lag_seconds", "collector"), "{{collector}}")],
            width=6,
            unit="s",
            low=0,
        ),
        curves(
            t("Length of runs", "采集用时"),
            t(
                "How long the last run of each collector took, as a share of its interval. Near 1 a collector cannot keep up.",
                "每个采集器最近一次运行的用时占采集间隔的比例；接近 1 说明采集跟不上。",
            ),
            [query(f"{took} / {interval}", "{{app}} {{collector}}")],
            width=6,
            unit="percentunit",
            low=0,
            steps=steps((0.5, YELLOW), (1, RED)),
        ),
    ]
