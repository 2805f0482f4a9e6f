#!/usr/bin/env python3
"""The series of an exposition in a registry of Python's prometheus-client, served by its own server.

    python_peer.py TEXT     prints the address it listens on, and serves until it is killed
"""

import sys

import prometheus_client
from prometheus_client.parser import text_string_to_metric_families


class Same:
    """A collector of families that were read from a file."""

    def __init__(self, path):
        registry = prometheus_client.CollectorRegistry()
        self.registry = registry
        with open(path, encoding="utf-8") as file:
            for family in text_string_to_metric_families(file.read()):
                self.add(family)

    def add(self, family):
        """Makes instruments of a family; a histogram's samples are counters here: what is measured is the writing."""
        instruments = {}
        for sample in family.samples:
            names = tuple(sample.labels)
            kind = prometheus_client.Gauge if family.type == "gauge" else prometheus_client.Counter
            key = sample.name, names
            if key not in instruments:
                name = sample.name + ("_samples" if family.type == "histogram" else "")
                instruments[key] = kind(name, "The same series.", names, registry=self.registry)
            instrument = instruments[key].labels(**sample.labels) if names else instruments[key]
            (instrument.set if family.type == "gauge" else instrument.inc)(sample.value)


server, _ = prometheus_client.start_http_server(0, addr="127.0.0.1", registry=Same(sys.argv[1]).registry)
print(f"http://127.0.0.1:{server.server_port}/metrics", flush=True)
_.join()
