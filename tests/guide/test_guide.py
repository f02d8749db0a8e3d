"""The guide: generated blocks fit the codebook, pictures the trees, and the site is built without a broken link."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from lxml import etree, html

from another_codebook import another_codebook
from browser import new_page
from example import EXAMPLE
from nonempty import nonempty
from standpoint.codebook.examples import examples
from standpoint.codebook.types import Codebook
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.guide import site
from standpoint.guide.blocks import BLOCKS, Book, example_line, render
from standpoint.guide.guide import open_book, rewritten
from standpoint.guide.guide import update_guide as guide
from standpoint.guide.site import Step, Tree, as_picture, as_text, load_trees
from standpoint.server.serve import build_served_guide

PROJECT = EXAMPLE
BOOK = open_book(PROJECT)
SECTIONS = [f"{number:02}-" for number in range(19)]


def told(project: Project, only_check: bool) -> tuple[list[Issue], dict]:
    issues: list[Issue] = []
    counts = guide(project, only_check, Reporter(issue=issues.append))
    return issues, counts


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copytree(PROJECT.guidelines, tmp_path / "guidelines")
    return Project(tmp_path)


def test_the_guide_is_fresh():
    assert told(PROJECT, only_check=True)[0] == []


def test_a_label_that_changed_makes_pages_stale_until_they_are_rewritten(project):
    text = project.codebook.read_text(encoding="utf-8")
    project.codebook.write_text(
        text.replace("definition: Persons are injured.", "definition: Persons are hurt."), encoding="utf-8"
    )
    before = (project.guidelines / "06-events-5-harm.md").read_text(encoding="utf-8")
    issues, counts = told(project, only_check=True)
    assert {issue.where for issue in issues} == {"guidelines/06-events.md", "guidelines/06-events-5-harm.md"}
    assert {issue.code for issue in issues} == {"GUIDE-STALE"} and counts["stale"] == 2
    assert (project.guidelines / "06-events-5-harm.md").read_text(encoding="utf-8") == before
    issues, counts = told(project, only_check=False)
    assert issues == [] and counts["rewritten"] == 2
    after = (project.guidelines / "06-events-5-harm.md").read_text(encoding="utf-8")
    assert after == before.replace("**Persons are injured.**", "**Persons are hurt.**") != before
    assert told(project, only_check=True)[0] == []


def test_an_example_that_breaks_a_rule_is_told(project):
    text = project.codebook.read_text(encoding="utf-8")
    for mark in ("[Free Harbour Front]{@pact}", "[Free Harbour Front{@front}"):
        broken = text.replace("[Free Harbour Front]{@front} [liberated]", f"{mark} [liberated]", 1)
        project.codebook.write_text(broken, encoding="utf-8")
        issues, counts = told(project, only_check=False)
        assert {issue.where for issue in issues} == {"events.territory.capture positive[0]"} and counts["rewritten"] == 0


def test_a_ruling_that_its_page_does_not_show_is_told(project):
    page = project.guidelines / "07-roles.md"
    page.write_text(
        page.read_text(encoding="utf-8").replace("<!-- guide: ruling killed-in -->", "<!-- guide: ruling support -->"),
        encoding="utf-8",
    )
    issues, counts = told(project, only_check=False)
    assert [(issue.where, issue.code) for issue in issues] == [("ruling killed-in", "EXAMPLE")] and counts["rewritten"] == 0
    assert "07-roles.md" in issues[0].message


PAGE = "By hand.\n\n<!-- guide: {} -->\nold\n<!-- /guide -->\n\nBy hand too: `<!-- guide: x -->`.\n"


def test_only_what_is_between_markers_is_rewritten():
    assert rewritten("a.md", PAGE.format("x y"), lambda what: f"made of {what}") == PAGE.format("x y").replace(
        "old", "made of x y"
    )


@pytest.mark.parametrize("page", ["<!-- guide: x -->\n", "<!-- /guide -->\n", PAGE.format("x") + "<!-- guide: y -->\n"])
def test_a_marker_without_a_partner_is_one_line(page):
    with pytest.raises(StandpointError, match=r"^a\.md: a marker has no partner$"):
        rewritten("a.md", page, str)


@pytest.mark.parametrize(
    "what", ["nothing", "labels", "labels nothing", "tree nothing", "keys nothing", "text nothing", "table events a b"]
)
def test_a_block_that_is_not_there_is_one_line(what):
    with pytest.raises(StandpointError, match="block") as caught:
        render(what, BOOK)
    if what in ("labels", "table events a b"):
        assert caught.value.hint == {"labels": "it has: labels layer group"}.get(what, "it has: table layer group")


def test_every_kind_of_block_is_used_and_explained():
    pages = "".join(path.read_text(encoding="utf-8") for path in PROJECT.guidelines.glob("*.md"))
    readme = (PROJECT.guidelines / "README.md").read_text(encoding="utf-8")
    for name in BLOCKS:
        assert f"\n<!-- guide: {name}" in pages and re.search(f"`{name}[ `]", readme), name


def test_the_folder_s_page_leads_to_every_section():
    readme = (PROJECT.guidelines / "README.md").read_text(encoding="utf-8")
    for path in nonempty(PROJECT.guidelines.glob("[0-9]*.md")):
        assert f"[{path.read_text(encoding='utf-8').partition(chr(10))[0][2:]}]({path.name})" in readme


def test_blocks_work_on_any_codebook():
    book = Book(another_codebook(), BOOK.cast, {}, ())
    assert render("table crops", book).splitlines()[2] == "| `grain` | `g` |  |"
    assert "`w` weight · `p` price" in render("keys reading", book)
    assert "### blighted" in render("labels health", book)


def test_a_table_of_keys_has_every_key_of_the_pass():
    keys = render("keys facts", BOOK)
    labels = [label for layer in BOOK.codebook.layers_of("facts") for label in layer.labels if label.hotkey]
    for label in nonempty(labels):
        assert f"`{label.hotkey}` {label.show or label.name}" in keys


# Trees

TREE = Tree(
    name="rain", title="Does it rain?", steps=(Step(ask="Is it wet & cold <outside>?", yes="yes, it rains"),), otherwise="no"
)


def test_a_tree_is_a_list_and_a_picture_of_the_same_words():
    assert as_text(TREE) == "1. Is it wet & cold <outside>? → **yes, it rains**\n2. Otherwise → **no**"
    picture = etree.fromstring(as_picture(TREE))
    words = [text.text for text in picture.iter("{*}text")]
    assert words == ["Is it wet & cold <outside>?", "yes", "yes, it rains", "no", "no"]
    assert as_picture(TREE) == as_picture(TREE)


@pytest.mark.parametrize("name", BOOK.trees)
def test_no_word_runs_out_of_its_box(name):
    picture = etree.fromstring(as_picture(BOOK.trees[name]))
    height = float(picture.get("height"))
    for text in nonempty(picture.iter("{*}text")):
        assert 0 < float(text.get("y")) < height and len(text.text) <= 54


def test_the_tree_of_a_layer_ends_in_all_of_its_labels():
    for name in ("status", "source", "stance"):
        assert sorted(BOOK.trees[name].ends) == sorted(BOOK.codebook.by_name[name].label_names)
    assert BOOK.trees["status"].otherwise == BOOK.codebook.by_name["status"].default
    assert BOOK.trees["source"].otherwise == BOOK.codebook.by_name["source"].default


def test_a_tree_that_ends_in_no_label_is_one_line(tmp_path):
    path = tmp_path / "trees.yaml"
    path.write_text("trees:\n  - {name: t, title: T, layer: status, steps: [{ask: a, yes: maybe}], otherwise: asserted}\n")
    with pytest.raises(StandpointError, match=r"\['maybe'\] are not labels of status"):
        load_trees(path, BOOK.codebook)


# The site


@pytest.fixture(scope="module")
def built_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sphinx")
    out = tmp_path_factory.mktemp("guide") / "site"
    site.build_site(PROJECT.guidelines, out, BOOK.codebook.title, BOOK.codebook.version)
    return out


def test_the_site_has_all_sections_and_every_link_leads_somewhere(built_site):
    pages = {path.name: html.fromstring(path.read_bytes()) for path in built_site.glob("*.html")}
    assert all(any(name.startswith(section) for name in pages) for section in SECTIONS)
    ids = {name: {*page.xpath("//@id")} for name, page in pages.items()}
    links = [
        (name, address) for name, page in pages.items() for address in page.xpath("//article//a/@href | //article//img/@src")
    ]
    inside = [(name, *address.partition("#")) for name, address in links if not re.match(r"https?:|mailto:", address)]
    for name, path, _, section in nonempty(inside):
        assert (built_site / (path or name)).is_file(), (name, path)
        if section:
            assert section in ids[path or name], (name, path, section)


def test_each_layer_s_page_and_each_label_has_its_section(built_site):
    ids = {path.name: {*html.fromstring(path.read_bytes()).xpath("//@id")} for path in built_site.glob("*.html")}
    for layer in nonempty(BOOK.codebook.layers):
        page, _, section = layer.guide.partition("#")
        assert page in ids and (not section or section in ids[page]), layer.name
    everywhere = set().union(*ids.values())
    for name in ("events", "status", "source", "stance", "places", "role"):
        for label in nonempty(BOOK.codebook.by_name[name].labels):
            assert re.sub("[^a-z]+", "-", label.name.lower()) in everywhere, label.name


def test_nothing_is_loaded_from_elsewhere(built_site):
    for path in nonempty(built_site.glob("*.html")):
        page = html.fromstring(path.read_bytes())
        assert not [at for at in page.xpath("//script/@src | //link[@rel='stylesheet']/@href | //img/@src") if "//" in at], (
            path.name
        )


@pytest.mark.parametrize(
    "line", ["[no page](99-nothing.md)", "[no section](01-purpose.md#nothing)", "![no picture](img/nothing.svg)"]
)
def test_a_broken_link_stops_the_build_and_leaves_the_site_as_it_was(line, tmp_path):
    pytest.importorskip("sphinx")
    folder, out = tmp_path / "pages", tmp_path / "site"
    folder.mkdir()
    out.mkdir()
    (out / "old.html").write_text("old")
    (out / ".buildinfo").touch()  # by which a site of ours is known
    (folder / "01-purpose.md").write_text(f"# Purpose\n\n{line}\n")
    with pytest.raises(StandpointError, match="nothing"):
        site.build_site(folder, out, "T", "0.1.0")
    assert sorted(path.name for path in out.iterdir()) == [".buildinfo", "old.html"]


def test_a_codebook_without_a_guide_has_nothing_to_rewrite(tmp_path):
    (tmp_path / "guidelines").mkdir()
    shutil.copy(PROJECT.codebook, tmp_path / "guidelines" / "codebook.yaml")
    text = (tmp_path / "guidelines" / "codebook.yaml").read_text(encoding="utf-8")
    assert isinstance(BOOK.codebook, Codebook) and "{@front}" in text
    issues, counts = told(Project(tmp_path), only_check=True)
    assert counts["files"] == 0 and {issue.code for issue in issues} == {"EXAMPLE"}  # without its cast, nobody is known


@pytest.mark.browser
def test_the_cheat_sheet_is_one_page_of_paper(built_site):
    with new_page() as page:
        page.goto((built_site / "00-cheat-sheet.html").as_uri())
        printed = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def test_a_label_that_is_called_as_somebody_of_the_cast_is_shown_as_the_label():
    names = {actor.slug: actor.name for actor in BOOK.cast.actors}
    told = [
        example_line(one, BOOK.codebook, names)
        for one in examples(BOOK.codebook)
        if one.where.startswith("source.media positive")
    ]
    assert (
        "media" in names
        and len(told) >= 4
        and all("`media`" in line and names["media"] not in line.split(" — ")[1] for line in told)
    )


def test_a_guide_that_cannot_be_built_is_a_note_to_whoever_starts_the_server(project):
    told: list[Issue] = []
    page, site = project.guidelines / "13-faq.md", project.server / "guide" / "index.html"
    for other in project.guidelines.glob("*.md"):  # one page is built more quickly than all
        other.unlink()
    site.parent.mkdir(parents=True)
    site.write_text("an earlier site", encoding="utf-8")
    (site.parent / ".buildinfo").touch()  # by which a site of ours is known
    page.write_text("# 13 Questions\n\n[gone](99-nothing.md)\n", encoding="utf-8")
    build_served_guide(project, Reporter(issue=told.append))
    assert [(issue.code, issue.level) for issue in told] == [("GUIDE-ABSENT", "note")]
    assert "99-nothing.md" in told[0].message and "\x1b" not in told[0].message and "\n" not in told[0].message
    assert site.read_text(encoding="utf-8") == "an earlier site"
    page.write_text("# 13 Questions\n", encoding="utf-8")
    build_served_guide(project, Reporter(issue=told.append))  # a second time in one process, as who starts a server again does
    assert len(told) == 1 and "<html" in site.read_text(encoding="utf-8")
