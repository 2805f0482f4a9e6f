"""Numbers as people read them, and axes for them."""

import math
from datetime import datetime, timedelta, timezone

# The days of the simulated vendor.
ZONE = timezone(timedelta(hours=8))
DURATIONS = {
    "en": ((86400, " d"), (3600, " h"), (60, " min"), (1, " s"), (0.001, " ms")),
    "zh-CN": ((86400, " 天"), (3600, " 小时"), (60, " 分"), (1, " 秒"), (0.001, " 毫秒")),
}


def number(value):
    if value is None or math.isnan(value):
        return "–"
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(value) >= size:
            return f"{trimmed(value / size)} {letter}"
    return trimmed(value)


def trimmed(value):
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown(value, unit, language):
    """A value in its unit."""
    if value is None or math.isnan(value):
        return "–"
    if unit == "s":
        for size, name in DURATIONS[language]:
            if abs(value) >= size:
                return trimmed(value / size) + name
        return "0"
    if unit == "percentunit":
        return f"{trimmed(100 * value)}%"
    if unit == "reqps":
        return f"{number(value)}/s"
    if unit.startswith("dateTime"):
        return clock(value / 1000, "%Y-%m-%d %H:%M")
    return number(value)


def clock(at, form):
    return datetime.fromtimestamp(at, ZONE).strftime(form)


def ticks(low, high, unit, wanted=4):
    """Round numbers from `low` to beyond `high`."""
    if high <= low:
        high = low + 1
    rough = (high - low) / wanted
    if unit == "s" and rough >= 60:
        rounds = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000, 2592000]
        step = next((one for one in rounds if one >= rough), rounds[-1])
    else:
        size = 10 ** math.floor(math.log10(rough))
        step = next(one * size for one in (1, 2, 2.5, 5, 10) if one * size >= rough * 0.999)
    first = math.floor(low / step)
    last = math.ceil(high / step - 1e-9)
    return [place * step for place in range(first, last + 1)]
