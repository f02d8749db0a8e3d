"""Label Studio leads to the guide: a link a section on each page, the short instructions as the project's."""

from __future__ import annotations

import shutil
from dataclasses import replace as replace_client

import httpx
import msgspec
import pytest
from lxml import etree, html
from msgspec.structs import replace

from browser import drag, open_task, page_of, press, submit
from example import EXAMPLE
from nonempty import nonempty
from standpoint.codebook.load import load_codebook
from standpoint.codebook.registry import load_registry
from standpoint.core.corpus import read_articles
from standpoint.core.files import write_whole
from standpoint.core.model import Article, Reporter, Span
from standpoint.core.project import Project
from standpoint.guide import guide
from standpoint.init.create_project import template_files
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import exchange, pull, push
from standpoint.labelstudio.client import Client
from standpoint.labelstudio.exchange import instructions_of, shown_on
from standpoint.labelstudio.import_annotations import AnnotationImporter
from standpoint.pages.adjudication_page import adjudication_config
from standpoint.pages.label_config import instructions, label_config, links_to_guide
from standpoint.pages.task_json import DECODE_TASK
from standpoint.pages.tasks import make_task
from standpoint.server import serve, server_process
from standpoint.server.web import guide_folder
from whole_projects import copy_of_the_project

PROJECT = EXAMPLE
PLAIN = load_codebook(PROJECT.codebook)
LINKED = replace(PLAIN, guide="https://guide.example/")


@pytest.fixture(scope="module")
def article() -> Article:
    return next(read_articles(PROJECT))


@pytest.mark.parametrize("pass_name", ["facts", "stance"])
def test_a_page_links_to_the_section_of_each_of_its_layers(pass_name, article):
    data = make_task(article, pass_name, LINKED, load_registry(PROJECT.actors))["data"]
    links = html.fromstring(f"<p>{data['guide']}</p>").xpath("//a")
    assert [link.get("href") for link in links] == [
        "https://guide.example/index.html",
        *(f"https://guide.example/{layer.guide}" for layer in PLAIN.layers_of(pass_name)),
    ]
    assert all(link.get("target") == "_blank" and link.text for link in nonempty(links))
    for page in (label_config(LINKED, pass_name), adjudication_config(LINKED, pass_name)):
        (shown,) = etree.fromstring(page).xpath("//HyperText[@name='guide']")
        assert (shown.get("value"), shown.get("selectionEnabled")) == ("$guide", "false")


def test_without_an_address_nothing_of_it_is_on_the_page(article):
    assert "$guide" not in label_config(PLAIN, "facts")
    assert "guide" not in make_task(article, "facts", PLAIN, load_registry(PROJECT.actors))["data"]


def test_a_name_cannot_break_out_of_its_link():
    layers = tuple(replace(layer, show='<b>"&') if layer.name == "status" else layer for layer in PLAIN.layers)
    text = links_to_guide(replace(LINKED, layers=layers), "facts")
    assert "<b>" not in text and "&lt;b&gt;&quot;&amp;" in text


PAGE = "# T\n\n<!-- guide: tree x -->\n![T](img/x.svg)\n\n1. a\n<!-- /guide -->\n\nSee [8](08-status.md#denied) & <a>.\n\n| a |\n| - |\n| b |\n"


def test_instructions_are_html_with_links_that_lead_to_the_guide():
    page = html.fromstring(instructions(PAGE, LINKED))
    assert [link.get("href") for link in page.iter("a") if link.get("href")] == ["https://guide.example/08-status.html#denied"]
    assert "<img" not in instructions(PAGE, LINKED) and "<table>" in instructions(PAGE, LINKED)
    assert "See 8 &amp;" in instructions(PAGE, PLAIN) and "guide:" not in instructions(PAGE, PLAIN)


@pytest.mark.parametrize("pass_name", ["facts", "stance"])
def test_the_short_instructions_of_a_pass_are_those_of_its_project(pass_name):
    said = instructions_of(PROJECT, PLAIN, pass_name)
    assert said.startswith("<h1>") and ".md" not in said and "<img" not in said and len(said) < 10_000


def test_a_pass_without_a_page_says_what_the_codebook_says(tmp_path):
    project = type(PROJECT)(tmp_path)
    assert instructions_of(project, PLAIN, "facts") == PLAIN.pass_by_name["facts"].instructions


@pytest.mark.server
@pytest.mark.browser
def test_an_annotator_sees_instructions_and_links_and_marks_the_text_beside_them(label_studio, article, tmp_path):
    client = client_module.connect(label_studio.url, label_studio.token)
    said = instructions_of(PROJECT, LINKED, "facts")
    number = client_module.ensure_project(client, "guide facts", label_config(LINKED, "facts"), said)
    there = client.sdk.request("GET", f"api/projects/{number}/")
    assert there["show_instruction"] and "Triggers: eight tests" in there["expert_instruction"]
    task = make_task(article, "facts", LINKED, load_registry(PROJECT.actors), with_suggestions=False)
    push.push_tasks(client, number, [msgspec.to_builtins(task)])
    (pushed,) = list(pull.pull_tasks(client, number, tmp_path / "tasks"))
    with page_of(label_studio.url, label_studio.email, label_studio.password) as page:
        open_task(page, label_studio.url, number, pushed["id"])
        links = page.locator(".sp-guide a")
        assert links.count() == 1 + len(PLAIN.layers_of("facts"))
        status = page.locator(".sp-guide a", has_text="status")
        assert status.is_visible() and status.get_attribute("href") == "https://guide.example/08-status.html"
        press(page, PLAIN.by_name["events"].by_name["territory.capture"].hotkey)
        start = article.text.index("liberates")
        drag(page, start, start + len("liberates"))
        submit(page)
    (done,) = list(pull.pull_tasks(client, number, tmp_path / "done"))
    importer = AnnotationImporter(LINKED, lambda account: ("a01", "human_trained"), {article.sha256: article.id})
    (found,) = importer.convert([DECODE_TASK(msgspec.json.encode(done))])
    (span,) = (item for item in found.annotations if isinstance(item, Span))
    assert (span.label, span.start, span.quote) == ("territory.capture", start, "liberates")


@pytest.mark.server
@pytest.mark.browser
def test_the_embedded_server_shows_the_guide_itself_and_its_pages_lead_there(label_studio, tmp_path):
    project = Project(copy_of_the_project(tmp_path / "project"))
    client = server_process.embedded_client(label_studio)
    shutil.rmtree(guide_folder(label_studio.folder), ignore_errors=True)  # what another test of this server has built
    assert "is not here" in httpx.get(f"{label_studio.url}/guide/index.html").text
    guide.build_guide(project, guide_folder(label_studio.folder))
    exchange.push_articles(project, client, ["a01"], 0.0, Reporter(), "guided")
    number = dict(client_module.list_projects(client, "guided"))["guided facts a01"]
    task = next(iter(pull.pull_tasks(client, number, tmp_path / "pull")))
    with page_of(label_studio.url, label_studio.email, label_studio.password) as page:
        open_task(page, label_studio.url, number, task["id"])
        with page.expect_popup() as opened:
            page.locator(".sp-guide a", has_text="events").first.click()
        opened.value.wait_for_load_state()
        assert opened.value.url.startswith(f"{label_studio.url}/guide/06-events.html")
        assert "6 Events" in opened.value.inner_text("h1")
    assert httpx.get(f"{label_studio.url}/guide/").status_code == 200
    missing = httpx.get(f"{label_studio.url}/guide/99-nothing.html")
    assert missing.status_code == 404 and httpx.get(f"{label_studio.url}/guide/../label_studio.sqlite3").status_code == 404


def test_what_the_codebook_says_goes_before_what_a_server_shows():
    elsewhere = Client("https://labels.example", None)
    embedded = replace_client(elsewhere, guide="/guide")
    assert shown_on(embedded, LINKED, PROJECT).guide == LINKED.guide
    assert shown_on(elsewhere, PLAIN, PROJECT).guide == "" and shown_on(embedded, PLAIN, PROJECT).guide == "/guide"


def test_a_project_without_a_guide_has_no_link_to_it_and_nobody_is_told_that_it_is_missing(tmp_path):
    project = Project(tmp_path)
    for name, content in template_files("claims", example=False).items():
        write_whole(tmp_path / name, content)
    embedded = replace_client(Client("https://labels.example", None), guide="/guide")
    codebook = load_codebook(project.codebook)
    assert shown_on(embedded, codebook, project).guide == ""
    told = Reporter(issue=lambda issue: pytest.fail(str(issue)))
    assert serve.build_served_guide(project, told) == [] and not guide_folder(project.server).exists()
    page = project.guidelines / "01-claims.md"
    page.write_text("# Claims\n", encoding="utf-8")
    assert shown_on(embedded, codebook, project).guide == "/guide" and project.guide_pages(["claims"]) == [page]
