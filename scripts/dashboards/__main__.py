"""Writes the Grafana dashboards, one file for each dashboard and language.

    python3 scripts/dashboards [FOLDER]      without a folder: deploy/grafana/dashboards
"""

import json
import sys
from pathlib import Path

import application
import exporter
import overview
from language import LANGUAGES, localise

FOLDER = Path(__file__).resolve().parents[2] / "deploy/grafana/dashboards"
DASHBOARDS = {"overview": overview, "application": application, "exporter": exporter}


def main(folder):
    for name, source in DASHBOARDS.items():
        built = source.build()
        for language in LANGUAGES:
            path = folder / language / f"{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(localise(built, language), ensure_ascii=False, indent=2)
            path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
