"""Try the label pages as an annotator would: python docs/try_label_pages.py (needs Chromium and Label Studio; ten minutes).

The guide's worked article is marked from blank in a real Label Studio by mouse and keyboard, on our pages and on a plain
config (tests/support/plain_label_page.py), and what comes back is compared with what was to be marked. Every action is
counted. Then a long article with many regions is tried for speed. What of an article can be seen is measured on articles in
the shape of real news (tests/support/news_articles.py), and pictures are taken. Tables go into docs/label-pages.md, pictures
beside it.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from browser import drag, open_task, page_of, press, submit, until_idle  # noqa: E402
from docs_pages import save_picture, write_block  # noqa: E402
from example import EXAMPLE  # noqa: E402
from news_articles import ARABIC_ACTORS, MANY, arabic_article, long_article, news_article  # noqa: E402
from page_annotator import CountedActions, PageAnnotator, content_of, worked_article  # noqa: E402
from page_view import seen  # noqa: E402
from plain_label_page import PlainPageAnnotator, plain_config  # noqa: E402
from standpoint.core.model import AnnotationSet, Article  # noqa: E402
from standpoint.guide.guide import SOURCE, open_book  # noqa: E402
from standpoint.ingest.article import Window, article_of  # noqa: E402
from standpoint.ingest.readers._raw import Block, Raw  # noqa: E402
from standpoint.labelstudio import client as client_module  # noqa: E402
from standpoint.labelstudio.client import Client  # noqa: E402
from standpoint.labelstudio.import_annotations import AnnotationImporter  # noqa: E402
from standpoint.labelstudio.pull import pull_tasks  # noqa: E402
from standpoint.labelstudio.push import push_tasks  # noqa: E402
from standpoint.pages.label_config import label_config  # noqa: E402
from standpoint.pages.task_json import DECODE_TASK  # noqa: E402
from standpoint.pages.tasks import make_task  # noqa: E402
from standpoint.server.accounts import RunningServer  # noqa: E402
from standpoint.server.server_process import running_server  # noqa: E402

PAGE = "label-pages.md"
SHOWN = "brenhollow"  # the worked article
SIZES = ((1366, 768), (1920, 1080))
WORDS, REGIONS, TRIES = 3_000, 200, 10
# The keystroke-level model (Card, Moran and Newell, 1980): a key of somebody who is no typist 0.28 s, pointing 1.1 s, a button
# pressed or let go 0.1 s. One hand stays on the keys, the other on the mouse. Nothing is counted for thinking.
SECONDS = {"keys": 0.28, "clicks": 1.3, "drags": 2.4}
READ = 238  # words a minute, silently (Brysbaert, 2019)
LONG, DENSITY, MINUTES = 900, 3.5, 25  # an article's words, its events in 100 words, and what it may take
# Seconds from letting go of the mouse to the region that is drawn.
WATCH = """() => { window.seen = new Promise(done => {
  let from = 0;
  const up = () => { from = performance.now(); };
  addEventListener('mouseup', up, {capture: true, once: true});
  new MutationObserver((_, watch) => {
    if (from && document.querySelector('.htx-highlight.__active')) {
      watch.disconnect();
      requestAnimationFrame(() => done((performance.now() - from) / 1000));
    }
  }).observe(document.body, {childList: true, subtree: true, attributes: true});
}); }"""


class Tried(NamedTuple):
    """What a pass took on one kind of page: actions by what was made, and how many things of each were made."""

    counts: Counter
    made: Counter


class Studio(NamedTuple):
    """A Label Studio that runs, and how it is spoken to."""

    running: RunningServer
    client: Client
    folder: Path

    def project(self, title: str, config: str, task: dict) -> tuple[int, int]:
        """A project with one task; their numbers."""
        number = client_module.ensure_project(self.client, title, config)
        push_tasks(self.client, number, [task])
        return number, self.task(number)["id"]

    def task(self, number: int) -> dict:
        """The project's one task, with what was submitted."""
        (task,) = pull_tasks(self.client, number, self.folder / f"pull-{number}-{len(list(self.folder.glob('*')))}")
        return task

    def page(self, size: tuple[int, int] = SIZES[0]):
        """A page that is logged in."""
        return page_of(self.running.url, self.running.email, self.running.password, size)


def main() -> None:
    book = open_book(EXAMPLE)
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "studio") as running:
        studio = Studio(running, client_module.connect(running.url, running.token), Path(folder))
        tried = {name: _tried(studio, book, name) for name in book.codebook.pass_by_name}
        write_table("actions", _actions(tried))
        write_table("minutes", _minutes(tried, len(worked_article(book, SHOWN, next(iter(tried)))[0].text.split())))
        write_table("long", _long(studio, book))
        write_table("view", _view(studio, book))
        _pictures(studio, book)


def _tried(studio: Studio, book, name: str) -> dict[str, Tried]:
    article, wanted, task = worked_article(book, SHOWN, name)
    mentions = [mention for mention, is_actor in book.cast.mentions(article.text) if is_actor]
    workers = {
        "ours": (label_config(book.codebook, name), lambda actions: PageAnnotator(actions, book.codebook, task["data"])),
        "plain": (
            plain_config(book.codebook, name),
            lambda actions: PlainPageAnnotator(actions, book.codebook, task["data"], mentions),
        ),
    }
    found = {}
    for kind, (config, worker) in workers.items():
        number, task_id = studio.project(f"try {name} {kind}", config, task)
        with studio.page() as page:
            open_task(page, studio.running.url, number, task_id)
            page.get_by_text("Relations", exact=True).first.click()  # the list stands open from then on
            actions = CountedActions(page)
            worker(actions).work(wanted, article.sentences)
            submit(page)
        _compare(kind, studio.task(number), article, wanted, book.codebook)
        found[kind] = Tried(actions.counts, Counter(item.layer for item in wanted.annotations))
    return found


def _compare(kind: str, task: dict, article: Article, wanted: AnnotationSet, codebook) -> None:
    """Our pages give back just what was to be marked; a plain one as many regions and answers."""
    if kind == "plain":
        assert any(item["type"] == "labels" for item in task["annotations"][0]["result"])
        return
    importer = AnnotationImporter(
        codebook, lambda account: (wanted.annotator, wanted.annotator_kind), {article.sha256: article.id}
    )
    *notes, one = importer.convert([DECODE_TASK(msgspec.json.encode(task))])
    assert {note.code for note in notes} <= {"REGION-POSSESSIVE"} and content_of(one) == content_of(wanted)


def _actions(tried: dict[str, dict[str, Tried]]) -> str:
    def row(name: str, passes: tuple[str, ...], layers: tuple[str, ...], each: str = "") -> str:
        ours, plain = (
            sum(count for one in passes for (layer, _), count in tried[one][kind].counts.items() if not layers or layer in layers)
            for kind in ("ours", "plain")
        )
        many = sum(tried[one]["ours"].made[each] for one in passes) if each else 1
        shown = "{:.1f}" if each else "{:.0f}"
        return f"| {name} | {shown.format(ours / many)} | {shown.format(plain / many)} | {ours / plain:.0%} |"

    facts, stance = tried
    made = tried[facts]["ours"].made
    return "\n".join(
        [
            "| actions (keys, clicks, drags) | our pages | plain config | |",
            "| --- | --: | --: | --: |",
            row("an event with its roles, places, times and objects", (facts,), ("events", "places"), "events"),
            row("a mention of an actor", (facts,), ("actors",), "actors"),
            row("a stance target with its evidence", (stance,), ("stance", "evidence"), "stance"),
            f"| events and mentions in it | {made['events']}, {made['actors']} | | |",
            row("the whole article, facts", (facts,), ()),
            row("the whole article, stance", (stance,), ()),
            row("the whole article, both passes", (facts, stance), ()),
        ]
    )


def _minutes(tried: dict[str, dict[str, Tried]], words: int) -> str:
    """What the hands take by the model, for the article as it is, and for a long one with fewer events in it."""
    marks = tried[next(iter(tried))]["ours"].made["events"]
    larger = LONG / 100 * DENSITY / marks
    hands = {
        kind: sum(SECONDS[act] * count for one in tried.values() for (_, act), count in one[kind].counts.items()) / 60
        for kind in ("ours", "plain")
    }
    read = LONG / READ * len(tried)
    rows = {
        f"hands, the worked article: {words} words, {marks} events": hands,
        f"hands, {LONG} words with {DENSITY} events in 100": {kind: time * larger for kind, time in hands.items()},
        f"reading {LONG} words, {len(tried)} passes": dict.fromkeys(hands, read),
        f"left of {MINUTES} minutes for deciding": {kind: MINUTES - read - time * larger for kind, time in hands.items()},
    }
    told = [f"| {name} | {row['ours']:.1f} | {row['plain']:.1f} |" for name, row in rows.items()]
    return "\n".join(["| minutes, by a model | our pages | plain config |", "| --- | --: | --: |", *told])


def _long(studio: Studio, book) -> str:
    article, task = _long_task(book)
    number, task_id = studio.project("try long", label_config(book.codebook, task["data"]["pass"]), task)
    with studio.page() as page:
        page.goto(f"{studio.running.url}/projects/{number}/data?task={task_id}")
        opened = page.evaluate("() => performance.now()")
        page.locator(".htx-highlight").nth(REGIONS - 1).wait_for(timeout=60_000)
        opened = (page.evaluate("() => performance.now()") - opened) / 1000
        page.wait_for_timeout(2_000)
        there, times = page.locator(".htx-highlight").count(), []
        words = [match.span() for match in re.finditer(r"\bshelled\b", article.text)]
        for start, end in words[:: max(1, len(words) // TRIES)][:TRIES]:
            press(page, "y")
            page.evaluate(WATCH)
            drag(page, start, end)
            times.append(page.evaluate("() => window.seen"))
            press(page, "Escape")
        drawn = page.locator(".htx-highlight").count() - there
    assert drawn >= TRIES
    return "\n".join(
        [
            "| a long article | |",
            "| --- | --: |",
            f"| words, regions when it is opened | {len(article.text.split()):,}, {there} |",
            f"| seconds until all are drawn | {opened:.1f} |",
            f"| seconds from mouse-up to a new region: median, longest of {len(times)} | {median(times):.2f}, {max(times):.2f} |",
        ]
    )


def _long_task(book) -> tuple[Article, dict]:
    """The worked article, told again and again, with suggestions; all of it is annotated."""
    one, *_ = worked_article(book, SHOWN, "facts")
    blocks = one.text.split("\n\n")[1:]
    blocks *= -(-WORDS // len(" ".join(blocks).split()))
    raw = Raw(where="long", blocks=tuple(map(Block, blocks)), title="A long article", published=one.published)
    article = article_of(raw, SOURCE, Window(10 * WORDS, book.codebook.zones.annotatable))
    task = make_task(article, "facts", book.codebook, book.cast)
    del task["predictions"][0]["result"][REGIONS:]
    return article, task


def _news(book) -> dict[str, tuple]:
    """Articles in the shape of real news, and their registries."""
    codebook = book.codebook
    return {
        "news of 540 words between boilerplate": (news_article(codebook), book.cast),
        "3,000 words, 40 actors": (long_article(codebook), MANY),
        "from right to left": (arabic_article(codebook), ARABIC_ACTORS),
    }


def _view(studio: Studio, book) -> str:
    """What is seen of an article when its page is opened from the list of tasks."""
    rows = [
        "| part of the height that is text, lines of text in view | "
        + " | ".join(f"{name}, {size[0]}x{size[1]}" for name in book.codebook.pass_by_name for size in SIZES)
        + " |",
        "| --- |" + " --: |" * len(SIZES) * len(book.codebook.pass_by_name),
    ]
    for title, (article, registry) in _news(book).items():
        cells = []
        for name in book.codebook.pass_by_name:
            task = make_task(article, name, book.codebook, registry)
            number, task_id = studio.project(f"view {title[:20]} {name}", label_config(book.codebook, name), task)
            with studio.page() as page:
                open_task(page, studio.running.url, number, task_id)
                for size in SIZES:
                    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
                    until_idle(page, 500)
                    found = seen(page)
                    cells.append(f"{found.share:.0%}, {found.lines}")
        rows.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _pictures(studio: Studio, book) -> None:
    news, *others = _news(book).values()
    for name in book.codebook.pass_by_name:
        for size in SIZES:
            _picture(studio, book, name, news, size, f"page-{name}-{size[0]}", "seized")
        _, _, task = worked_article(book, SHOWN, name)
        number, task_id = studio.project(f"picture {name} plain", plain_config(book.codebook, name), task)
        with studio.page() as page:
            open_task(page, studio.running.url, number, task_id)
            save_picture(page, f"page-{name}-1366-plain")
    for shown, kind, word in zip(others, ("long", "arabic"), ("fired", "أسقطت"), strict=True):
        _picture(studio, book, "facts", shown, SIZES[0], f"page-facts-1366-{kind}", word)


def _picture(studio: Studio, book, name: str, shown: tuple, size: tuple[int, int], picture: str, word: str) -> None:
    """A page with suggestions; in the facts pass, a word is marked as the first event, so that its panel shows."""
    article, registry = shown
    task = make_task(article, name, book.codebook, registry)
    number, task_id = studio.project(picture, label_config(book.codebook, name), task)
    with studio.page(size) as page:
        open_task(page, studio.running.url, number, task_id)
        until_idle(page, 500)
        if name == next(iter(book.codebook.pass_by_name)):
            events = next(layer for layer in book.codebook.layers if book.codebook.attributes_of(layer.name))
            press(page, events.labels[0].hotkey)
            start = article.text.index(word)
            drag(page, start, start + len(word))
            until_idle(page, 500)
        save_picture(page, picture)


def write_table(name: str, table: str) -> None:
    """Put a table between its markers."""
    print(table, flush=True)
    write_block(PAGE, name, table)


if __name__ == "__main__":
    main()
