"""Pages that are made of the code say what the code says."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import downbench
from downbench.cli.main import COMMANDS
from downbench.plugins.session import configure, registry
from downbench_methods import toolkit


@pytest.mark.parametrize("kind", ["method", "metric", "dataset"])
def test_everything_that_is_built_in_has_a_page_in_its_index(made: Mapping[str, str], kind: str) -> None:
    configure(builtins_only=True)
    names = [entry.info.name for entry in registry().entries(kind)]
    configure()
    assert names
    assert all(f"]({name}.md)" in made[f"reference/{kind}s/index.md"] for name in names)
    assert {f"reference/{kind}s/{name}.md" for name in names} <= made.keys()


def test_a_page_of_a_method_has_its_parameters_presets_and_guide(made: Mapping[str, str]) -> None:
    page = made["reference/methods/ofdiff.md"]
    assert "| `train_steps` |" in page
    assert "| `order` | `2` |" in page
    assert page.count("| `paper` |") <= 1
    assert "[OF-Diff and the control that it has to beat](../../methods/ofdiff.md)" in page


def test_a_page_of_a_metric_has_definition_pitfall_and_check(made: Mapping[str, str]) -> None:
    page = made["reference/metrics/crps.md"]
    assert "| unit | mm/h |" in page
    assert "| best | lowest |" in page
    assert "**Definition.**" in page
    assert "**Mind.**" in page
    assert "properscoring" in page


def test_a_page_of_a_card_shows_the_card(made: Mapping[str, str]) -> None:
    assert "```yaml\n" in made["reference/datasets/knmi-2010.md"]


def test_every_command_has_a_page_with_its_options(made: Mapping[str, str]) -> None:
    for name in (*COMMANDS, "data", "data-check", "leaderboard", "serve"):
        assert f"reference/commands/{name}.md" in made
    page = made["reference/commands/run.md"]
    assert "`--members N`" in page
    assert "bench run --method ofdiff --dataset xshield" in page


def test_every_public_name_is_in_the_reference_of_the_api(made: Mapping[str, str]) -> None:
    text = "".join(made[uri] for uri in made if uri.startswith("reference/api/"))
    assert [n for n in downbench._HOME if f"::: downbench.{n}\n" not in text] == []
    assert [n for n in toolkit.__all__ if f"::: downbench_methods.toolkit.{n}\n" not in text] == []


def test_a_notebook_shows_code_tables_and_pictures(made: Mapping[str, str]) -> None:
    page = made["notebooks/first-look.md"]
    assert page.startswith("# A first look\n")
    assert "```python\nimport tempfile" in page
    assert 'class="dataframe"' in page
    assert "](data:image/png;base64," in page
    assert "<script" not in page


def test_links_out_of_the_docs_lead_to_pages_that_show_the_same(docs_hooks) -> None:
    inside = docs_hooks("links").led_inside
    assert inside("[x](../CONTRIBUTING.md)", "plugins.md") == "[x](contributing.md)"
    assert inside("[x](../../examples/demo.yaml)", "adr/a.md") == "[x](../reference/examples/demo.md)"
    assert inside("[x](docs/use/runs.md#a)", "changelog.md", "CHANGELOG.md") == "[x](use/runs.md#a)"
    assert inside("[x](notebooks/a.ipynb)", "python.md") == "[x](notebooks/a.md)"
    assert inside("[x](runs.md) [y](https://a.b/c)", "plugins.md") == "[x](runs.md) [y](https://a.b/c)"


def test_a_folder_in_the_navigation_becomes_its_pages(docs_hooks) -> None:
    """With a title a section of its own, without one pages of the section that it stands in."""
    uris = ["adr/1.md", "adr/index.md", "n/a.md", "x.md"]
    nav = [{"Guides": ["x.md", "n/"]}, {"Decisions": "adr/"}]
    assert docs_hooks("pages").filled(nav, uris) == [
        {"Guides": ["x.md", "n/a.md"]},
        {"Decisions": ["adr/index.md", "adr/1.md"]},
    ]


def test_plain_text_is_not_taken_for_markdown(docs_hooks) -> None:
    md = docs_hooks("md")
    assert md.cell("a_b <c> `d_e|f`\n g") == "a\\_b \\<c> `d_e\\|f` g"


def test_roles_of_docstrings_become_code(docs_hooks) -> None:
    assert docs_hooks("roles").as_markdown("a :class:`~x.Y` and ``z``") == "a `x.Y` and `z`"
