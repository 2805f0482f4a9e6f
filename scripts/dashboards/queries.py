"""Queries. Two replicas that watch one application say the same of it: such figures are taken once, by `max`.
What each replica does itself, such as calling the vendor, is added up."""

PREFIX = "netease_meeting_"
APP = 'job=~"$job", app=~"$app"'
INSTANCE = 'job=~"$job", instance=~"$instance"'
INSTANCE_APP = f'{INSTANCE}, app=~"$app"'
RATE = "$__rate_interval"
RANGE = "$__range"
TODAY, YESTERDAY = 'day="today"', 'day="yesterday"'
FAILED = 'code!="200"'
REALTIME = 'collector="realtime"'
# Asked a day later, "yesterday" is the day itself, complete.
A_DAY_LATER = "-1d"


def series(metric, labels="", of=APP):
    """A metric of ours, restricted to what the variables select."""
    return f"{PREFIX}{metric}{{{of}{', ' + labels if labels else ''}}}"


def each(metric, labels="", by="app", offset=""):
    """A figure of each application, whoever else watches it too."""
    return f"max by ({by}) ({series(metric, labels)}{offset and ' offset ' + offset})"


def all_apps(metric, labels="", offset=""):
    """A figure of all applications together."""
    return f"sum({each(metric, labels, offset=offset)})"


def grown(metric, over, labels="", by="app"):
    """How much a counter of the vendor's figures grew, whoever else watches it too."""
    return f"max by ({by}) (increase({series(metric, labels)}[{over}]))"


def buckets(metric, over, labels="", by=()):
    """A histogram's growth, as cumulative buckets."""
    kept = ", ".join(["le", *by])
    each_app = ", ".join(["app", "le", *by])
    return f"sum by ({kept}) (max by ({each_app}) (increase({series(metric + '_bucket', labels)}[{over}])))"


def quantile(share, metric, over, by=()):
    return f"histogram_quantile({share}, {buckets(metric, over, by=by)})"


def mean(metric, over, by="app"):
    """The mean of what a histogram observed; nothing where it observed nothing."""
    return f"{grown(metric + '_sum', over, by=by)} / ({grown(metric + '_count', over, by=by)} > 0)"


def own_rate(metric, by, over=RATE, labels="", of=INSTANCE_APP):
    """How fast the exporters themselves do something, added up."""
    return f"sum by ({by}) (rate({series(metric, labels, of)}[{over}]))"


def own_quantile(share, metric, by, over=RATE):
    kept = ", ".join(["le", by])
    return f"histogram_quantile({share}, {own_rate(metric + '_bucket', kept, over, of=INSTANCE)})"


def own_mean(metric, by, over=RATE):
    total = own_rate(metric + "_sum", by, over, of=INSTANCE)
    return f"{total} / ({own_rate(metric + '_count', by, over, of=INSTANCE)} > 0)"


def process(metric, by="instance"):
    return f"max by ({by}) (process_{metric}{{{INSTANCE}}})"
