#!/usr/bin/python3
"""Reads a scrape (standard input) with Prometheus' own parser and answers about it.

metrics.py FAMILIES-FILE             the scrape is well-formed, and its families are those that the Markdown file lists
metrics.py value NAME [LABEL=VALUE...]  the sum of the samples that have these labels
"""
import re
import sys

from prometheus_client.parser import text_string_to_metric_families


def samples(families):
    for family in families:
        for sample in family.samples:
            yield sample


def value(families, name, labels):
    wanted = dict(label.split("=", 1) for label in labels)
    found = [sample.value for sample in samples(families)
             if sample.name == name and all(sample.labels.get(key) == text for key, text in wanted.items())]
    print("%g" % sum(found) if found else "none")


def check(families, path):
    names = [family.name + ("_total" if family.type == "counter" else "") for family in families]
    if len(names) != len(set(names)):
        sys.exit("a family is there twice: %s" % names)
    untyped = [family.name for family in families if family.type not in ("counter", "gauge", "histogram")]
    if untyped:
        sys.exit("without a type: %s" % untyped)
    with open(path, encoding="utf-8") as text:
        listed = set(re.findall(r"^\| `(ut_agent_[a-z_]+)` \|", text.read(), re.M))
    if not set(names) <= listed:
        sys.exit("not in %s: %s" % (path, sorted(set(names) - listed)))
    print("%d families; listed and not there: %s" % (len(names), sorted(listed - set(names)) or "none"))


def main():
    families = list(text_string_to_metric_families(sys.stdin.read()))
    if sys.argv[1] == "value":
        value(families, sys.argv[2], sys.argv[3:])
    else:
        check(families, sys.argv[1])


if __name__ == "__main__":
    main()
