"""What records leave out of configurations, because it is the default of a parameter that came later."""

from types import SimpleNamespace

from downbench.store.later_parameters import whole_configurations


def run(name, **configuration):
    method = SimpleNamespace(name=name, distribution="downbench", configuration=configuration)
    return SimpleNamespace(method=method)


def test_a_later_parameter_has_its_default_where_another_run_has_it():
    runs = [run("ofdiff", order=1, relative_to="interpolation"), run("ofdiff", order=2)]
    assert whole_configurations(runs) == [
        {"order": 1, "relative_to": "interpolation"},
        {"order": 2, "relative_to": "prediction"},
    ]


def test_other_parameters_stay_lacking():
    """They may not have been there at the time, or nobody here may know the method."""
    runs = [run("ofdiff", order=1, old=3), run("ofdiff", order=1)]
    assert whole_configurations(runs) == [{"order": 1, "old": 3}, {"order": 1}]
    unknown = [run("nobody-s", a=1, b=2), run("nobody-s", a=1)]
    assert whole_configurations(unknown) == [{"a": 1, "b": 2}, {"a": 1}]


def test_nothing_is_added_that_no_run_has():
    assert whole_configurations([run("ofdiff", order=1), run("ofdiff", order=2)]) == [
        {"order": 1},
        {"order": 2},
    ]
