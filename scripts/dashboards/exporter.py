"""The exporter itself: the dashboard, its state and its process."""

from exporter_api import age, api, waiting
from fields import GOOD_ONE, OK_OR_FAILED, RED, YELLOW, steps
from frame import app, dashboard, instance
from language import t
from panels import curves, query, stat
from queries import INSTANCE, INSTANCE_APP, own_quantile, own_rate, process, series


def build():
    description = t(
        "The exporter's own work: calls to the vendor, waiting, clock and age of data, reloads, state, scrapes, process.",
        "Exporter 自身的工作：对服务方的调用、限速等待、时钟与数据滞后、重新加载、状态、抓取和进程。",
    )
    rows = [
        (t("State", "状态"), state() + division()),
        (t("Calls to the vendor", "对服务方的调用"), api()),
        (t("Retries and waiting", "重试与等待"), waiting()),
        (t("Clock and age of data", "时钟与数据滞后"), age()),
        (t("Scrapes", "抓取"), scrapes()),
        (t("Process", "进程"), the_process()),
    ]
    return dashboard("exporter", description, [instance(), app()], rows, span="6h", refresh="30s")


def own(metric, together="min"):
    return f"{together}({series(metric, of=INSTANCE)})"


def state():
    return [
        stat(
            t("Exporters", "Exporter 数"),
            t("Exporters that Prometheus can scrape.", "Prometheus 能够抓取到的 exporter 数。"),
            f"sum(up{{{INSTANCE}}})",
            unit="short",
            steps=steps((1, "green"), base=RED),
        ),
        stat(
            t("Applications", "应用数"),
            t("Applications that are watched.", "正在监测的应用数。"),
            f"count(count by (app) ({series('up', of=INSTANCE)}))",
            unit="short",
        ),
        stat(
            t("Version", "版本"),
            t("The versions in use, and how many exporters run each.", "正在使用的版本，以及各有几个 exporter。"),
            query(
                f"count by (version, revision, rustversion) ({series('exporter_build_info', of=INSTANCE)})",
                "{{version}}",
                instant=True,
            ),
            graph=False,
            words=True,
            unit="short",
        ),
        stat(
            t("Configuration", "配置"),
            t(
                "Whether the last attempt to load the configuration succeeded, on every selected exporter.",
                "所选的每个 exporter 最近一次加载配置是否成功。",
            ),
            own("exporter_config_last_reload_successful"),
            unit="none",
            graph=False,
            steps=GOOD_ONE,
            mappings=OK_OR_FAILED,
        ),
        stat(
            t("Configuration loaded", "配置加载时间"),
            t("When a configuration was last loaded.", "最近一次成功加载配置的时间。"),
            f"{own('exporter_config_last_reload_success_timestamp_seconds', 'max')} * 1000",
            unit="dateTimeFromNow",
            graph=False,
        ),
        stat(
            t("Totals on disk", "累计值落盘"),
            t(
                "Whether the last write of the totals succeeded, on every selected exporter.",
                "所选的每个 exporter 最近一次写入累计值是否成功。",
            ),
            own("exporter_state_ok"),
            unit="none",
            graph=False,
            steps=GOOD_ONE,
            mappings=OK_OR_FAILED,
        ),
        stat(
            t("Running since", "启动于"),
            t("When the exporter that started last did so.", "最晚启动的 exporter 的启动时间。"),
            f"max(process_start_time_seconds{{{INSTANCE}}}) * 1000",
            unit="dateTimeFromNow",
            graph=False,
        ),
        stat(
            t("Largest clock skew", "最大时钟偏差"),
            t(
                "The largest difference, either way, between an exporter's clock and the vendor's. Beyond 60 seconds every "
                "call is refused.",
                "Exporter 与服务方时钟之差的最大绝对值；超过 60 秒后所有调用都会被拒绝。",
            ),
            f"max(abs({series('api_clock_skew_seconds', of=INSTANCE)}))",
            unit="s",
            steps=steps((10, YELLOW), (30, RED)),
        ),
    ]


def division():
    shards = f"count(count_values(\"shard\", {series('exporter_shard_index', of=INSTANCE)}))"
    return [
        stat(
            t("Shards that run", "运行中的分片"),
            t(
                "Different shards that run, as a share of those that the applications are divided among; 100 % where they "
                "are not divided.",
                "正在运行的不同分片占全部分片的比例；不分片时为 100%。",
            ),
            f"({shards} or vector(1)) / ({own('exporter_shards', 'max')} or vector(1))",
            width=4,
            unit="percentunit",
            steps=steps((1, "green"), base=RED),
        ),
        stat(
            t("Web configuration", "Web 配置"),
            t(
                "Whether the last attempt to load the web configuration file, with its certificate and passwords, succeeded "
                "on every selected exporter.",
                "所选的每个 exporter 最近一次加载 Web 配置文件（含证书和密码）是否成功。",
            ),
            own("exporter_web_config_last_reload_successful"),
            width=4,
            unit="none",
            graph=False,
            steps=GOOD_ONE,
            mappings=OK_OR_FAILED,
            no_value=t("none", "未使用"),
        ),
        stat(
            t("Web configuration loaded", "Web 配置加载时间"),
            t("When a web configuration file was last loaded.", "最近一次成功加载 Web 配置文件的时间。"),
            f"{own('exporter_web_config_last_reload_success_timestamp_seconds', 'max')} * 1000",
            width=4,
            unit="dateTimeFromNow",
            graph=False,
            no_value=t("none", "未使用"),
        ),
        curves(
            t("Refused by the web server", "Web 服务器的拒绝"),
            t(
                "Requests and connections per second that the web server refused or ended early to protect itself.",
                "Web 服务器为保护自身而拒绝或提前结束的请求和连接数（每秒）。",
            ),
            [query(own_rate("exporter_web_refusals_total", "reason", of=INSTANCE), "{{reason}}")],
            width=6,
            height=4,
            unit="reqps",
            low=0,
        ),
        curves(
            t("Series left out", "被省略的序列"),
            t("Series of each application that are left out because of max_series.", "因 max_series 而没有输出的序列数。"),
            [query(f"max by (app) ({series('exporter_dropped_series', of=INSTANCE_APP)})", "{{app}}")],
            width=6,
            height=4,
            unit="short",
            low=0,
        ),
    ]


def scrapes():
    return [
        curves(
            t("Scrapes answered", "已应答的抓取"),
            t("Scrapes per second, whoever asks.", "每秒应答的抓取次数，不论是谁发起。"),
            [query(own_rate("exporter_scrapes_total", "instance", of=INSTANCE), "{{instance}}")],
            width=6,
            unit="reqps",
            low=0,
        ),
        curves(
            t("Cost of a scrape", "抓取耗时"),
            t(
                "How long the exporter takes to write the answer (99 % are faster), and how long the scrape takes as "
                "Prometheus sees it.",
                "Exporter 生成应答的用时（99 分位），以及 Prometheus 看到的抓取用时。",
            ),
            [
                query(own_quantile(0.99, "exporter_scrape_duration_seconds", "instance"), t("{{instance}} writing", "{{instance}} 生成")),
                query(f"scrape_duration_seconds{{{INSTANCE}}}", t("{{instance}} scrape", "{{instance}} 抓取")),
            ],
            width=6,
            unit="s",
            low=0,
        ),
        curves(
            t("Samples per scrape", "每次抓取的样本数"),
            t("It grows with the number of applications and stays level otherwise.", "随应用数增长，除此之外应保持平稳。"),
            [query(f"scrape_samples_scraped{{{INSTANCE}}}", "{{instance}}")],
            width=6,
            unit="short",
            low=0,
        ),
        curves(
            t("Text kept ready", "预先生成的文本"),
            t(
                "Memory taken by the text and the compressed text that are kept ready for scrapes.",
                "为应答抓取而预先生成的文本及其压缩版本占用的内存。",
            ),
            [query(f"max by (instance) ({series('exporter_exposition_bytes', of=INSTANCE)})", "{{instance}}")],
            width=6,
            unit="bytes",
            low=0,
        ),
    ]


def the_process():
    return [
        curves(
            t("CPU", "CPU"),
            t("Processors in use.", "占用的处理器数。"),
            [query(f"rate(process_cpu_seconds_total{{{INSTANCE}}}[$__rate_interval])", "{{instance}}")],
            width=6,
            unit="short",
            low=0,
        ),
        curves(
            t("Memory", "内存"),
            t("Resident memory, and the address space dashed.", "常驻内存；虚线为虚拟内存。"),
            [
                query(process("resident_memory_bytes"), t("{{instance}} resident", "{{instance}} 常驻")),
                query(process("virtual_memory_bytes"), t("{{instance}} virtual", "{{instance}} 虚拟")),
            ],
            width=6,
            unit="bytes",
            low=0,
        ),
        curves(
            t("Open files", "打开的文件"),
            t("Open file descriptors as a share of the limit.", "打开的文件描述符数占上限的比例。"),
            [query(f"{process('open_fds')} / {process('max_fds')}", "{{instance}}")],
            width=6,
            unit="percentunit",
            low=0,
            steps=steps((0.8, RED)),
            threshold_lines=True,
        ),
        curves(
            t("Threads", "线程"),
            t("Threads of the process.", "进程的线程数。"),
            [query(process("threads"), "{{instance}}")],
            width=6,
            unit="short",
            low=0,
        ),
    ]
