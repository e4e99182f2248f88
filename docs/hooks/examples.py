"""A page for each example: its files, one after the other."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import links
import md

FOLDER = "reference/examples"
LANGUAGES = {".py": "python", ".toml": "toml", ".yaml": "yaml", ".yml": "yaml", ".sh": "sh"}


def pages() -> md.Makers:
    """A page for each file or folder of ``examples/``, and an index."""
    examples = [one for one in sorted((links.ROOT / "examples").iterdir()) if _files(one)]
    made: md.Makers = {shown(example): partial(_page, example) for example in examples}
    made[f"{FOLDER}/index.md"] = partial(_index, examples)
    return made


def _index(examples: list[Path]) -> str:
    rows = [[f"[{one.name}]({Path(shown(one)).name})", f"`examples/{one.name}`"] for one in examples]
    return md.page("# Examples", "They stand in the repository.", md.table(["example", "where"], rows))


def _files(example: Path) -> list[Path]:
    """Files to be shown, the README first and tests last."""
    shown = [file for file in (example.rglob("*") if example.is_dir() else [example]) if file.is_file()]
    shown = [file for file in shown if file.suffix in {*LANGUAGES, ".md"} and "egg-info" not in str(file)]
    return sorted(shown, key=lambda file: (file.name != "README.md", "tests" in file.parts, str(file)))


def _page(example: Path) -> str:
    parts = [f"# {example.name}"]
    for file in _files(example):
        content = file.read_text(encoding="utf-8")
        if file.name == "README.md":
            head, _, rest = content.partition("\n")
            source = file.relative_to(links.ROOT).as_posix()
            parts[0] = head
            parts.append(links.led_inside(rest.strip(), shown(example), source))
        elif content.strip():
            parts += [f"## {file.relative_to(example.parent)}", md.fence(content, LANGUAGES[file.suffix])]
    return md.page(*parts)


def shown(example: Path) -> str:
    """Path of an example's page."""
    return f"{FOLDER}/{example.name.removesuffix('.yaml')}.md"
