"""What we ship to other systems asks only for what there is."""

import json
import re
from pathlib import Path

import yaml

from core.metrics import names
from core.metrics.names import Instrument, Kind
from core.metrics.prometheus import prometheus_name

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
SUFFIXES = {Kind.COUNTER: ("_total",), Kind.GAUGE: ("",), Kind.HISTOGRAM: ("_bucket", "_count", "_sum")}
KNOWN = {
    prometheus_name(each) + suffix
    for each in vars(names).values()
    if isinstance(each, Instrument)
    for suffix in SUFFIXES[each.kind]
}
LABELS = {
    each.replace(".", "_")
    for each in (names.MODEL, names.PLACE, names.OUTCOME, names.ERROR_TYPE, names.BUDGET, names.SINK)
}


def test_the_dashboard_asks_only_for_metrics_and_labels_that_are_exposed():
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    asked += [each["definition"] for each in dashboard["templating"]["list"] if "definition" in each]
    assert len(asked) > 20
    words = {word for each in asked for word in re.findall(r"\b(?:gen_ai|claudeprompter|error)_\w+", each)}
    assert words <= KNOWN | LABELS
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)


def test_the_collectors_pipelines_name_only_what_is_set_up():
    config = yaml.safe_load((DEPLOY / "otel-collector.yml").read_text())
    for pipeline in config["service"]["pipelines"].values():
        for kind, used in pipeline.items():
            assert set(used) <= set(config[kind])


def test_every_name_is_documented_once_and_follows_the_form():
    instruments = [each for each in vars(names).values() if isinstance(each, Instrument)]
    assert len({each.name for each in instruments}) == len(instruments) > 20
    for each in instruments:
        assert re.fullmatch(r"(gen_ai|claudeprompter)(\.[a-z_]+)+", each.name)
        assert each.about.endswith(".")
