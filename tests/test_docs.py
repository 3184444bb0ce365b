"""The documents say what the code says."""

from __future__ import annotations

import itertools
import re
import runpy
import tomllib
from pathlib import Path

import aftertone
from aftertone.cli import main
from aftertone.measurements import MEASURES
from aftertone.playbook import playbooks

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def test_tables_from_the_code_are_what_it_says() -> None:
    made = runpy.run_path(str(DOCS / "make_tables.py"))
    pages = list(made["pages"]())
    assert {page.name for page in pages} == {"measures.md", "rules.md"}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text == made["rewritten"](text), f"{page.name} is old: run `make docs`"


def test_the_page_of_measures_has_each_once() -> None:
    lines = (DOCS / "measures.md").read_text(encoding="utf-8").splitlines()
    table = [
        line.split("`")[1]
        for line in lines
        if re.match(r"\| `[\w.]+` \| [^|]+ \| (number|flag|text|spans|curve)\b", line)
    ]
    assert sorted(table) == sorted(MEASURES)


def test_the_page_of_rules_has_each_playbook() -> None:
    page = (DOCS / "reference" / "rules.md").read_text(encoding="utf-8")
    shown = re.findall(r"<!-- made: playbook ([\w-]+) -->", page)
    assert sorted(shown) == sorted(playbooks())
    listed = (DOCS / "playbooks.md").read_text(encoding="utf-8").partition("\n\n[The rules]")[0]
    assert set(re.findall(r"`([\w-]+)`", listed)) == set(playbooks())


def test_the_picture_of_the_tree_names_every_module() -> None:
    picture = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    for path in (ROOT / "src" / "aftertone").rglob("*.py"):
        name = path.parent.name if path.stem.startswith("__") else path.stem
        assert name in picture, f"{path.relative_to(ROOT)} is not in docs/design.md"


def test_the_api_is_what_the_docstrings_say() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "make_api.py"))["page"]
    assert (ROOT / "docs" / "api.md").read_text(encoding="utf-8") == page(), "it is old: run `make docs`"


def test_the_api_has_every_public_name() -> None:
    headings = re.findall(
        r"^### (\w+)$", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(headings) == sorted(set(aftertone.__all__) - {"MEASURES", "__version__"})


def test_links_between_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    lost = []
    for page in pages:
        for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
            path, _, heading = link.partition("#")
            target = page.parent / path if path else page
            if not target.exists() or (heading and heading not in _anchors(target)):
                lost.append((page.name, link))
    assert lost == []


def _anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_audit_is_of_everything_that_an_extra_installs() -> None:
    """The workflow audits constraints.txt; what is asked for in pyproject.toml is pinned there."""
    workflow = (ROOT / ".github" / "workflows" / "audit.yml").read_text(encoding="utf-8")
    assert "pip-audit --requirement constraints.txt" in workflow
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    names = {re.match(r"[\w.-]+", each)[0].lower().replace("_", "-") for each in asked}  # type: ignore[index]
    pins = re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert names - {pin.lower().replace("_", "-") for pin in pins} == {"aftertone"}


def test_the_promise_of_the_privacy_page_is_that_of_the_commands() -> None:
    """Who has --redact, and who opens what: as the page says."""
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    masking = {name for name, each in main.commands.items() if "redact" in {p.name for p in each.params}}
    told = re.search(r"`--redact`, of ((?:`\w+`(?:, | and )?)+), masks", page)
    assert told is not None
    assert set(re.findall(r"`(\w+)`", told[1])) == masking
    offline = [each for each in main.commands.values() if "offline" in {p.name for p in each.params}]
    assert len(offline) == 8
    for path in re.findall(r"\| `aftertone (\w+)", page):
        assert path in main.commands


def test_the_index_names_every_document() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")]
    missing = [page for page in pages if f"({page})" not in index]
    assert missing == ["index.md"]


def test_files_that_contributing_names_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {
        name for name in re.findall(r"`([\w./-]+\.(?:py|toml|txt|md)|[\w/]+/)`", text) if "NAME" not in name
    }
    package = ROOT / "src" / "aftertone"
    homes = (ROOT, package, package / "language", package / "acoustics", ROOT / "sample_audio")
    assert len(named) > 20
    assert [name for name in sorted(named) if not any((home / name).exists() for home in homes)] == []
