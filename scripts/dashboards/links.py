"""Links from a figure to the application it belongs to."""

from frame import address
from language import t


def application_link(name):
    """Opens the application that was clicked on."""
    kept = "var-datasource=${datasource}&${job:queryparam}&${__url_time_range}"
    title = t("Open this application", "查看该应用")
    return {"title": title, "url": address("application", f"?{kept}&var-app={name}"), "targetBlank": False}


OF_A_SERIES = [application_link("${__field.labels.app}")]
OF_A_CELL = [application_link("${__value.text}")]
