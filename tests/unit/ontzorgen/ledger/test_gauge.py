"""The gauge of the ledger's sum over municipalities."""

from prometheus_client import CollectorRegistry

from services.ontzorgen.metrics import LedgerSum


def test_municipalities_that_err_in_opposite_ways_do_not_cancel_each_other_out() -> None:
    registry = CollectorRegistry()
    gauge = LedgerSum("ledger_sum_cents", "Sum of the ledger", registry=registry)
    assert registry.get_sample_value("ledger_sum_cents") == 0
    gauge.set("gm0637", 5)
    gauge.set("gm0080", -5)
    assert registry.get_sample_value("ledger_sum_cents") == 10
    gauge.set("gm0637", 0)
    assert registry.get_sample_value("ledger_sum_cents") == 5
