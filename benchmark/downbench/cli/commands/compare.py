"""``bench compare``: whether methods differ by more than chance."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

from downbench.cli.options import Json

EXAMPLES = (
    "bench compare runs/xshield/ofdiff/KEY runs/xshield/mean-noise/KEY --metric crps",
    "bench compare runs/xshield/mine/KEY ref:ofdiff ref:bicubic",
    "bench compare runs/xshield --metric crps",
)


def compare(
    run: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN",
            help="Two or more run directories with scores on the same frames, or a folder of them; "
            "ref:METHOD or ref:METHOD@SEED is a reference on these frames.",
        ),
    ],
    metric: Annotated[
        Optional[list[str]],
        typer.Option(
            metavar="NAME",
            show_default="headlines of all",
            help="Show only this metric, with all its components; repeat it for more.",
        ),
    ] = None,
    region: Annotated[str, typer.Option(metavar="NAME", help="One of the stored regions.")] = "all",
    season: Annotated[str, typer.Option(metavar="NAME", help="One of the stored seasons.")] = "all",
    json: Json = False,
) -> dict[str, Any]:
    """Compare runs by paired differences with intervals.

    Every pair of runs gets the difference of each metric with its 95 % interval and a verdict. Classes
    are led by their best run, and hold those that cannot be told apart from it.
    """
    from downbench.findings.compare import compare as compare_runs
    from downbench.references.opening import open_named

    result = compare_runs(open_named(run), metric or [], region, season)
    if not json:
        _print(result, everything=bool(metric))
    return result


def _print(result: dict[str, Any], everything: bool) -> None:
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    for letter, run in zip(_letters(len(result["runs"])), result["runs"], strict=True):
        seed = f", seed {run['seed']}" if run["seed"] is not None else ""
        apart = ["submitted"] if run["submitted"] else []
        apart += [] if run["training"] == "pairs" else [f"trained: {run['training']}"]
        marks = "".join(f", {mark}" for mark in [*run["marks"], *apart])
        track = f", track {run['track']}: fitted on {run['fitted_on']}" if run["track"] else ""
        where = "" if run["marks"] else f": {run['directory']}"
        console.print(
            f"{letter}  {run['name']}{seed}{marks}{track}, members {run['members']}{where}",
            soft_wrap=True,
        )
    finishing = [
        f"{letter} {', '.join(run['finishing']) or 'none'}"
        for letter, run in zip(_letters(len(result["runs"])), result["runs"], strict=True)
    ]
    console.print(f"finishing: {'; '.join(finishing)}")
    console.print(result["relation"], soft_wrap=True)
    block = "none" if result["block_hours"] is None else f"{result['block_hours']:g} h"
    console.print(
        f"n {result['n']} time steps, n_eff {result['n_eff']} resampling blocks of {block}; "
        f"region {result['region']}, season {result['season']}"
    )
    if result["no_interval"]:
        console.print(
            f"There are no intervals: {result['no_interval']}. The verdict counts the "
            "time steps (or time bins) in which the first run is better."
        )
    else:
        console.print(f"{result['level']:.0%} intervals from {result['resamples']} paired resamples")
    shown = [row for row in result["differences"] if everything or row["headline"]]
    for a, b in dict.fromkeys((row["a"], row["b"]) for row in shown):
        _print_pair(console, result, [row for row in shown if (row["a"], row["b"]) == (a, b)])
    _print_classes(console, result, {(row["metric"], row["component"]) for row in shown})
    _print_seeds(console, result, {(row["metric"], row["component"]) for row in shown})
    print_seed_intervals(console, result, {(row["metric"], row["component"]) for row in shown})


def _print_pair(console: Any, result: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    letters = _letters(len(result["runs"]))
    a, b = letters[rows[0]["a"]], letters[rows[0]["b"]]
    words = {"A better": f"{a} better", "B better": f"{b} better"}
    hours = {(h["a"], h["b"], h["metric"], h["component"]): h for h in result.get("hours", [])}
    table = Table(box=None, pad_edge=False)
    for title in ("", a, b, f"{a} - {b}", "interval", "verdict"):
        left = title in ("", "verdict")
        table.add_column(title, justify="left" if left else "right", no_wrap=not left)
    nulls: dict[str, list[str]] = {}
    for row in rows:
        name = f"{row['metric']} {row['component']}".strip()
        verdict = words.get(row["verdict"], row["verdict"]) or "null"
        if hour := hours.get((row["a"], row["b"], row["metric"], row["component"])):
            verdict = f"{a} better in {hour['a_better']}/{hour['times']}"
        elif row["verdict"] is None:
            nulls.setdefault(row["reason"], []).append(name)
        interval = "-" if row["low"] is None else f"[{row['low']:.3g}, {row['high']:.3g}]"
        numbers = [_number(row[key]) for key in ("value_a", "value_b", "difference")]
        table.add_row(name + (f" [{row['unit']}]" if row["unit"] else ""), *numbers, interval, verdict)
    console.print()
    console.print(table)
    for reason, names in nulls.items():
        reason = (
            {"A": a, "B": b}.get(reason[:1], reason[:1]) + reason[1:] if reason[1:5] == " has" else reason
        )
        console.print(f"null, {reason}: {', '.join(names)}", soft_wrap=True)


def _print_classes(console: Any, result: dict[str, Any], shown: set[tuple[str, str]]) -> None:
    letters = _letters(len(result["runs"]))
    ranked: dict[tuple[str, str], dict[int, list[str]]] = {}
    for row in result["classes"]:
        if (row["metric"], row["component"]) in shown:
            classes = ranked.setdefault((row["metric"], row["component"]), {})
            classes.setdefault(row["class"], []).append(letters[row["run"]])
    if len(letters) > 2 and ranked:
        console.print("\nClasses of methods that cannot be told apart, the best class first:")
        for (metric, component), classes in ranked.items():
            text = "  |  ".join(" ".join(classes[rank]) for rank in sorted(classes))
            console.print(f"{metric} {component}".strip() + f": {text}")


def _print_seeds(console: Any, result: dict[str, Any], shown: set[tuple[str, str]]) -> None:
    rows = [row for row in result["seeds"] if (row["metric"], row["component"]) in shown]
    rows = [row for row in rows if row.get("sd") != 0]
    if rows:
        console.print("\nSpread over seeds, apart from the sampling uncertainty:")
    for row in rows:
        name = f"{row['metric']} {row['component']}".strip()
        if "sd" in row:
            console.print(
                f"{name}, {row['methods'][0]}: mean {row['mean']:.4g}, sd over seeds {row['sd']:.2g}"
            )
        else:
            each = ", ".join(f"{seed}: {value:.3g}" for seed, value in row["differences"].items())
            console.print(f"{name}, {' - '.join(row['methods'])} at equal seeds: {each}")


def print_seed_intervals(console: Any, result: dict[str, Any], shown: set[tuple[str, str]]) -> None:
    """Print differences of methods with several seeds, for the metrics and components that are shown."""
    rows = [row for row in result["seed_intervals"] if (row["metric"], row["component"]) in shown]
    if rows:
        console.print("\nDifferences over weather and seeds together, for methods with several seeds:")
    for row in rows:
        name = f"{row['metric']} {row['component']}".strip()
        interval = f"{row['difference']:.3g} [{row['low']:.3g}, {row['high']:.3g}]"
        console.print(f"{name}, {' - '.join(row['methods'])}: {interval}")


def _letters(count: int) -> list[str]:
    return [chr(ord("A") + i) if i < 26 else f"R{i}" for i in range(count)]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
