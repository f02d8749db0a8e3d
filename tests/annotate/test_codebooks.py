"""Any codebook: each kind of layer has a template, and what ``write_answer`` writes, ``read_answer`` reads as the same annotations."""

from __future__ import annotations

import json
import random
import re
import shutil
from importlib.resources import files

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner

from another_codebook import ANOTHER_CODEBOOK
from model_endpoint import Reply, served
from standpoint.annotate.answer import answer_schema, form_of, layers_about, read_answer, write_answer
from standpoint.annotate.numbered import Line, Page
from standpoint.cli import main
from standpoint.codebook import kinds
from standpoint.codebook.load import check_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.model import Choice, Relation, Span, choice_id, in_reading_order, relation_id, with_new_ids
from standpoint.core.project import Project
from toy_model import sentences_of
from whole_projects import OURS, new_project

SENTENCES = (
    "Rain, rain and more rain fell on Port Sele.",
    "“La la la,” they sang – la la la.",
    "日本の米は日本で高い。",
    "حصاد القمح بدأ، والقمح جيد.",
    "Crows 🐦‍⬛ ate the\u00a0grain;  crows\tdid.",
)
TEXT = "\n\n".join(SENTENCES)
STARTS = [TEXT.index(sentence) for sentence in SENTENCES]
PAGE = Page(
    TEXT,
    tuple(
        Line(start, start + len(sentence), number)
        for number, (start, sentence) in enumerate(zip(STARTS, SENTENCES, strict=True), 1)
    ),
    ("act-000001", "act-000002", "NEW:1", "NEW:2"),
)
WORDS = [
    (start + m.start(), start + m.end())
    for start, s in zip(STARTS, SENTENCES, strict=True)
    for m in re.finditer(r"[^\W\u3040-\u9fff]+|[\u3040-\u9fff]", s)
]


def test_each_kind_of_layer_has_a_template():
    folder = files("standpoint.annotate").joinpath("templates")
    assert [kind for kind in kinds.by_name() if not folder.joinpath(f"{kind}.md.j2").is_file()] == []


def random_layer(name: str, names: list[str], chance: random.Random) -> dict:
    kind = chance.choice(sorted(kinds.by_name()))
    layer: dict = {"name": name, "kind": kind}
    labels = [{"name": label, "value": value} for label, value in zip("abc", (1, 2, 3), strict=True)]
    if kind in ("choice", "text"):
        layer |= chance.choice([{}, {"of": chance.choice(names)}, {"for_each": chance.choice(["actors", "spare"])}])
    if kind == "relation":
        layer |= {"from": chance.choice([*names, "any"]), "to": chance.choice([*names, "any"])}
    layer |= chance.choice([{"labels": labels}, {"labels": labels}, {"labels_from": "actors"}, {}])
    extras = {"multiple": True, "ordinal": True, "stars": True, "overlaps": "any", "spare": 2, "default": "a", "sentences": "any"}
    return layer | {key: value for key, value in extras.items() if chance.random() < 0.25}


def random_codebooks(number: int) -> list[Codebook]:
    chance, found = random.Random(16), []
    while len(found) < number:
        names = [f"layer{n}" for n in range(chance.randint(1, 5))]
        layers = [random_layer(name, names, chance) for name in names]
        book = {"title": "t", "version": "0.1.0", "layers": layers, "passes": [{"name": "p", "layers": names}]}
        try:
            codebook = msgspec.convert(book, Codebook)
        except msgspec.ValidationError:
            continue
        if not list(check_codebook(codebook)):
            found.append(codebook)
    return found


def random_annotations(codebook: Codebook, chance: random.Random) -> list:
    """Annotations as a set has them: spans are ``r1``, or ``r1.LABEL`` where a region has several labels."""
    found: list = []
    regions: list[tuple[str, str]] = []

    def some(layer, given=True):
        if layer.kind == "text":
            return [chance.choice(["yes", "“no”", "日本"])]
        if layer.kind == "number":
            return [chance.choice(["0", "3"] if layer.is_whole else ["0", "2.5"])]
        names = layer.label_names or PAGE.actors
        return chance.sample(names, chance.randint(1, len(names)) if layer.multiple else 1)

    def answer(layer, of):
        if chance.random() < 0.7:
            found.extend(
                Choice(id=choice_id(of, layer.name, label, layer.multiple), layer=layer.name, label=label, of=of)
                for label in some(layer)
            )

    for layer in codebook.layers:
        if layer.kind == "span":
            for _ in range(chance.randint(0, 4)):
                first = chance.randrange(len(WORDS))
                line = next(line for line in PAGE.lines if line.start <= WORDS[first][0] < line.end)
                within = [end for _, end in WORDS[first:] if end <= line.end or layer.sentences == "any"]
                start, end = WORDS[first][0], chance.choice(within[:4])
                if any(isinstance(one, Span) and (one.layer, one.start, one.end) == (layer.name, start, end) for one in found):
                    continue
                region = f"r{len(regions) + 1}"
                regions.append((region, layer.name))
                for label in some(layer):
                    name = f"{region}.{label}" if layer.multiple else region
                    found.append(Span(id=name, layer=layer.name, label=label, start=start, end=end, quote=TEXT[start:end]))
                for other in layers_about(layer, "p", codebook):
                    answer(other, region)
        elif layer.kind != "relation" and not layer.of:
            each = {"actors": PAGE.actors, "spare": PAGE.actors[2:]}.get(layer.for_each, [""])
            for of in each:
                answer(layer, of)
    for layer in codebook.layers:
        heads = [region for region, of in regions if layer.kind == "relation" and layer.starts_on(of)]
        tails = [region for region, of in regions if layer.kind == "relation" and layer.ends_on(of)]
        for head, tail, label in {
            (chance.choice(heads), chance.choice(tails), some(layer)[0]) for _ in range(3) if heads and tails
        }:
            if head != tail:
                found.append(
                    Relation(id=relation_id(head, layer.name, label, tail), layer=layer.name, label=label, head=head, tail=tail)
                )
    return found


def by_place(annotations, codebook):
    names = {}
    for item in annotations:
        if isinstance(item, Span):
            several = codebook.by_name[item.layer].multiple
            place = f"{item.layer} {item.start} {item.end}"
            names[item.id] = f"{place}.{item.label}" if several else place
            names[item.id.removesuffix(f".{item.label}") if several else item.id] = names[item.id] if not several else place
    return in_reading_order(with_new_ids(item, names) for item in annotations)


def test_what_is_written_is_read_as_the_same():
    chance, number, kinds_seen = random.Random(16), 0, set()
    for codebook in random_codebooks(250):
        annotations = random_annotations(codebook, chance)
        answer = write_answer(annotations, PAGE, "p", codebook)
        schema = answer_schema("p", codebook)
        jsonschema.validate(answer, schema)
        jsonschema.validate(form_of(schema), schema)
        read = read_answer(json.dumps(answer), PAGE, "p", codebook)
        assert read.faults == [], (codebook.layers, answer)
        assert by_place(read.annotations, codebook) == by_place(annotations, codebook), answer
        number += len(annotations)
        kinds_seen |= {
            (layer.kind, bool(layer.of), layer.for_each, layer.multiple, layer.labels_from) for layer in codebook.layers
        }
    assert number > 500 and len(kinds_seen) > 20


def harvest_answer(body: dict) -> dict:
    """Marks "the" as fruit and its first neighbour as a price, links them, and answers about the crop and the document."""
    number, first = next((number, text) for number, text in sentences_of(body) if re.search(r"\bthe \w+", text))
    other = re.search(r"\bthe (\w+)", first)[1]
    occurrence = [m.group() for m in re.finditer(rf"\b{other}\b", first[: first.index(f"the {other}") + 4 + len(other)])]
    crop = {"id": "c", "sentence": number, "quote": "the", "occurrence": 1, "label": "fruit", "health": "blighted"}
    amount = {"id": "a", "sentence": number, "quote": other, "occurrence": len(occurrence), "label": "price"}
    link = {"from": "c", "to": "a", "label": "sold_for"}
    return {"crops": [crop], "amounts": [amount], "measure": [link], "tone": "worried", "remark": "short"}


@pytest.mark.server
@pytest.mark.parametrize("form", ["schema", "text"])
def test_a_codebook_with_relations_and_answers_about_the_document(tmp_path, form):
    project = new_project(tmp_path, ANOTHER_CODEBOOK)
    for path in (project.root / "guidelines").glob("*.yaml"):
        if path != project.codebook:
            path.unlink()  # what is about our codebook
    for name in ("articles", "sources.yaml"):
        target, source = project.root / "dataset" / name, OURS.root / "dataset" / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    articles = [article.id for article in read_articles(project)][:3]
    command = ["--project", str(project.root), "annotate", "--model", "toy", "--as", "m11", "--form", form]
    with served(lambda body, number: Reply(json.dumps(harvest_answer(body)))) as endpoint:
        result = CliRunner().invoke(main, [*command, "--base-url", endpoint.url, *articles])
    assert result.exit_code == 0, result.output
    prompt = endpoint.requests[0]["messages"][0]["content"]
    assert all(f"# Layer `{layer['name']}`" in prompt for layer in ANOTHER_CODEBOOK["layers"])
    # It has no examples, so the prompt shows the form of an answer.
    assert '{"crops": [{"id": "…", "sentence": 1, "quote": "…", "occurrence": 1, "label": "grain", "health": "sound"}]' in prompt
    if form == "schema":
        jsonschema.validate(
            harvest_answer(endpoint.requests[0]), endpoint.requests[0]["response_format"]["json_schema"]["schema"]
        )
    assert ("response_format" in endpoint.requests[0]) == (form == "schema")
    made = list(read_annotation_sets(project))
    assert [one.article_id for one in made] == articles
    marked = {"fruit", "blighted", "price", "sold_for", "worried", "short"}
    assert [{item.label for item in one.annotations} for one in made] == [marked] * 3
    assert not [
        line for line in CliRunner().invoke(main, ["--project", str(project.root), "check"]).output.splitlines() if "m11" in line
    ]


def test_a_new_project(tmp_path):
    """The smallest template: from `init` to annotation sets that check finds nothing wrong with."""
    runner, root = CliRunner(), tmp_path / "p"
    assert runner.invoke(main, ["init", str(root), "--template", "minimal"]).exit_code == 0
    raw = root / "dataset" / "raw" / "one"
    raw.mkdir(parents=True)
    (raw / "one.txt").write_text("The mayor spoke.\n\nRain fell on the mayor.\n")
    result = runner.invoke(main, ["--project", str(root), "ingest", str(raw)])
    assert result.exit_code == 0, result.output
    requests, answers = tmp_path / "requests.jsonl", tmp_path / "answers.jsonl"
    command = ["--project", str(root), "annotate", "--model", "toy", "--as", "m11"]
    assert runner.invoke(main, [*command, "--write-batch", str(requests)]).exit_code == 0
    (line,) = map(json.loads, requests.read_text().splitlines())
    answer = {"weather": [{"sentence": 2, "quote": "Rain", "occurrence": 1, "label": "rain"}]}
    jsonschema.validate(answer, line["body"]["response_format"]["json_schema"]["schema"])
    body = {"choices": [{"message": {"content": json.dumps(answer)}}]}
    answers.write_text(json.dumps({"custom_id": line["custom_id"], "response": {"status_code": 200, "body": body}}))
    result = runner.invoke(main, [*command, "--read-batch", str(answers)])
    assert result.exit_code == 0, result.output
    (one,) = read_annotation_sets(Project(root))
    assert [(item.label, item.quote, item.start) for item in one.annotations] == [("rain", "Rain", 18)]
    result = runner.invoke(main, ["--project", str(root), "check"])
    assert result.exit_code == 0 and "m11" not in result.output, result.output
