"""An annotator's work in the real page, in both passes, comes back with the right code points."""

from __future__ import annotations

import msgspec
import pytest

from browser import drag, open_task, page_of, press, submit
from example import EXAMPLE
from nonempty import nonempty
from standpoint.codebook.load import load_codebook
from standpoint.codebook.registry import Actor, Alias, Registry
from standpoint.codebook.types import Codebook
from standpoint.core.model import AnnotationSet, Article, Choice, Issue, Relation, Span, Zone
from standpoint.ingest.article import normalise, sentences
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import pull, push
from standpoint.labelstudio.client import LIST_COLUMNS
from standpoint.labelstudio.import_annotations import AnnotationImporter
from standpoint.pages.label_config import label_config
from standpoint.pages.task_json import DECODE_TASK, sha256, write_result
from standpoint.pages.tasks import make_task

pytestmark = [pytest.mark.server, pytest.mark.browser]

TEXT = normalise(
    "Guns over the Reedmarsh 😀\n\nThe Lantern Brigade (لواء الفانوس) held its line.\n\n"
    "On Friday the brigade did not seize Osterby, the Tarn Guard said. Its fighters are heroes 👨‍👩‍👧 to some."
)
REGISTRY = Registry(
    version="0.0.1",
    actors=(
        Actor(id="act-000001", name="Lantern Brigade", aliases=(Alias(text="the brigade"), Alias(text="لواء الفانوس"))),
        Actor(id="act-000002", name="Tarn Guard", aliases=(Alias(text="Its fighters"),)),
    ),
)


@pytest.fixture(scope="module")
def codebook():

    return load_codebook(EXAMPLE.codebook)


@pytest.fixture(scope="module")
def article() -> Article:
    headline = TEXT.index("\n\n") + 2
    return Article(
        id=f"courier-2031-05-02-{sha256(TEXT)[:8]}",
        source="courier",
        publisher="The Courier",
        title="Guns over the Reedmarsh 😀",
        licence="CC0-1.0",
        language="en",
        sha256=sha256(TEXT),
        text=TEXT,
        published="2031-05-02",
        zones=(Zone(name="headline", start=0, end=headline), Zone(name="body", start=headline, end=len(TEXT))),
        sentences=tuple(sentences(TEXT, "en")),
        annotated_until=len(TEXT),
    )


def place(quote: str, after: str = "") -> tuple[int, int]:
    """Where a quote stands, the first time after another."""
    start = TEXT.index(quote, TEXT.index(after))
    return start, start + len(quote)


def worked(label_studio, codebook, article, pass_name, work, tmp_path) -> AnnotationSet:
    """Push one task, let ``work`` be done on its page, pull, and read the set."""
    client = client_module.connect(label_studio.url, label_studio.token)
    number = client_module.ensure_project(client, f"browser {pass_name}", label_config(codebook, pass_name))
    push.push_tasks(client, number, [make_task(article, pass_name, codebook, REGISTRY, with_suggestions=False)])
    (task,) = list(pull.pull_tasks(client, number, tmp_path / "before"))
    with page_of(label_studio.url, label_studio.email, label_studio.password) as page:
        open_task(page, label_studio.url, number, task["id"])
        work(page)
        submit(page)
    (task,) = list(pull.pull_tasks(client, number, tmp_path / "after"))
    importer = AnnotationImporter(codebook, lambda account: ("a01", "human_trained"), {article.sha256: article.id})
    results = list(importer.convert([DECODE_TASK(msgspec.json.encode(task))]))
    assert [item for item in results if isinstance(item, Issue)] == []
    return results[0]


def test_facts_actor_event_roles_status_and_place(label_studio, codebook, article, tmp_path):
    events, places = codebook.by_name["events"].by_name, codebook.by_name["places"].by_name
    status = codebook.by_name["status"].by_name

    def work(page):
        press(page, "1")
        drag(page, *place("brigade", "On Friday"))
        press(page, "Escape", key_of(events["territory.capture"].hotkey))
        drag(page, *place("seize"))
        press(page, "Shift+Digit1", "Alt+Digit2", key_of(status["denied"].hotkey), "Escape")
        press(page, key_of(places["PLACE"].hotkey))
        drag(page, *place("Osterby"))
        press(page, "Escape", key_of(places["TIME"].hotkey))
        drag(page, *place("Friday"))
        press(page, "Escape")

    found = worked(label_studio, codebook, article, "facts", work, tmp_path)
    spans = [(item.layer, item.label, item.start, item.end, item.quote) for item in found.annotations if isinstance(item, Span)]
    assert spans == [
        ("places", "TIME", *place("Friday"), "Friday"),
        ("actors", "act-000001", *place("brigade", "On Friday"), "brigade"),
        ("events", "territory.capture", *place("seize"), "seize"),
        ("places", "PLACE", *place("Osterby"), "Osterby"),
    ]
    assert all(TEXT[start:end] == quote for _, _, start, end, quote in nonempty(spans))
    answers = {(item.layer, item.label) for item in found.annotations if isinstance(item, Choice) and item.of}
    assert answers == {("agent", "act-000001"), ("target", "act-000002"), ("status", "denied"), ("source", "author")}
    links = {(item.label, item.origin) for item in found.annotations if isinstance(item, Relation)}
    assert links == {("place", "attached"), ("time", "attached")}


def test_stance_scale_and_evidence(label_studio, codebook, article, tmp_path):
    def work(page):
        press(page, "2")
        drag(page, *place("heroes"))
        press(page, "Escape")
        page.locator("label:has-text('+2')").nth(actors.index("act-000002")).click()
        page.locator("label:has-text('−1')").nth(actors.index("act-000001")).click()

    data = make_task(article, "stance", codebook, REGISTRY)["data"]
    actors = [entry["alias"] for entry in data["actors"]]
    assert "publisher" not in data and set(actors) == {"act-000001", "act-000002"}
    found = worked(label_studio, codebook, article, "stance", work, tmp_path)
    spans = [item for item in found.annotations if isinstance(item, Span)]
    assert [(item.label, item.quote, item.start) for item in spans] == [(actors[1], "heroes", place("heroes")[0])]
    answers = {item.of: item.label for item in found.annotations if item.layer == "stance"}
    assert answers == {"act-000001": "negative", "act-000002": "strongly_positive"}


def key_of(hotkey: str) -> str:
    """A hotkey as the codebook writes it, as the browser's keyboard knows it."""
    *modifiers, key = hotkey.split("+")
    return "+".join([part.capitalize() for part in modifiers] + [f"Key{key.upper()}" if key.isalpha() else key])


def test_the_list_of_articles_shows_what_tells_an_annotator_something(label_studio, codebook, article):
    client = client_module.connect(label_studio.url, label_studio.token)
    number = client_module.ensure_project(client, "browser list", label_config(codebook, "facts"))
    task = make_task(article, "facts", codebook, REGISTRY, with_suggestions=False)
    push.push_tasks(client, number, [task])
    push.push_tasks(client, number, [task])
    with page_of(label_studio.url, label_studio.email, label_studio.password) as page:
        page.goto(f"{label_studio.url}/projects/{number}/data")
        columns = page.locator(".lsf-th[data-id]")
        columns.first.wait_for()
        shown = [one.get_attribute("data-id").removeprefix("tasks:") for one in columns.all()]
    assert set(shown) == LIST_COLUMNS and len(client.sdk.views.list(project=number)) == 1


def test_a_list_that_somebody_has_made_stays(label_studio, codebook, article):
    client = client_module.connect(label_studio.url, label_studio.token)
    number = client_module.ensure_project(client, "browser own list", label_config(codebook, "facts"))
    client.sdk.views.create(project=number, data={"title": "My own"})
    push.push_tasks(client, number, [make_task(article, "facts", codebook, REGISTRY, with_suggestions=False)])
    assert [view.data["title"] for view in client.sdk.views.list(project=number)] == ["My own"]


def test_a_span_in_a_span_and_a_span_of_two_labels(label_studio, article, tmp_path):
    """The layer allows both: the inner span is drawn in the outer one, and a second key adds a label to the selected span."""
    labels = [{"name": "group", "hotkey": "g"}, {"name": "place", "hotkey": "p"}]
    layer = {"name": "names", "kind": "span", "labels": labels, "overlaps": "nested", "multiple": True}
    passes = [{"name": "names", "layers": ["names"]}]
    nesting = msgspec.convert({"title": "t", "version": "0.1.0", "passes": passes, "layers": [layer]}, Codebook)

    def work(page):
        press(page, "g")
        drag(page, *place("fighters are heroes"))
        press(page, "Escape", "g")
        drag(page, *place("fighters"))
        press(page, "p", "Escape")

    found = worked(label_studio, nesting, article, "names", work, tmp_path)
    assert [(item.label, item.quote) for item in found.annotations] == [
        ("group", "fighters"), ("place", "fighters"), ("group", "fighters are heroes"),
    ]  # fmt: skip
    task = make_task(article, "names", nesting, REGISTRY)
    result = write_result(found.annotations, task["data"], nesting)
    assert [item["value"]["labels"] for item in result] == [["group", "place"], ["group"]]
