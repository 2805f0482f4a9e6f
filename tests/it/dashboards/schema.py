"""Holds dashboards to Grafana's own schema, as its Foundation SDK writes it down: every property must be known,
of its type and one of its values, and none that is required may be missing.

    python3 schema.py FILE…      prints one line for each fault; ends with 1 when there is any
"""

import enum
import inspect
import json
import sys
import types
import typing

from grafana_foundation_sdk.cog import plugins, runtime, variants
from grafana_foundation_sdk.models import common, dashboard, prometheus

# What the Prometheus data source keeps in an annotation, beside the properties that all of them have.
OF_ANNOTATIONS = {"expr", "step", "tagKeys", "titleFormat", "useValueForTime"}
# The SDK leaves out the options of fields that a panel type takes unchanged from the common ones.
FIELD_OPTIONS = {"timeseries": common.GraphFieldConfig, "table": common.TableFieldOptions}

# The SDK takes them for links between dashboards, but a field's links are these.
DATA_LINK = {"title", "url", "targetBlank"}


def hints(model):
    """The properties of a class, by the names that they have in JSON."""
    known = {}
    for name, hint in typing.get_type_hints(model).items():
        first, *rest = name.removesuffix("_val").split("_")
        known[first + "".join(part.capitalize() for part in rest)] = hint
    return known


def problems(hint, value, path):
    """What is wrong with a value, a line for each fault."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        yield from of_union(arguments, value, path)
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{path}: {value!r} is none of {arguments}"
    elif origin is list:
        if not isinstance(value, list):
            yield f"{path}: not a list"
            return
        for place, inner in enumerate(value):
            yield from problems(arguments[0], inner, f"{path}[{place}]")
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{path}: not an object"
            return
        for key, inner in value.items():
            yield from problems(arguments[1], inner, f"{path}.{key}")
    elif hint in (object, typing.Any):
        return
    elif hint is variants.Dataquery:
        yield from problems(prometheus.Dataquery, value, path)
    elif inspect.isclass(hint) and issubclass(hint, enum.Enum):
        if value not in [member.value for member in hint]:
            yield f"{path}: {value!r} is no {hint.__name__}"
    elif hint in (str, bool):
        if not isinstance(value, hint):
            yield f"{path}: {value!r} is no {hint.__name__}"
    elif hint in (int, float):
        whole = isinstance(value, int) or (hint is float and isinstance(value, float))
        if not whole or isinstance(value, bool):
            yield f"{path}: {value!r} is no number"
    elif hint is type(None):
        if value is not None:
            yield f"{path}: {value!r} is not null"
    else:
        yield from of_class(hint, value, path)


def of_union(arguments, value, path):
    if value is None and type(None) in arguments:
        return
    kinds = [argument for argument in arguments if argument is not type(None)]
    if {dashboard.Panel, dashboard.RowPanel} == set(kinds):
        kinds = [dashboard.RowPanel if value.get("type") == "row" else dashboard.Panel]
    attempts = [list(problems(kind, value, path)) for kind in kinds]
    yield from min(attempts, key=len)


def of_class(model, value, path):
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no {model.__name__}"
        return
    known = hints(model)
    for key, inner in value.items():
        if model is dashboard.FieldConfig and key == "links":
            yield from (f"{path}.links: {link}" for link in inner if set(link) != DATA_LINK)
        elif key in known:
            yield from problems(known[key], inner, f"{path}.{key}")
        elif not (model is dashboard.AnnotationQuery and key in OF_ANNOTATIONS):
            yield f"{path}.{key}: unknown to {model.__name__}"
    for key, hint in known.items():
        if key not in value and type(None) not in typing.get_args(hint):
            yield f"{path}: {key} is missing"
    if model is dashboard.Panel:
        yield from of_panel_type(value, path)


def of_panel_type(panel, path):
    """Options and field options are the business of the panel's type."""
    kind = panel["type"]
    config = runtime.panelcfg_config(kind)
    if config is None:
        yield f"{path}: {kind} is no type of panel"
        return
    hook = config.options_from_json_hook
    yield from problems(hook.__self__, panel["options"], f"{path}.options")
    custom = panel["fieldConfig"]["defaults"].get("custom", {})
    hook = config.field_config_from_json_hook
    model = FIELD_OPTIONS.get(kind) or (hook and hook.__self__)
    if model:
        yield from problems(model, custom, f"{path}.fieldConfig.defaults.custom")
    elif custom:
        yield f"{path}: {kind} has no field options"


def main(files):
    plugins.register_default_plugins()
    faults = []
    for file in files:
        with open(file, encoding="utf-8") as stream:
            faults += problems(dashboard.Dashboard, json.load(stream), file)
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
