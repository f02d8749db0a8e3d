"""Try the label pages on the articles of a project: python docs/try_real_articles.py PROJECT ANNOTATOR [PICTURES]

The annotation sets of one annotator are marked again in a real Label Studio, by mouse and keyboard: from suggestions, from
blank, and on a plain config. From suggestions it is the whole way of a project: tasks are pushed, facts are annotated and
pulled, then the stance tasks follow, and a dataset is built. What comes back is compared with the sets, and every action is
counted. The table goes into docs/label-pages.md. Pictures go into a folder of your own: texts of others are never committed.

Needs Chromium and Label Studio, and some minutes an article.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from datasets import load_dataset
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parent))

from try_label_pages import SIZES, Studio, write_table  # noqa: E402  # puts tests/support on the path

from browser import open_task, page_of, submit, until_idle  # noqa: E402
from page_annotator import CountedActions, PageAnnotator, SuggestionAnnotator, content_of  # noqa: E402
from plain_label_page import PlainPageAnnotator, plain_config  # noqa: E402
from standpoint.adjudication.adjudicate import adjudicate_project  # noqa: E402
from standpoint.adjudication.article_actors import article_actors  # noqa: E402
from standpoint.adjudication.new_actors import (  # noqa: E402
    actors_of,
    is_slot,
    marking_layers,
    mentioned_names,
    names_new_actors,
    typed_names,
    with_actors,
    with_named_slots,
)
from standpoint.checks.run import check_project  # noqa: E402
from standpoint.codebook.kinds._items import BLANK_SLOT  # noqa: E402
from standpoint.codebook.load import open_codebook  # noqa: E402
from standpoint.codebook.name_forms import key_of  # noqa: E402
from standpoint.codebook.registry import Mention, Registry  # noqa: E402
from standpoint.codebook.types import ACTORS, Codebook  # noqa: E402
from standpoint.core.corpus import read_annotation_sets, read_articles  # noqa: E402
from standpoint.core.model import AnnotationSet, Article, Choice, Issue, Reporter, Span  # noqa: E402
from standpoint.core.project import Project  # noqa: E402
from standpoint.core.provenance import ACCOUNT_DOMAIN  # noqa: E402
from standpoint.labelstudio import client as client_module  # noqa: E402
from standpoint.labelstudio import exchange  # noqa: E402
from standpoint.labelstudio.pull import pull_tasks  # noqa: E402
from standpoint.pages.label_config import label_config  # noqa: E402
from standpoint.pages.task_json import task_key  # noqa: E402
from standpoint.pages.tasks import make_task  # noqa: E402
from standpoint.release.create import build_project  # noqa: E402
from standpoint.server.accounts import ensure_accounts, password_of  # noqa: E402
from standpoint.server.server_process import running_server  # noqa: E402
from standpoint.splits.splits import split_articles  # noqa: E402

SUGGESTED, BLANK, PLAIN = "from suggestions", "from blank", "plain config"


class Trial(NamedTuple):
    """The sets of one annotator, which are marked again, by article and pass. ``counts``: actions by article, pass and way."""

    codebook: Codebook
    registry: Registry
    articles: Mapping[str, Article]
    sets: Mapping[tuple[str, str], AnnotationSet]
    studio: Studio
    counts: dict[tuple[str, str, str], Counter[tuple[str, str]]]

    def count(self, one: AnnotationSet, way: str, actions: CountedActions) -> None:
        self.counts[one.article_id, one.pass_name, way] = actions.counts
        print(one.article_id, one.pass_name, way, dict(actions.counts), flush=True)


def main(root: str, annotator: str, pictures: str = "") -> None:
    source = Project(Path(root))
    codebook, registry = open_codebook(source)
    articles = {article.id: article for article in read_articles(source)}
    sets = {(one.article_id, one.pass_name): one for one in read_annotation_sets(source) if one.annotator == annotator}
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "studio") as running:
        studio = Studio(running, client_module.connect(running.url, running.token), Path(folder))
        trial = Trial(codebook, registry, articles, sets, studio, {})
        _whole_way(trial, source, annotator, pictures)
        for one in sets.values():
            _alone(trial, one)
    write_table("real", _table(trial))


def _whole_way(trial: Trial, source: Project, annotator: str, pictures: str) -> None:
    """Push, annotate from suggestions and pull, pass by pass. Then check, adjudicate, split and build, and look at the stance."""
    studio, project = trial.studio, Project(trial.studio.folder / "project")
    left_out = shutil.ignore_patterns("annotations", "adjudicated", "release", "label-studio", "lock*", ".git")
    shutil.copytree(source.root, project.root, ignore=left_out)
    ensure_accounts(studio.running, [annotator])
    log_in = (studio.running.url, f"{annotator}{ACCOUNT_DOMAIN}", password_of(studio.running, annotator))
    marked: dict[tuple[str, str], AnnotationSet] = {}
    for name, its_pass in trial.codebook.pass_by_name.items():
        exchange.push_articles(project, studio.client, [annotator], 0.0, Reporter())
        number = dict(client_module.list_projects(studio.client))[f"standpoint {name} {annotator}"]
        tasks = {task["data"]["article_id"]: task for task in pull_tasks(studio.client, number, studio.folder / name)}
        for article in trial.articles.values():
            task = tasks[task_key(article.id, its_pass.mask)]
            one = _as_on_page(trial, trial.sets[article.id, name], task, marked)
            with page_of(*log_in) as page:
                open_task(page, studio.running.url, number, task["id"])
                _look(page, pictures, f"{article.id}-{name}")
                _open_relations(page)
                actions = CountedActions(page)
                SuggestionAnnotator(actions, trial.codebook, task["data"], _suggested(task)).work(one, article.sentences)
                _look(page, pictures, f"{article.id}-{name}-done")
                submit(page)
            marked[article.id, name] = one
            trial.count(one, SUGGESTED, actions)
        exchange.pull_annotations(project, studio.client, Reporter(issue=lambda issue: print(issue, flush=True)))
    told: list[Issue] = []
    check_project(project, Reporter(issue=told.append))
    assert [issue for issue in told if issue.level == "error"] == [], told
    for one in read_annotation_sets(project):
        both = (with_named_slots(item, trial.codebook) for item in (marked[one.article_id, one.pass_name], one))
        wanted, found = (Counter(content_of(item)) for item in both)
        assert wanted == found, (one.article_id, one.pass_name, wanted - found, found - wanted)
    adjudicate_project(project, Reporter())
    split_articles(project, Reporter())
    build_project(project, None, Reporter())
    _compare_stance(project, trial.codebook, marked)


def _as_on_page(trial: Trial, one: AnnotationSet, task: dict, marked: Mapping[tuple[str, str], AnnotationSet]) -> AnnotationSet:
    """A set with the actors that its page has: the slots of the page, or what the slots of an earlier pass have become.

    A slot whose name is guessed is taken for the actor with most of its mentions, and keeps the guessed name, unless another
    actor is called so.
    """
    if not typed_names(one, trial.codebook):
        actors = {}
        for (article_id, name), now in marked.items():
            if article_id == one.article_id:
                before, after = (with_named_slots(it, trial.codebook) for it in (trial.sets[article_id, name], now))
                actors |= dict(zip(_actors(before, trial.codebook), _actors(after, trial.codebook), strict=True))
        return _with_actors(one, actors, trial.codebook)
    mentions = {(span.start, span.end): span.label for span in _mentions(one, trial.codebook)}
    suggested = ((span.label, mentions.get((span.start, span.end))) for span in _suggested(task))
    shared = Counter((slot, actor) for slot, actor in suggested if actor)
    names = {entry["alias"]: entry["value"] for entry in task["data"][ACTORS]}
    named = {key_of(name): actor for actor, name in typed_names(one, trial.codebook).items()}
    slots: dict[str, str] = {}
    for (slot, actor), _ in shared.most_common():
        if slot not in slots.values() and actor not in slots and named.get(key_of(names[slot]), actor) == actor:
            slots[actor] = slot
    free = iter([slot for slot, name in names.items() if BLANK_SLOT.fullmatch(name)])
    for actor in _actors(one, trial.codebook):
        if is_slot(actor) and actor not in slots:
            slots[actor] = next(free)
    guessed = {slot: names[slot] for slot in slots.values() if not BLANK_SLOT.fullmatch(names[slot])}
    shown = _with_actors(one, slots, trial.codebook)
    renamed = [
        replace(item, label=guessed.get(item.of, item.label)) if names_new_actors(trial.codebook.by_name[item.layer]) else item
        for item in shown.annotations
    ]
    return _by_the_guide(replace(shown, annotations=tuple(renamed)), trial.codebook, guessed)


def _by_the_guide(one: AnnotationSet, codebook: Codebook, guessed: Collection[str] = ()) -> AnnotationSet:
    """A set without the names that need not be typed, because the slot has the name of its mention (section 5.3)."""
    names = mentioned_names(one, codebook)
    needless = [
        item
        for item in one.annotations
        if names_new_actors(codebook.by_name[item.layer]) and item.of not in guessed and item.label == names.get(item.of)
    ]
    return replace(one, annotations=tuple(item for item in one.annotations if item not in needless))


def _mentions(one: AnnotationSet, codebook: Codebook) -> list[Span]:
    layers = marking_layers(codebook)
    return [item for item in one.annotations if isinstance(item, Span) and item.layer in layers]


def _actors(one: AnnotationSet, codebook: Codebook) -> list[str]:
    """The actors that a set refers to, in its order, each once."""
    return list(dict.fromkeys(actor for item in one.annotations for actor in actors_of(item, codebook).values()))


def _with_actors(one: AnnotationSet, actors: Mapping[str, str], codebook: Codebook) -> AnnotationSet:
    changed = (
        with_actors(item, {field: actors.get(actor, actor) for field, actor in actors_of(item, codebook).items()})
        for item in one.annotations
    )
    return replace(one, annotations=tuple(changed))


def _suggested(task: dict) -> list[Span]:
    """The regions that a task suggests."""
    items = [item for prediction in task.get("predictions", ()) for item in prediction["result"] if item["type"] == "labels"]
    return [
        Span(id=item["id"], layer=item["from_name"], label=label, start=value["start"], end=value["end"], quote=value["text"])
        for item in items
        for value in [item["value"]]
        for label in value["labels"]
    ]


def _alone(trial: Trial, one: AnnotationSet) -> None:
    """Mark a set from blank, and on a plain config."""
    codebook, article, studio = trial.codebook, trial.articles[one.article_id], trial.studio
    facts = next(item for (article_id, _), item in trial.sets.items() if article_id == article.id)
    actors = article_actors([facts], None, one.pass_name, codebook, trial.registry)
    asked = actors.names if actors and not typed_names(one, codebook) else None
    task = make_task(article, one.pass_name, codebook, trial.registry, with_suggestions=False, asked=asked)
    first = _mentions(with_named_slots(facts, codebook), codebook)
    mentions = [Mention(span.start, span.end, span.label, span.quote, True) for span in first]
    ways = {BLANK: label_config(codebook, one.pass_name), PLAIN: plain_config(codebook, one.pass_name)}
    for way, config in ways.items():
        number, task_id = studio.project(f"{way} {one.pass_name} {article.id}"[:50], config, task)
        with studio.page() as page:
            open_task(page, studio.running.url, number, task_id)
            _open_relations(page)
            actions = CountedActions(page)
            if way == BLANK:
                PageAnnotator(actions, codebook, task["data"]).work(_by_the_guide(one, codebook), article.sentences)
            else:
                PlainPageAnnotator(actions, codebook, task["data"], mentions).work(one, article.sentences)
            submit(page)
        trial.count(one, way, actions)


def _compare_stance(project: Project, codebook: Codebook, marked: Mapping[tuple[str, str], AnnotationSet]) -> None:
    """The stance of each actor is in the dataset, which has no text that is withheld."""
    with tempfile.TemporaryDirectory() as cache:
        rows = [row for part in load_dataset(str(project.release), "stance", cache_dir=cache).values() for row in part]
    found = sorted((row["article_id"], row["actor"], row["value"]) for row in rows)
    values = {label.name: label.value for label in codebook.by_name["stance"].labels}
    given = sorted(
        (one.article_id, item.of, values[item.label])
        for one in marked.values()
        for item in one.annotations
        if isinstance(item, Choice) and item.layer == "stance"
    )
    print(f"{len(found)} stances in the dataset, {len(given)} given", flush=True)
    assert found == given


def _open_relations(page) -> None:
    """Open the list of relations, which stays open from then on."""
    page.get_by_text("Relations", exact=True).first.click()


def _look(page, folder: str, name: str) -> None:
    for size in SIZES if folder else ():
        page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        until_idle(page, 500)
        page.screenshot(path=f"{folder}/{name}-{size[0]}.png")
    page.set_viewport_size(dict(zip(("width", "height"), SIZES[0], strict=True)))


def _table(trial: Trial) -> str:
    ways = (BLANK, SUGGESTED, PLAIN)
    head = f"| article | words | mentions, events | {' | '.join(ways)} | part of plain | without names |"

    def row(name: str, articles: Collection[str]) -> str:
        made = [[trial.counts[*key, way] for key in trial.sets if key[0] in articles] for way in ways]
        blank, suggested, plain = (sum(sum(count.values()) for count in counts) for counts in made)
        typed = [sum(count[layer, "keys"] for count in counts for layer in naming) for counts in made]
        words = sum(len((trial.articles[item].text or "").split()) for item in articles)
        of = Counter(
            item.layer for (article_id, _), one in trial.sets.items() if article_id in articles for item in one.annotations
        )
        part = f"{blank / plain:.0%}, {suggested / plain:.0%}"
        unnamed = [number - keys for number, keys in zip((blank, suggested, plain), typed, strict=True)]
        rest = f"{unnamed[0] / unnamed[2]:.0%}, {unnamed[1] / unnamed[2]:.0%}"
        cells = (name, f"{words:,}", f"{of['actors']}, {of['events']}", f"{blank:,}", f"{suggested:,}", f"{plain:,}", part, rest)
        return f"| {' | '.join(cells)} |"

    naming = [layer.name for layer in trial.codebook.layers if names_new_actors(layer)]
    rows = [*(row(f"`{item}`", [item]) for item in trial.articles), row("all", trial.articles.keys())]
    return "\n".join([head, "| --- |" + " --: |" * 7, *rows])


if __name__ == "__main__":
    main(*sys.argv[1:])
