"""Texts in two languages, kept side by side so that neither is forgotten."""

from typing import NamedTuple

LANGUAGES = ("en", "zh-CN")


class Text(NamedTuple):
    """A text for people. Queries, units and names are plain strings: they are the same in every language."""

    en: str
    zh: str


def t(en, zh):
    return Text(en, zh)


def localise(value, language):
    """The same structure, with every text in one language."""
    if isinstance(value, Text):
        return value.en if language == "en" else value.zh
    if isinstance(value, dict):
        return {key: localise(inner, language) for key, inner in value.items()}
    if isinstance(value, list):
        return [localise(inner, language) for inner in value]
    return value
