"""Findings as a page of HTML that needs nothing else."""

from __future__ import annotations

from html import escape

from downbench_datasets.looking.findings import Finding, shown

_COLOURS = {"ok": "#1b7f3b", "note": "#8a6d00", "wrong": "#b3261e"}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.4rem .6rem;"
    "border-bottom:1px solid #ddd}small{color:#555}"
)


def html_page(label: str, findings: list[Finding]) -> str:
    """The page; every text in it is escaped."""
    rows = "\n".join(_row(finding) for finding in findings)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(label)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>Check of {escape(label)}</h1>\n"
        f"<table><tr><th>Check</th><th>Verdict</th><th>What</th></tr>\n{rows}\n</table></body></html>\n"
    )


def _row(finding: Finding) -> str:
    what = escape(finding.message)
    if finding.indices:
        what += f"<br><small>at {escape(shown(finding.indices))}</small>"
    if finding.hint:
        what += f"<br><small>{escape(finding.hint)}</small>"
    verdict = f'<b style="color:{_COLOURS[finding.verdict]}">{finding.verdict}</b>'
    return f"<tr><td>{escape(finding.check)}</td><td>{verdict}</td><td>{what}</td></tr>"


def text_lines(findings: list[Finding]) -> list[str]:
    """Lines for a terminal."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.verdict:5}  {finding.check:11}  {finding.message}")
        if finding.indices:
            lines.append(f"{'':20}at {shown(finding.indices)}")
        if finding.hint and finding.verdict != "ok":
            lines.append(f"{'':20}{finding.hint}")
    return lines
