from __future__ import annotations

from prometheus_client import REGISTRY

from spanbridge_ingest.telemetry import Telemetry


def test_services_do_not_share_metrics_with_each_other_or_the_process():
    first, second = Telemetry(), Telemetry()
    first.count_stored("traces", 10, 1, {})
    name = "spanbridge_accepted_bytes_total"
    assert first.registry.get_sample_value(name, {"signal": "traces"}) == 10
    assert second.registry.get_sample_value(name, {"signal": "traces"}) is None
    assert REGISTRY.get_sample_value(name, {"signal": "traces"}) is None


def test_the_reasons_of_rejection_are_bounded_as_labels():
    telemetry = Telemetry()
    for number in range(1000):
        telemetry.count_stored("traces", 0, 0, {f"reason_{number}": 1})
    telemetry.count_stored("traces", 0, 0, {"reason_0": 1})
    counts = {
        sample.labels["reason"]: sample.value
        for metric in telemetry.registry.collect()
        for sample in metric.samples
        if sample.name == "spanbridge_rejected_records_total"
    }
    assert len(counts) == 33
    assert counts["reason_0"] == 2
    assert counts["other"] == 1000 - 32


def test_every_metric_of_ours_says_what_it_means():
    ours = [metric for metric in Telemetry().registry.collect() if "spanbridge" in metric.name]
    assert len(ours) == 19
    assert all(metric.documentation.endswith(".") for metric in ours)
