"""Reads Kubernetes manifests on standard input, holds each to the schemas of its kind, and prints them as JSON.

    manifests.py SCHEMAS OPERATOR <manifests.yaml

SCHEMAS is the package of Kubernetes' OpenAPI schemas that scripts/tools.sh downloads. Every manifest must be
valid for its oldest and its newest release, strictly: a field that the kind does not have is an error.
OPERATOR has schemas of the Prometheus operator's kinds, by the name of the kind.
"""

import json
import re
import sys
import zipfile

import fastjsonschema
from ruamel.yaml import YAML

FOLDER = re.compile(r"kubernetes_validate/kubernetes-json-schema/v(\d+)\.(\d+)\.\d+-local-strict/_definitions\.json$")


class Kubernetes:
    """The kinds of one release."""

    def __init__(self, package, definitions):
        self.package = package
        self.folder = definitions.rsplit("/", 1)[0]
        self.definitions = json.loads(package.read(definitions))
        self.validators = {}

    def check(self, manifest):
        kind, version = manifest["kind"].lower(), manifest["apiVersion"]
        # apps/v1 is apps-v1, networking.k8s.io/v1 is networking-v1.
        version = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", version)
        if (kind, version) not in self.validators:
            self.validators[kind, version] = self.compile(f"{self.folder}/{kind}-{version}.json")
        self.validators[kind, version](manifest)

    def compile(self, path):
        if path not in self.package.namelist():
            raise ValueError(f"there is no such kind: {path}")
        schema = json.loads(self.package.read(path).decode().replace("/api/_definitions.json#/", "#/"))
        schema["$defs"] = self.definitions["$defs"]
        # Everything is here, and nothing is to be fetched.
        del schema["$id"]
        schema["$schema"] = "http://json-schema.org/draft-07/schema#"
        # `int-or-string` and its like are Kubernetes' own.
        return fastjsonschema.compile(schema, use_formats=False, detailed_exceptions=False)


def releases(package):
    found = []
    for name in package.namelist():
        match = FOLDER.match(name)
        if match:
            found.append((int(match[1]), int(match[2]), name))
    found.sort()
    return [Kubernetes(package, found[at][2]) for at in (0, -1)]


def main():
    package = zipfile.ZipFile(sys.argv[1])
    kubernetes = releases(package)
    with open(sys.argv[2], encoding="utf-8") as file:
        operator = {kind: fastjsonschema.compile(schema) for kind, schema in json.load(file).items()}
    manifests = [manifest for manifest in YAML(typ="safe", pure=True).load_all(sys.stdin) if manifest]
    wrong = 0
    for manifest in manifests:
        name = f'{manifest.get("kind")} {manifest.get("metadata", {}).get("name")}'
        try:
            if manifest["apiVersion"] == "monitoring.coreos.com/v1":
                operator[manifest["kind"]](manifest)
            else:
                for release in kubernetes:
                    release.check(manifest)
        except (KeyError, ValueError) as error:
            wrong += 1
            print(f"{name}: {error!r}", file=sys.stderr)
    json.dump(manifests, sys.stdout)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
