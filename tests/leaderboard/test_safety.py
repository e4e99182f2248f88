"""Hostile names and scripts do nothing in a real browser."""

from __future__ import annotations


def test_hostile_names_do_nothing_and_only_the_site_is_asked_for(page, site):
    page.requests.clear()
    (hostile,) = (p for p in (site / "runs").glob("*.html") if p.name.startswith("script"))
    boards = [p for p in site.glob("*.html") if p.name != "index.html"]
    for path in (hostile, *boards):
        for fragment in ("", "#view=table&every=1", "#view=compare", "#view=curves"):
            page.open(path, fragment)
            assert page.run("window.pwned") is None
    assert all(address.startswith(("file:", "data:", "about:")) for address in page.requests)
    assert page.errors == []


def test_the_policy_of_the_page_lets_its_own_script_run_only(page, one):
    path = one / "smuggled.html"
    text = (one / "index.html").read_text("utf-8")
    path.write_text(text.replace("</body>", "<script>document.body.dataset.smuggled = 1</script></body>"))
    page.open(path)
    assert page.run("document.body.dataset.smuggled") is None
    for _ in range(200):  # the browser tells of it when it comes to it
        if page.errors:
            break
        page.run("new Promise((r) => setTimeout(r, 20))")
    assert any("Content Security Policy" in error for error in page.errors)
    page.errors.clear()
    path.unlink()
