"""A page for each method, metric and dataset, from what ``bench show NAME --json`` says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import links
import md

from downbench.cli.commands.show import show
from downbench.plugins.registry import Registration
from downbench.plugins.session import registry

KINDS = {"method": "Methods", "metric": "Metrics", "dataset": "Datasets"}
GUIDES = {
    "method": ("methods/ofdiff.md", "results/rivals.md", "methods/*.md"),
    "metric": ("results/metrics.md", "results/scoring.md"),
    "dataset": ("use/datasets.md", "use/cards.md", "use/reading.md", "use/pairs.md"),
}
INTRODUCTION = {
    "method": "`bench run --method NAME --dataset xshield` runs one. "
    "[A guide](../../results/rivals.md) compares them.",
    "metric": "`bench run --metric NAME` or `bench score RUN --metric NAME` works one out. "
    "[The guide](../../results/metrics.md) says how all of them are worked out.",
    "dataset": "`bench run --dataset NAME` runs on one. [The guide](../../use/datasets.md) and "
    "[the guide to cards](../../use/cards.md) say how they are read.",
}


def pages() -> md.Makers:
    """A page for each entry of the registry, and an index of each kind."""
    made: md.Makers = {}
    for kind in KINDS:
        entries = list(registry().entries(kind))
        made[f"reference/{kind}s/index.md"] = partial(_index, kind, entries)
        for entry in entries:
            made[f"reference/{kind}s/{entry.info.name}.md"] = partial(_page, entry)
    return made


def _index(kind: str, entries: list[Registration]) -> str:
    rows = [[f"[`{e.info.name}`]({e.info.name}.md)", md.cell(e.info.title), _tags(e)] for e in entries]
    return md.page(f"# {KINDS[kind]}", INTRODUCTION[kind], md.table([kind, "", "tags"], rows))


def _tags(entry: Registration) -> str:
    return md.cell(", ".join(entry.info.tags))


def _page(entry: Registration) -> str:
    shown = show(entry.full_name, json=True)
    kind = entry.info.kind
    return md.page(
        f"# {entry.info.name}",
        f"**{md.text(entry.info.title)}**",
        _description(shown, entry.info.title),
        *_PARTS[kind](shown, entry),
        _presets(shown),
        _configuration(shown, entry.info.name),
        _guides(entry.info.name, kind),
    )


def _description(shown: Mapping[str, Any], title: str) -> str:
    description = md.text(shown.get("description", "")).strip()
    return "" if description.rstrip(".") == title.rstrip(".") else description


def _facts(rows: Mapping[str, str]) -> str:
    return md.table(["", ""], [[key, value] for key, value in rows.items() if value])


def _method(shown: Mapping[str, Any], entry: Registration) -> list[str]:
    parts = {preset: sum(counts.values()) for preset, counts in shown["parameters"].items()}
    sizes = ", ".join(f"{preset or 'all'} {count:,}" for preset, count in parts.items())
    not_mean = shown["where_coarse_rain_is_not_the_mean"]
    facts = {
        "members": "differ" if shown["probabilistic"] else "one: it is deterministic",
        "coarse frames it looks at": f"{shown['past']} before, {shown['future']} after",
        "frames made together": str(shown["window"]) if shown["window"] > 1 else "",
        "makes several fine frames of a coarse one": "yes" if shown["refines_time"] else "",
        "its fit reads": {"pairs": ""}.get(shown["training"], shown["training"]),
        "where coarse rain is not the mean of the fine": md.code(not_mean),
        "trained parameters, by preset": sizes,
        "tags": _tags(entry),
        "reference": _reference(shown["reference"]),
    }
    return [_facts(facts), md.fence(f"bench run --method {entry.info.name} --dataset xshield", "sh")]


def _metric(shown: Mapping[str, Any], entry: Registration) -> list[str]:
    info: Any = entry.info
    low, high = shown["range"]
    check = info.check
    facts = {
        "unit": md.cell(shown["unit"]),
        "best": {"lower": "lowest", "higher": "highest", "zero": "zero"}.get(
            shown["direction"], shown["direction"]
        ),
        "range": f"{'-∞' if low is None else f'{low:g}'} to {'∞' if high is None else f'{high:g}'}",
        "frames that it looks back": str(shown["past"] or ""),
        "by region": "yes" if shown["regional"] else "no: it needs whole tiles",
        "in the standard set": "yes" if info.default else "no: only when it is named",
        "checked by": md.cell(f"{check.by}, to {check.relative:g} of the value + {check.absolute:g}")
        if check
        else "",
        "tags": _tags(entry),
        "reference": _reference(shown["reference"]),
    }
    return [
        md.text(info.plain),
        f"**Definition.** {md.text(shown['definition'])}" if shown["definition"] else "",
        f"**Mind.** {md.text(info.pitfall)}" if info.pitfall else "",
        _facts(facts),
        md.fence(f"bench run --method bicubic --dataset xshield --metric {entry.info.name}", "sh"),
    ]


def _dataset(shown: Mapping[str, Any], entry: Registration) -> list[str]:
    facts = {
        "coarse rain": md.cell(shown["coarse_rain"]),
        "licence": md.cell(shown["licence"]),
        "tags": _tags(entry),
        "reference": _reference(shown["reference"]),
    }
    card = getattr(entry.info, "card", "")
    content = links.ROOT.joinpath(card).read_text(encoding="utf-8") if card else ""
    return [
        _facts(facts),
        md.page("The card:", md.fence(content, "yaml")).rstrip() if card else "",
        md.fence(f"bench run --method bicubic --dataset {entry.info.name}", "sh"),
    ]


_PARTS: dict[str, Callable[[Mapping[str, Any], Registration], list[str]]] = {
    "method": _method,
    "metric": _metric,
    "dataset": _dataset,
}


def _reference(value: str) -> str:
    """A reference with links: arXiv and DOI numbers lead to their pages."""
    linked = re.sub(r"arXiv:(\d{4}\.\d{4,5})", r"[arXiv:\1](https://arxiv.org/abs/\1)", md.cell(value))
    return re.sub(r"(?<![/\w])doi:(10\.\S+?)(?=[,;\s]|$)", r"[doi:\1](https://doi.org/\1)", linked)


def _presets(shown: Mapping[str, Any]) -> str:
    presets = shown.get("presets") or {}
    keys = dict.fromkeys(key for values in presets.values() for key in values)
    rows = [
        [md.code(key), *(md.code(values[key]) if key in values else "" for values in presets.values())]
        for key in keys
    ]
    return md.page("## Presets", md.table(["", *presets], rows)).rstrip() if rows else ""


def _configuration(shown: Mapping[str, Any], name: str) -> str:
    rows = [
        [
            md.code(key),
            md.code(field["default"]),
            md.cell("; ".join(part for part in (field["type"], field["unit"]) if part)),
            md.cell(field["description"]),
        ]
        for key, field in (shown.get("configuration") or {}).items()
    ]
    if not rows:
        return ""
    return md.page(
        "## Parameters",
        f"`--set {name}.KEY=VALUE` sets one.",
        md.table(["key", "default", "type", "meaning"], rows),
    ).rstrip()


def _guides(name: str, kind: str) -> str:
    """Guides that speak of it."""
    docs = links.ROOT / "docs"
    files = [file for pattern in GUIDES[kind] for file in sorted(docs.glob(pattern))]
    lines = []
    for file in files:
        content = file.read_text(encoding="utf-8")
        if f"`{name}`" in content or f"**{name}**" in content:
            title = content.split("\n", 1)[0].removeprefix("# ")
            lines.append(f"* [{title}](../../{file.relative_to(docs).as_posix()})")
    return md.page("## Read more", "\n".join(lines)).rstrip() if lines else ""
