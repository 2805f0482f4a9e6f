"""How values look: thresholds, colours, mappings, overrides."""

from language import t

GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "text"


def steps(*pairs, base=GREEN):
    """Thresholds: the colour from each value on."""
    return [{"color": base, "value": None}] + [{"color": color, "value": value} for value, color in pairs]


PLAIN = steps(base=BLUE)
GOOD_ONE = steps((1, GREEN), base=RED)
BAD_ABOVE_ZERO = steps((1, RED))


def words(**by_value):
    """What to show instead of 0 and 1; keys are `zero` and `one`, values a text and a colour."""
    options = {}
    for index, (key, value) in enumerate((("zero", "0"), ("one", "1"))):
        text, color = by_value[key]
        options[value] = {"text": text, "color": color, "index": index}
    return [{"type": "value", "options": options}]


OK_OR_FAILED = words(zero=(t("failed", "失败"), RED), one=(t("ok", "正常"), GREEN))
UP_OR_DOWN = words(zero=(t("down", "异常"), RED), one=(t("up", "正常"), GREEN))

STATUS = (
    ("ended", t("ended", "正常结束")),
    ("recycled", t("recycled", "已回收")),
    ("cancelled", t("cancelled", "已取消")),
)
DAYS = (("today", t("today", "今天")), ("yesterday", t("yesterday", "昨天")))


def override(name, **properties):
    """Properties of one field; `__` in a key stands for the dot of `custom.…`."""
    return _override({"id": "byName", "options": name}, properties)


def override_query(ref, **properties):
    """Properties of whatever one query returns."""
    return _override({"id": "byFrameRefID", "options": ref}, properties)


def dashed(ref):
    """The look of a line from the past."""
    style = {"fill": "dash", "dash": [8, 6]}
    return override_query(ref, custom__lineStyle=style, custom__fillOpacity=0, custom__lineWidth=1)


def _override(matcher, properties):
    listed = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": matcher, "properties": listed}
