"""What was found in predictions: as a table, as JSON and as one HTML page that needs nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from downbench.submission.catalogue import CHECKS, Finding

_ORDER = ("error", "warning", "note")


@dataclass(frozen=True)
class Report:
    """The findings in some predictions.

    Args:
        file: name of the file or store.
        dataset: label of the dataset that it was held against.
        fingerprint: of that dataset.
        frames: number of frames that are scored.
        members: that were read.
        findings: the gravest first.
        complete: whether the values were looked at too: what cannot be read has no values.
    """

    file: str
    dataset: str
    fingerprint: str
    frames: int
    members: int
    findings: list[Finding] = field(default_factory=list)
    complete: bool = True

    def of(self, severity: str) -> list[Finding]:
        """Findings of a severity."""
        return [finding for finding in self.findings if finding.severity == severity]

    @property
    def valid(self) -> bool:
        """Whether nothing stands in the way of a submission."""
        return not self.of("error")

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        return {
            "file": self.file,
            "dataset": self.dataset,
            "fingerprint": self.fingerprint,
            "frames": self.frames,
            "members": self.members,
            "valid": self.valid,
            "complete": self.complete,
            "checks": len(CHECKS),
            "findings": [_row(finding) for finding in self.findings],
        }

    def as_text(self) -> str:
        """All of it for the terminal."""
        lines = [f"{self.file} for {self.dataset}: {self.summary}"]
        for finding in self.findings:
            check = CHECKS[finding.check]
            lines.append(f"  {check.severity:8} {finding.check}: {check.meaning}")
            lines.append(f"           {finding.message}")
            lines += [f"           -> {check.remedy}"] if check.remedy else []
        return "\n".join(lines)

    @property
    def summary(self) -> str:
        """How many findings there are, in a few words."""
        counts = [(len(self.of(severity)), severity) for severity in _ORDER]
        words = [f"{n} {severity}{'s' if n > 1 else ''}" for n, severity in counts if n]
        return ", ".join(words) or f"all of {len(CHECKS)} checks passed"

    def as_html(self) -> str:
        """All of it as a page."""
        from jinja2 import Environment

        page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(_PAGE)
        return page.render(report=self, rows=[_row(finding) for finding in self.findings])


def ordered(findings: list[Finding]) -> list[Finding]:
    """Findings once each, the gravest first."""
    return sorted(dict.fromkeys(findings), key=lambda finding: _ORDER.index(finding.severity))


def _row(finding: Finding) -> dict[str, str]:
    check = CHECKS[finding.check]
    return {
        "check": finding.check,
        "severity": check.severity,
        "message": finding.message,
        "meaning": check.meaning,
        "remedy": check.remedy,
    }


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ report.file }}: {{ report.summary }}</title>
<style>
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8886 }
.error { color: #b00020; font-weight: 600 } .warning { color: #8a5a00; font-weight: 600 }
@media (prefers-color-scheme: dark) { .error { color: #ff8a80 } .warning { color: #ffcc80 } }
</style>
</head>
<body>
<h1>{{ report.file }}</h1>
<p>Held against {{ report.dataset }} (fingerprint {{ report.fingerprint[:12] }}), {{ report.frames }} frames,
{{ report.members }} members: <strong>{{ report.summary }}</strong>.
{% if not report.complete %}
The values were not looked at, since they cannot be read as they stand.
{% endif %}</p>
{% if rows %}
<table>
<thead><tr><th>check</th><th>severity</th><th>what it means</th><th>what to do</th></tr></thead>
<tbody>
{% for row in rows %}
<tr><td><code>{{ row.check }}</code></td><td class="{{ row.severity }}">{{ row.severity }}</td>
<td>{{ row.meaning }}<br>{{ row.message }}</td><td>{{ row.remedy }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endif %}
</body>
</html>
"""
