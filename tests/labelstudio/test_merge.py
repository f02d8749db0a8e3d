"""Who made an imported set, and which of two submissions is kept; the counts are of what is stored, and they add up."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from another_codebook import ANOTHER_CODEBOOK
from nonempty import nonempty
from standpoint.adjudication.fix import fix_annotation_sets
from standpoint.adjudication.rename_project import rename
from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import Article, Issue, Reporter, Span, StandpointError, sha256
from standpoint.labelstudio import exchange
from standpoint.labelstudio.merge import SUMS, moment
from standpoint.labelstudio.people import People
from standpoint.pages.task_json import task_of
from standpoint.release.takedown import take_down
from whole_projects import new_project

TEXTS = [f"Rye and barley were cut in the valley of Osk, field {number}. A sack was nine crowns." for number in range(4)]
WORDS = ("Rye", "barley", "valley", "field", "sack")


def region(word: str, text: str, identity: str = "") -> dict:
    start = text.index(word)
    value = {"start": start, "end": start + len(word), "text": word, "labels": ["grain"]}
    return {"id": identity or word, "from_name": "crops", "to_name": "text", "type": "labels", "value": value}


def annotation(number: int, words: str, text: str = TEXTS[0], day: int = 12, **changes: object) -> dict:
    """An annotation of these words, by user 1 of a server, begun on the 1st and last changed on a day of March 2031."""
    times = {"created_at": f"2031-03-01T08:00:00.{number:06}Z", "updated_at": f"2031-03-{day:02}T08:00:00Z"}
    return {"id": number, "completed_by": 1, "result": [region(word, text) for word in words.split()], **times, **changes}


def task(*annotations: dict, text: str = TEXTS[0], number: int = 1, **changes: object) -> dict:
    return {"id": number, "data": {"text": text}, "annotations": list(annotations), "project": 1} | changes


class Desk:
    """A project into which exports are imported; ``told`` are the issues of the last import."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.project, self.told = folder, new_project(folder / "project", ANOTHER_CODEBOOK), list[Issue]()
        articles = [
            Article(
                id=f"osk-undated-{sha256(text)[:8]}", source="osk", publisher="Osk", title="", licence="CC0-1.0", language="en",
                sha256=sha256(text), text=text, annotated_until=len(text),
            )
            for text in TEXTS
        ]  # fmt: skip
        write_lines(self.project.articles / "osk.jsonl", sorted(articles, key=lambda article: article.id))

    def read(self, *exports: list[dict], annotator: str = "") -> Counter:
        """Import these exports with one command."""
        paths = [self.folder / f"export{number}.json" for number in range(len(exports))]
        for path, export in zip(paths, exports, strict=True):
            path.write_text(json.dumps(export), encoding="utf-8")
        self.told = []
        return exchange.import_exports(self.project, paths, Reporter(issue=self.told.append), annotator=annotator)

    def pull(self, tasks: list[dict], users: dict[int, str]) -> Counter:
        """Import these tasks as from a server with these users."""
        self.told = []
        stored = (path.stem for path in self.project.annotations.glob("*/*.jsonl"))
        people = People(self.project.people, {}, users, "https://labels.example", stored)
        return exchange._import(self.project, {"labels": map(task_of, tasks)}, people, Reporter(issue=self.told.append))

    def withhold(self) -> None:
        """Move the texts to the local store."""
        (path,) = self.project.articles.glob("*.jsonl")
        articles = [replace(one, licence="all rights reserved") for one in read_lines(path, Article)]
        write_lines(self.project.withheld / path.name, articles)
        write_lines(path, [replace(one, text=None) for one in articles])

    def fix(self) -> Counter:
        """As `standpoint fix --write`."""
        self.project.guidelines_changelog.unlink(missing_ok=True)  # it is of another codebook
        return fix_annotation_sets(self.project, write=True, reporter=Reporter())

    @property
    def codes(self) -> list[str]:
        return [issue.code for issue in self.told]

    def stored(self) -> dict[str, list[set[str]]]:
        """The words that each annotator marked, a set per article, in the order of the articles."""
        found: dict[str, list[set[str]]] = {}
        for one in read_annotation_sets(self.project):
            words = {item.quote for item in one.annotations if isinstance(item, Span)}
            found.setdefault(one.annotator, []).append(words)
        return found


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


ANNA, BEN = [task(annotation(11, "Rye barley valley"))], [task(annotation(1, "sack"))]  # each the user 1 of an own server


@pytest.mark.parametrize("at_once", [True, False])
def test_the_first_user_of_a_second_server_replaces_nobody_and_is_said(desk, at_once):
    counts = desk.read(ANNA, BEN) if at_once else desk.read(ANNA) + desk.read(BEN)
    assert desk.stored() == {"p01": [{"Rye", "barley", "valley"}]}
    assert desk.codes == ["ACCOUNT-OTHER"] and desk.told[0].level == "error" and "--annotator" in desk.told[0].message
    assert (counts["items"], counts["items stored"], counts["items refused"]) == (4, 3, 1)
    desk.read(BEN, annotator="p02")
    assert desk.stored() == {"p01": [{"Rye", "barley", "valley"}], "p02": [{"sack"}]} and desk.codes == []
    before = (desk.project.annotations / "reading" / "p02.jsonl").read_bytes()
    desk.read(ANNA)
    desk.read(BEN)  # known by its annotations, without the option
    assert desk.codes == [] and (desk.project.annotations / "reading" / "p02.jsonl").read_bytes() == before


def test_an_account_is_refused_whole_also_on_articles_where_nothing_is_replaced(desk):
    desk.read(ANNA)
    desk.read([*BEN, task(annotation(2, "Rye", TEXTS[1]), text=TEXTS[1], number=2)])
    assert desk.stored() == {"p01": [{"Rye", "barley", "valley"}]} and desk.codes == ["ACCOUNT-OTHER"]


def test_an_annotator_who_began_again_is_still_the_same_person(desk):
    second = task(annotation(12, "Rye", TEXTS[1]), text=TEXTS[1], number=2)
    desk.read([*ANNA, second])
    desk.read([task(annotation(13, "field", day=20)), second])  # annotation 11 was deleted
    assert desk.codes == ["SET-REPLACED"] and sorted(map(len, desk.stored()["p01"])) == [1, 1]


def test_one_person_in_two_projects_of_a_server_stays_one_person(desk):
    desk.read(ANNA)
    desk.read([task(annotation(30, "Rye", TEXTS[1]), text=TEXTS[1], number=9, project=2)])
    assert list(desk.stored()) == ["p01"] and [(issue.code, issue.level) for issue in desk.told] == [("ACCOUNT-ASSUMED", "note")]
    desk.read([task(annotation(31, "Rye", TEXTS[2], completed_by=None), text=TEXTS[2])])
    assert list(desk.stored()) == ["p01", "p02"] and "no account" in desk.told[0].message


def test_the_option_names_one_person_and_an_export_of_two_is_refused_whole(desk):
    two = [task(annotation(11, "Rye"), annotation(12, "sack", completed_by=2))]
    with pytest.raises(StandpointError, match="several accounts"):
        desk.read(ANNA, two, annotator="p05")
    assert desk.stored() == {}
    desk.read(ANNA, annotator="p05")
    desk.read(ANNA, annotator="p06")
    assert list(desk.stored()) == ["p05"] and desk.codes == ["ACCOUNT-OTHER"] and "p05" in desk.told[0].message
    mail = [task(annotation(40, "Rye", completed_by={"id": 1, "email": "ann@example.org"}))]
    desk.read(mail)
    with pytest.raises(StandpointError, match="its account is p01"):
        desk.read(mail, annotator="p05")


@pytest.mark.parametrize("name", ["anna@example.org", "Anna", "anna b", "../a01", "-a"])
def test_the_option_names_a_pseudonym_and_no_person(desk, name):
    with pytest.raises(StandpointError, match="is no pseudonym"):
        desk.read([task(annotation(11, "Rye"))], annotator=name)
    assert desk.stored() == {}


def test_an_e_mail_and_a_number_of_an_export_and_of_a_server_are_one_person_with_the_same_annotations(desk):
    desk.read(ANNA)
    desk.pull(ANNA, {1: "anna@example.org"})
    assert [(issue.code, issue.level) for issue in desk.told] == [("ACCOUNT-KNOWN", "note")]
    assert not any("anna" in str(issue) for issue in desk.told)
    desk.pull(ANNA, {1: "anna@example.org"})
    assert desk.codes == []
    assert list(desk.stored()) == ["p01"] and json.loads(desk.project.people.read_text())["anna@example.org"] == "p01"
    desk.pull([task(annotation(90, "Rye", TEXTS[3]), text=TEXTS[3], number=7)], {1: "carl@example.org"})
    desk.read([task(annotation(90, "Rye", TEXTS[3]), text=TEXTS[3], number=7)])
    assert list(desk.stored()) == ["p01", "p02"] and len(desk.stored()["p01"]) == 1


def test_a_fresh_clone_knows_its_annotators_again_and_gives_nobody_the_name_of_another(desk):
    desk.read(ANNA)
    shutil.rmtree(desk.project.local)
    desk.read([task(annotation(1, "sack", completed_by={"email": "ben@example.org"}))])
    desk.read(ANNA)
    assert desk.stored() == {"p01": [{"Rye", "barley", "valley"}], "p02": [{"sack"}]} and desk.codes == []


NEWER, OLDER = [task(annotation(11, "Rye barley valley", day=20))], [task(annotation(11, "sack", day=10))]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("exports, code", [((NEWER, OLDER), "SET-OLDER"), ((OLDER, NEWER), "SET-REPLACED")])
def test_the_newer_submission_is_kept_whichever_is_imported_first(desk, exports, code, at_once):
    if at_once:
        desk.read(*exports)
    else:
        desk.read(exports[0])
        shutil.rmtree(desk.project.local)  # a fresh clone decides in the same way
        desk.read(exports[1])
    assert desk.stored() == {"p01": [{"Rye", "barley", "valley"}]}
    assert [(issue.code, issue.level) for issue in desk.told] == [(code, "note")]
    assert all(
        part in desk.told[0].where
        for part in ("2031-03-10T08", "2031-03-20T08", "3 region(s), 6 annotation(s)", "1 region(s), 2")
    )
    before = next(desk.project.annotations.glob("*/*.jsonl")).read_bytes()
    assert desk.read(NEWER)["files changed"] == 0 and desk.codes == []
    assert next(desk.project.annotations.glob("*/*.jsonl")).read_bytes() == before


def test_a_set_that_was_changed_back_keeps_its_last_day(desk):
    for words, day in (("Rye", 10), ("Rye", 20), ("sack", 15)):
        desk.read([task(annotation(11, words, day=day))])
    assert desk.stored() == {"p01": [{"Rye"}]} and desk.codes == ["SET-OLDER"]


BLANK = region("Rye and ", TEXTS[0], "blank")
SHIFTED = region("barley", TEXTS[0], "shifted")
SHIFTED["value"] |= {"start": SHIFTED["value"]["start"] + 3, "end": SHIFTED["value"]["end"] + 3}
TWICE = [region("sack", TEXTS[0], "first"), region("sack", TEXTS[0], "second")]
ANSWER = {"id": "shifted", "from_name": "health", "to_name": "text", "type": "choices", "value": {"choices": ["blighted"]}}
FAULTS = {"whitespace": [BLANK], "duplicate": TWICE, "all": [BLANK, *TWICE], "refused without --fix": [BLANK, SHIFTED, ANSWER]}


@pytest.mark.parametrize("withheld", [False, True], ids=["open", "withheld"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_set_that_was_fixed_stays_fixed_until_its_annotator_changes_it(fault, desk, withheld):
    if withheld:
        desk.withhold()
    work = annotation(11, "valley") | {"result": [region("valley", TEXTS[0]), *FAULTS[fault]]}
    if SHIFTED in FAULTS[fault]:
        (desk.folder / "export.json").write_text(json.dumps([task(work)]), encoding="utf-8")
        exchange.import_exports(desk.project, [desk.folder / "export.json"], Reporter(), fix=True)
    else:
        desk.read([task(work)])
        assert desk.fix()["repairs"] > 0
    path = desk.project.annotations / "reading" / "p01.jsonl"
    fixed = path.read_bytes()
    counts = desk.read([task(work)])
    assert path.read_bytes() == fixed and desk.codes.count("SET-FIXED") == 1 and "SET-REPLACED" not in desk.codes
    assert counts["annotations"] == counts["annotation sets"] == 1 and counts["sets replaced"] == 0
    desk.pull([task(work)], {1: "anna@example.org"})
    assert path.read_bytes() == fixed
    for result in (work["result"][:1], [*work["result"], region("field", TEXTS[0])]):
        path.write_bytes(fixed)
        desk.read([task(work | {"result": result, "updated_at": "2031-03-20T08:00:00Z"})])
        assert "SET-REPLACED" in desk.codes and "SET-FIXED" not in desk.codes and path.read_bytes() != fixed
    assert bool(quotes_in(desk)) != withheld


@pytest.mark.parametrize("fault", FAULTS)
def test_a_set_that_was_fixed_stays_fixed_after_a_renaming(fault, desk):
    answers = [ANSWER | {"id": "first"}, ANSWER | {"id": "second"}] if TWICE[0] in FAULTS[fault] else []
    work = annotation(11, "valley") | {"result": [region("valley", TEXTS[0]), *FAULTS[fault], *answers]}
    (desk.folder / "export.json").write_text(json.dumps([task(work)]), encoding="utf-8")
    exchange.import_exports(desk.project, [desk.folder / "export.json"], Reporter(), fix=SHIFTED in FAULTS[fault])
    desk.fix()
    for former, new in (("crops/grain", "corn"), ("crops", "produce"), ("health/blighted", "ill"), ("health", "state")):
        rename(desk.project, former, new, False, Reporter())
    path = desk.project.annotations / "reading" / "p01.jsonl"
    fixed = path.read_bytes()
    assert {item.layer for one in read_annotation_sets(desk.project) for item in one.annotations} == {"produce", "state"}
    desk.read([task(work)])
    assert path.read_bytes() == fixed and desk.codes.count("SET-FIXED") == 1 and "SET-REPLACED" not in desk.codes


def quotes_in(desk: Desk) -> set[str]:
    """The quotes in the files of sets and fixes."""
    content = b"".join(path.read_bytes() for path in desk.project.annotations.rglob("*.jsonl")).decode()
    return set(re.findall(r'"quote":"([^"]+)"', content))


def test_of_a_withheld_article_checksums_are_stored_and_compared_also_without_its_text(desk):
    desk.withhold()
    desk.read(ANNA)
    (path,) = desk.project.annotations.rglob("*.jsonl")
    before = path.read_bytes()
    assert quotes_in(desk) == set() and desk.stored() == {"p01": [{"Rye", "barley", "valley"}]}
    shutil.rmtree(desk.project.withheld)
    assert desk.read(ANNA)["files changed"] == 0 and desk.codes == [] and path.read_bytes() == before
    assert desk.stored() == {"p01": [{""}]}
    desk.read([task(annotation(11, "Rye sack", day=20))])
    assert desk.codes == ["SET-REPLACED"] and quotes_in(desk) == set()


def test_quotes_that_were_stored_once_are_no_change_and_go_with_the_next_import(desk):
    desk.read(ANNA)
    assert quotes_in(desk) == {"Rye", "barley", "valley"}
    desk.withhold()
    desk.read(ANNA)
    assert desk.codes == [] and quotes_in(desk) == set()


def test_an_import_after_a_take_down_brings_no_word_back(desk):
    remark = {"id": "r", "from_name": "remark", "to_name": "text", "type": "textarea", "value": {"text": ["it says barley"]}}
    work = annotation(11, "Rye barley valley")
    work["result"].append(remark)
    desk.read([task(work)])
    assert "it says barley" in next(desk.project.annotations.rglob("*.jsonl")).read_text()
    article = next(one for one in read_articles(desk.project) if one.text == TEXTS[0])
    take_down(desk.project, article.id, "its author asked", "2031-04-01", Reporter())
    before = [path.read_bytes() for path in sorted(desk.project.annotations.rglob("*.jsonl"))]
    assert desk.read([task(work)])["files changed"] == 0 and desk.codes == []
    assert [path.read_bytes() for path in sorted(desk.project.annotations.rglob("*.jsonl"))] == before
    desk.read([task(work | {"completed_by": 2, "id": 12})], annotator="p02")  # work that was not imported before
    assert quotes_in(desk) == set() and {"p01", "p02"} == set(desk.stored())
    sets = [[item.label for item in one.annotations if isinstance(item, Span)] for one in read_annotation_sets(desk.project)]
    assert sets == [["grain"] * 3] * 2 and b"quote_sha256" not in b"".join(before)


def test_a_fixed_set_that_was_opened_again_without_a_change_gets_its_last_day(desk):
    work = annotation(11, "valley") | {"result": [BLANK]}
    desk.read([task(work)])
    assert desk.fix()["repairs"] == 1
    desk.read([task(work | {"updated_at": "2031-03-20T08:00:00Z"})])
    (one,) = read_annotation_sets(desk.project)
    assert one.annotations[0].quote == "Rye and" and one.changed == "2031-03-20T08:00:00Z"
    assert desk.codes.count("SET-FIXED") == 1


def test_two_tasks_of_one_text_are_one_set_and_the_counts_are_of_what_is_stored(desk):
    tasks = [task(annotation(number, "Rye barley valley", day=day), number=number) for number, day in ((1, 20), (2, 10), (3, 15))]
    tasks[2]["annotations"][0]["result"] = [region("sack", TEXTS[0])]
    counts = desk.read(tasks)
    assert (counts["items"], counts["items stored"], counts["items of copies"], counts["items of older annotations"]) == (
        7,
        3,
        3,
        1,
    )
    assert desk.codes == ["SET-COPY", "SET-TWICE"] and desk.stored() == {"p01": [{"Rye", "barley", "valley"}]}


@pytest.mark.parametrize(
    "when", [None, "", "soon", -5, 1e40, 5, 1_900_000_000_000, "2031-03-01T08:00:00Z", "2031-03-01", "2031-03-01T09:00+01:00"]
)
def test_times_of_any_form_are_compared_as_times(desk, when):
    first = annotation(11, "sack", unique_id="u")
    desk.read([task(first | {"updated_at": "2031-03-01T08:00:00.5Z"})])
    desk.read([task(first | {"updated_at": when, "result": []})])  # without a time of change, that of the first submission counts
    odd = ["SET-FORMAT"] if when in ("soon", -5, 1e40) else []
    assert desk.codes == [*odd, "SET-OLDER"]
    desk.read([task(first | {"updated_at": when, "created_at": None, "result": []})])
    is_time = when in (5, 1_900_000_000_000) or str(when).startswith("2031")
    assert desk.codes == [*odd, "SET-OLDER" if is_time else "SET-REPLACED"]
    assert moment("2031-03-01T08:00:00Z") == moment("2031-03-01T09:00+01:00") < moment("2031-03-01T08:00:00.500000Z")


@pytest.mark.parametrize("line", ["{", '{"article_id": 5}', '{"article_id": "osk", "colour": 1}', "\xff"])
def test_a_damaged_file_of_sets_or_people_is_one_line(desk, line):
    desk.read(ANNA)
    path = desk.project.annotations / "reading" / "p01.jsonl"
    whole, people = path.read_bytes(), desk.project.people.read_bytes()
    path.write_bytes(line.replace("osk", json.loads(whole)["article_id"]).encode("latin-1") + b"\n")
    with pytest.raises(StandpointError) as error:
        desk.read([task(annotation(11, "Rye", day=30))])
    assert "\n" not in str(error.value)
    path.write_bytes(whole)
    desk.project.people.write_text(line, encoding="latin-1")
    with pytest.raises(StandpointError, match="people.json"):
        desk.read(ANNA)
    desk.project.people.write_text('{"user 1": "anna@example.org"}')
    with pytest.raises(StandpointError, match="people.json: 'anna@example.org' is no pseudonym"):
        desk.read(ANNA)
    desk.project.people.write_bytes(people)
    assert desk.read(ANNA)["files changed"] == 0


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"parent_annotation": 3}, "1 copy of another annotation from which it began"),
        ({"updated_by": 2}, "1 change by another account"),
        ({"comment_count": 2}, "2 comment(s)"),
        ({"updated_by": 1, "comment_count": 0, "last_action": "submitted", "history": []}, ""),
    ],
)
def test_what_else_an_annotation_has_is_told(desk, changes, words):
    desk.read([task(annotation(11, "Rye", **changes))])
    assert [issue.code for issue in desk.told] == (["SET-EXTRAS"] if words else [])
    assert all(words in issue.message for issue in desk.told)


def test_a_skipped_completion_of_an_old_version_is_skipped_and_both_names_of_annotations_are_read(desk):
    old = task(annotation(11, "Rye"), completions=[annotation(12, "", completed_by=2, skipped=True)])
    counts = desk.read([old])
    assert desk.codes == ["TASK-SKIPPED"] and (counts["annotations"], counts["skipped"]) == (2, 1)


# Any export

ACCOUNTS = [1, 2, "1", None, {"id": 1}, {"email": "ann@example.org"}, [1], 2.0]
DAYS = st.integers(1, 28)
RESULTS = st.lists(st.sampled_from([*WORDS, "bad", "choice", "odd"]), max_size=4, unique=True)
ANNOTATIONS = st.builds(
    lambda number, words, day, changes: {"number": number, "words": words, "day": day, "changes": changes},
    st.integers(1, 6),
    RESULTS,
    DAYS,
    st.fixed_dictionaries(
        {},
        optional={
            "completed_by": st.sampled_from(ACCOUNTS),
            "was_cancelled": st.sampled_from([True, False, None, "x"]),
            "updated_at": st.sampled_from([None, 1.9e9, "soon", {}]),
            "created_at": st.none(),
            "unique_id": st.sampled_from([None, 5]),
            "result": st.sampled_from([None, "x", [5], [{"id": 1}]]),
        },
    ),
)
TASKS = st.tuples(st.integers(0, 4), st.lists(ANNOTATIONS, max_size=3), st.sampled_from([1, 2, "a", None]))
EXPORTS = st.lists(st.lists(TASKS, max_size=3), min_size=1, max_size=3)


def made(place: int, annotations: list[dict], number: object) -> dict:
    text = [*TEXTS, "This text is no article."][place]
    found = []
    for one in annotations:
        result = [region(word, TEXTS[0]) for word in one["words"] if word in WORDS]
        if "bad" in one["words"]:
            result.append(region("Rye", TEXTS[0], "bad") | {"from_name": "boxes"})
        if "choice" in one["words"]:
            result.append({"id": "c", "from_name": "tone", "type": "choices", "value": {"choices": ["worried"]}})
        if "odd" in one["words"]:
            result.append({"id": "o", "from_name": "crops", "type": "labels", "value": {"labels": "grain"}})
        identity = 10 * one["number"] + ACCOUNTS.index(one["changes"].get("completed_by", 1))  # no two accounts share one
        found.append(annotation(identity, "", day=one["day"], result=result) | one["changes"])
    return task(*found, text=text, number=number)


@pytest.fixture(scope="module")
def used_desk(tmp_path_factory):
    return Desk(tmp_path_factory.mktemp("exports"))


@given(exports=EXPORTS)
@settings(max_examples=100)
def test_the_counts_of_any_exports_add_up_to_what_they_hold_and_to_what_is_stored(used_desk, exports):
    desk = used_desk
    for folder in (desk.project.annotations, desk.project.local):
        shutil.rmtree(folder, ignore_errors=True)
    exports = [[made(*one) for one in export] for export in exports]
    held = Counter(annotations=0, items=0)
    for one in nonempty(exports):
        for each in one:
            held["annotations"] += len(each["annotations"])
            results = [work.get("result") for work in each["annotations"]]
            held["items"] += sum(len(result) for result in results if isinstance(result, list))
    counts = desk.read(*copy.deepcopy(exports))
    for whole, parts in SUMS.items():
        assert counts[whole] == held[whole] == sum(counts[part] for part in parts), (whole, counts)
    sets = list(read_annotation_sets(desk.project))
    keys = [(one.article_id, one.pass_name, one.annotator) for one in sets]
    assert len(keys) == len(set(keys)) == counts["annotation sets"]
    items = [item for one in sets for item in one.annotations if item.layer != "health"]  # which is a default
    assert len(items) == counts["items stored"] and counts["sets replaced"] == 0
    before = {path: path.read_bytes() for path in desk.project.annotations.rglob("*.jsonl")}
    desk.read(*exports)
    assert before == {path: path.read_bytes() for path in desk.project.annotations.rglob("*.jsonl")}


def test_work_that_did_not_change_keeps_the_codebook_version_with_which_it_was_made(desk):
    """A later push states a later version in the task, also of work that was made before."""

    def version(words: str, day: int, stated: str) -> str:
        desk.read([task(annotation(11, words, day=day), data={"text": TEXTS[0], "codebook_version": stated})])
        (one,) = read_annotation_sets(desk.project)
        return one.codebook_version

    assert (
        version("Rye barley", 12, "0.1.0") == version("Rye barley", 12, "0.2.0") == version("Rye barley", 13, "0.2.0") == "0.1.0"
    )
    assert version("Rye", 14, "0.2.0") == "0.2.0"
