"""What the scorecard shows in a real browser, and that its rows stand under their headings."""

from __future__ import annotations

from dataclasses import replace

from downbench import find_runs
from downbench_leaderboard.site import build_site

CARD = "[...document.querySelectorAll('#card tbody tr')].map((r) => r.querySelector('.name a').textContent)"


def cell(row, column, table="scores"):
    return (
        f"document.querySelector(`#{table} td[data-r='${{rowOf('{row}')}}']"
        f"[data-c='${{COLUMNS.findIndex((c) => c.id === '{column}')}}']`)"
    )


def test_the_scorecard_shows_errors_relative_to_bicubic(page, one, make):
    page.open(one / "index.html")
    assert page.run(CARD) == sorted(make.METHODS, key=lambda name: make.METHODS[name][1])
    assert page.run("document.querySelector('h1').textContent").startswith("On xshield (stand-in), ofdiff")
    classes = "e => [...e.classList].find((c) => /^([bw]\\d|s0|none|plain)$/.test(c))"
    assert page.run(f"({classes})({cell('bicubic', 'crps', 'card')})") == "s0"
    assert page.run(f"({classes})({cell('ofdiff', 'crps', 'card')})") == "b2"  # log2(0.0412 / 0.0628) = -0.61
    assert page.run(f"({classes})({cell('nearest', 'sae', 'card')})") == "none"
    page.go("#ref=nearest")
    assert page.run(f"({classes})({cell('bicubic', 'crps', 'card')})") == "s0"  # -0.096 rounds to none
    assert page.run(f"({classes})({cell('ofdiff', 'crps', 'card')})") == "b3"
    assert page.errors == []


def test_twenty_methods_and_27_metrics_fit_on_a_laptop(page, make, tmp_path):
    runs = []
    for i in range(20):
        run = make.run("ofdiff", method__name=f"a-method-{i:02d}")
        base = next(s for s in run["scores"] if s["metric"] == "crps")
        card = run["metrics"]["crps"]
        for k in range(21):
            run["metrics"][f"metric-{k}"] = {**card, "tags": [("spatial", "temporal", "calibration")[k % 3]]}
            run["scores"].append({**base, "metric": f"metric-{k}"})
        run["metrics"]["metric-0"]["headline"] = "the mean of the whole of the ensemble"
        run["scores"] += [{**base, "metric": "metric-0", "component": run["metrics"]["metric-0"]["headline"]}]
        runs.append(run)
    for run in runs:
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.size(1366, 768)
    page.open(tmp_path / "site" / "index.html")
    page.run("$('.bar').scrollIntoView({behavior: 'instant'})")
    bottom = page.run("$('#card').getBoundingClientRect().bottom")
    inside = page.run("$('#card').parentNode.scrollWidth <= $('#card').parentNode.clientWidth")
    assert page.run("document.querySelectorAll('#card tbody tr').length") == 20
    assert page.run("document.querySelectorAll('#card tbody tr:first-child td[data-c]').length") >= 27
    assert inside
    assert bottom <= 768
    page.size(1000, 700)
    page.run("dispatchEvent(new Event('resize'))")
    assert "Cost" in page.run("$('#card-further').textContent")  # what a narrow window hides is named
    page.size(1047, 740)  # A4 across without its margins
    page.go("#view=table")
    page.call("Emulation.setEmulatedMedia", media="print")
    page.wait("$$('#printed table').length > 1")
    widths = page.run("$$('#printed table').map((t) => t.getBoundingClientRect().right)")
    assert max(widths) <= 1047
    page.go("#view=compare")
    widths = page.run("$$('#comparison table').map((t) => t.getBoundingClientRect().right)")
    assert len(widths) == 3  # metrics, regions, seasons
    assert max(widths) <= 1047
    page.call("Emulation.setEmulatedMedia", media="")
    page.size(1400)


EDGES = """(table) => {
  const rows = [...document.querySelectorAll(`${table} tbody tr`)].slice(0, 3);
  const left = (cells) => [...cells].map((c) => Math.round(c.getBoundingClientRect().left));
  const name = document.querySelector(`${table} thead .name`);
  const heads = [name, ...document.querySelectorAll(`${table} thead tr:last-child th`)];
  return [left(heads), ...rows.map((row) => left(row.cells))];
}"""


def test_what_a_reader_must_know_of_a_row_is_in_sight_however_long_its_name(page, make, tmp_path):
    """A sign that stands in its row's cell and no further right, with its meaning below."""
    for name in ("bicubic", "ofdiff", f"long-{'name-' * 20}", *("diff" * i for i in range(1, 6))):
        make.write(tmp_path / "runs", make.run(name))
    files = [
        replace(
            file, marks=("reference", *(() if file.run["method"]["name"] == "ofdiff" else ("older version",)))
        )
        for file in find_runs(tmp_path / "runs")
    ]
    build_site(files, tmp_path / "site", root=tmp_path / "runs")
    for width in (1400, 420):
        page.size(width)
        page.open(tmp_path / "site" / "index.html")
        right = "getBoundingClientRect().right"
        inside = page.run(f"$$('#card .sign').map((s) => s.{right} <= s.closest('th').{right})")
        assert inside == [True] * 7
        assert page.run("$('#key-signs').innerText") == (
            "† older version: the code of its method has changed since it was made"
        )
    page.size(1400)
    assert page.run("$$('#card .sign .unseen').map((s) => s.textContent)") == ["older version"] * 7


def test_the_tick_of_what_was_verified_is_explained_below_the_scorecard(page, make, tmp_path):
    for name in ("bicubic", "ofdiff"):
        make.write(tmp_path / "runs", make.run(name))
    files = find_runs(tmp_path / "runs")
    for marks, told in (
        (("reference", "scores checked"), "✓ scores checked: an independent path "),
        (("reference", "made again"), "✓✓ made again: the whole run "),
        (("reference",), ""),
    ):
        build_site([replace(file, marks=marks) for file in files], tmp_path / "site", root=tmp_path / "runs")
        page.open(tmp_path / "site" / "index.html")
        assert len(page.run("$$('#card .tick').map((tick) => tick.title)")) == 2 * bool(told)
        assert page.run("$('#key-signs').innerText").startswith(told)
        assert bool(page.run("$('#key-signs').innerText")) == bool(told)


def test_without_anything_to_be_relative_to_no_colour_is_explained(page, make, tmp_path):
    make.write(tmp_path / "runs", make.run("ofdiff"))
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html")
    assert page.run("$$('.ratios-key').some((part) => part.checkVisibility())") is False
    assert (
        page.run("$('h1').textContent")
        == "On xshield (stand-in), ofdiff is the only method that was scored so far."
    )


def test_many_rows_stand_under_their_headings_on_screen_and_in_print(page, make, tmp_path):
    """Rows out of sight are not laid out, which makes a sort quick; none may differ in its columns."""
    for i in range(70):
        run = make.run("ofdiff", method__name=f"method-{'x' * (i % 9)}-{i:02d}")
        make.write(tmp_path / "runs", run, make.examples(0, size=8, members=1) if i < 30 else None)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html")
    for view, table in (("scorecard", "#card"), ("table", "#scores")):
        page.go(f"#view={view}&every=1&intervals=1")
        assert page.run(f"$('{table}').classList.contains('rows')")
        heads, *rows = page.run(f"({EDGES})('{table}')")
        assert all(row == heads for row in rows)
        assert page.run(f"$$('{table} tbody td').every((c) => c.getAttribute('role') === 'gridcell')")
        page.click(f"{table} [data-sort='emd']")
        names = page.run(f"$$('{table} tbody tr').map((r) => r.dataset.row)")
        assert names == page.run("sorted(matching()).map(String)")
    page.go("#view=maps")
    assert page.run("$$('#gallery figure').length") == 30 + 2  # all of them, the truth, the coarse input
    page.go("#view=table&every=1&intervals=1")
    page.call("Emulation.setEmulatedMedia", media="print")
    page.wait("$$('#printed table').length > 0")
    assert page.run("$$('#printed table').every((t) => t.tBodies[0].rows.length === 70)")
    page.call("Emulation.setEmulatedMedia", media="")
    assert page.errors == []


def test_the_header_stays_in_sight_and_columns_without_any_value_do_not(page, one):
    page.size(1400, 400)
    page.open(one / "index.html", "#view=table&every=1")
    page.run("(() => { const s = $('.tall'); s.style.maxHeight = '150px'; s.scrollTop = 200; })()")
    top = page.run("document.querySelector('.tall').getBoundingClientRect().top")
    heads = page.run(
        "[...document.querySelectorAll('#scores thead th')].map((h) => h.getBoundingClientRect().top)"
    )
    assert all(top <= head < top + 60 for head in heads)
    titles = "[...document.querySelectorAll('#scores thead [data-sort]')].map((b) => b.textContent)"
    assert "quantiles p99.999" not in page.run(titles)
    page.go("#view=table&every=1&empty=1")
    assert "quantiles p99.999" in page.run(titles)
    page.size(1400)


SIGNED = "$('#card tr[data-row=\"%d\"] td[data-c=\"%d\"]').className.split(' ')[0]"


def test_a_signed_error_of_the_reference_near_zero_makes_no_column_brown(page, make, tmp_path):
    """That of bicubic is by chance; what others have is held against half of their median."""
    errors = {"bicubic": 1e-4, **{f"m-{i}": 0.01 * (1 + i) for i in range(5)}}  # median 0.03
    for name, signed in errors.items():
        run = make.run("bicubic" if name == "bicubic" else "ofdiff", method__name=name)
        run["metrics"]["emd"] = {**run["metrics"]["emd"], "direction": "zero"}
        for score in run["scores"]:
            if score["metric"] == "emd":
                score["value"] = signed if score["season"] == "all" else None
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html")
    c = page.run("COLUMNS.findIndex((column) => column.metric === 'emd')")
    assert page.run(f"COLUMNS[{c}].direction") == "zero"
    at = {row: r for r, row in enumerate(page.run("ROWS.map((row) => row.name)"))}
    shades = {name: page.run(SIGNED % (at[name], c)) for name in errors}
    assert shades == {  # four times log2 of the error over 0.015
        **{"bicubic": "b8", "m-0": "b2", "m-1": "w2", "m-2": "w4", "m-3": "w6", "m-4": "w7"}
    }
    assert "In emd the error of bicubic is so near zero" in page.run("$('#card-note').textContent")
