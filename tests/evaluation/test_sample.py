"""Which articles are drawn, how probable that was, that sums stay right, and that the team gets these articles and no others."""

from __future__ import annotations

import random

import pytest

from command_line import run
from standpoint.codebook.load import open_codebook
from standpoint.core.files import write_whole
from standpoint.core.project import Project
from standpoint.evaluation.sample import FLOOR, MOST, Candidate, candidates_of, draw, scores
from standpoint.team.plan import Assignment, Member, Team, plan_pass, read_assignments, read_sample
from whole_projects import OURS
from words_project import ARTICLES, project_of, reading_of

NUMBERS = {f"a{number}": 0.5 + number % 5 / 4 for number in range(12)}  # the scores of twelve articles


def chances(seed: int) -> dict[str, float]:
    generator = random.Random(seed)
    return {name: generator.random() for name in NUMBERS}


def test_as_many_as_asked_for_and_a_larger_sample_has_all_of_a_smaller_one():
    before: dict[str, float] = {}
    for number in (1, 4, 5, 11, 12, 20):
        drawn = draw(NUMBERS, number, chances(1).__getitem__, before)
        assert len(drawn) == min(number, 12) and before.keys() <= drawn.keys()
        assert drawn == draw(NUMBERS, number, chances(1).__getitem__, {})  # in one go as in several
        assert all(drawn[name] >= probability for name, probability in before.items())
        before = drawn
    assert set(before.values()) == {1.0}
    assert draw(NUMBERS, 3, chances(1).__getitem__, before) == before


def test_the_probabilities_are_in_the_proportion_of_the_scores():
    drawn = draw(NUMBERS, 4, chances(2).__getitem__, {})
    assert max(drawn.values()) < 1
    assert len({round(probability / NUMBERS[name], 12) for name, probability in drawn.items()}) == 1


def test_sums_are_estimated_without_bias():
    """The mean of 20,000 estimates is the sum; with the number of articles over that of all as the probability, it is not."""
    values = {name: score**3 for name, score in NUMBERS.items()}
    truth, weighted, unweighted = sum(values.values()), 0.0, 0.0
    for seed in range(20_000):
        drawn = draw(NUMBERS, 4, chances(seed).__getitem__, {})
        weighted += sum(values[name] / probability for name, probability in drawn.items()) / 20_000
        unweighted += sum(values[name] * 12 / 4 for name in drawn) / 20_000
    assert weighted == pytest.approx(truth, rel=0.01)
    assert unweighted > 1.15 * truth


def candidate(name: str, disagreement: float | None = 0.0, source: str = "bell", types: tuple[str, ...] = ("x",)) -> Candidate:
    return Candidate(name, disagreement, ((source,), (), types), is_read=False)


def test_what_makes_a_score_higher():
    alike = [candidate(f"a{number}") for number in range(8)]
    others = [candidate("doubtful", 0.5), candidate("elsewhere", source="crier"), candidate("odd", types=("y",))]
    found = scores([*alike, *others])
    assert len({found[one.article_id] for one in alike}) == 1
    assert found["doubtful"] == pytest.approx(found["a0"] * (FLOOR + 0.5) / FLOOR)
    assert found["elsewhere"] > 1.2 * found["a0"] and found["odd"] > 1.2 * found["a0"]
    assert scores([candidate("a", None), candidate("b", None)]) == {"a": FLOOR, "b": FLOOR}
    assert scores([candidate("a", types=())]) == {"a": FLOOR}


def test_no_score_is_more_than_twelve_times_as_large_as_another():
    crowd = [Candidate(f"a{number}", 0.0, (("bell",), ("peace",), ("x",)), is_read=False) for number in range(500)]
    rarest = Candidate("rare", 1.0, (("crier",), ("war",), ("y",)), is_read=False)
    found = scores([*crowd, rarest])
    assert found["rare"] == pytest.approx((FLOOR + 1) * MOST)
    assert max(found.values()) <= 12 * min(found.values()) and min(found.values()) > 0


@pytest.fixture
def project(tmp_path) -> Project:
    """Two machines that differ about the first article, and a person who has read the last one."""
    sets = [reading_of(one, "m01", "gf") for one in ARTICLES] + [reading_of(one, "m02", "gf") for one in ARTICLES[1:]]
    sets += [reading_of(ARTICLES[0], "m02", "fg"), reading_of(ARTICLES[-1], "a01", "gf")]
    return project_of(tmp_path, sets)


def sampled(project: Project, number: int, *words: str, code: int = 0) -> str:
    return run("--project", str(project.root), "sample", "--number", str(number), *words, code=code)


def test_the_command_draws_the_same_and_adds_to_it(project):
    path = project.samples / "reading.tsv"
    said = sampled(project, 5)
    first = path.read_bytes()
    assert "5 articles, 5 of them new" in said and "confidence of the machines: not known" in said
    assert "5 articles, 0 of them new" in sampled(project, 5) and path.read_bytes() == first
    five = {row.article_id for row in read_sample(path)}
    assert "8 articles, 3 of them new" in sampled(project, 8)
    assert five < {row.article_id for row in read_sample(path)} <= {one.id for one in ARTICLES}
    assert "SAMPLE-KEPT" in sampled(project, 2) and len(read_sample(path)) == 8
    said = sampled(project, 99)
    assert "SAMPLE-ALL" in said and {row.probability for row in read_sample(path)} == {1.0}
    assert "bell 8 of 8, crier 6 of 6" in said


def test_disagreement_is_that_of_the_machines_alone(project):
    """Of the first article, both spans and what is said of it differ; a person's set is no machine's."""
    lines = {line.split()[0]: line.split() for line in sampled(project, 99).splitlines() if line.startswith("  ")}
    assert lines[ARTICLES[0].id][2] == "0.400"  # both spans, of two spans, two answers about them and one about the article
    assert {line[2] for name, line in lines.items() if name.startswith(("bell", "crier")) and name != ARTICLES[0].id} == {"0.000"}
    assert [name for name, line in lines.items() if line[3] == "yes"] == [ARTICLES[-1].id]


def test_what_an_article_covers():
    """Its outlet, its conflict, and what machines said in it: labels by layer, and no actors."""
    found = list(candidates_of(OURS, *open_codebook(OURS), "facts", ("m01", "m11")))
    assert len(found) == 28 and {one.facets[1] for one in found} == {("corvane",)}
    for one in found:
        assert one.article_id.startswith(one.facets[0][0]) and "in_scope yes" in one.facets[2]
        assert not any("act-" in label or "NEW" in label for label in one.facets[2])


def test_what_is_not_covered_is_told(project):
    said = sampled(project, 1)
    assert "SAMPLE-UNCOVERED no article of 1 outlet(s) is drawn" in said
    assert "disagreement: not known of one machine" in sampled(project, 1, "--machine", "m01")


def test_misuse_is_one_line(project):
    assert "no pass 'nothing'" in sampled(project, 3, "--pass", "nothing", code=2)
    assert "m09 has annotated nothing" in sampled(project, 3, "--machine", "m09", code=2)
    assert not project.samples.exists()
    for path in (project.annotations / "reading").glob("m*.jsonl"):
        path.unlink()
    assert "no machine has annotated anything" in sampled(project, 3, code=2)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("x-2031-05-01-00000000\t0", "probability is '0'"),
        ("x-2031-05-01-00000000\t1.5", "probability is '1.5'"),
        ("x-2031-05-01-00000000\tnan", "probability is 'nan'"),
        ("x-2031-05-01-00000000\thalf", "probability is 'half'"),
        ("x-2031-05-01-00000000", "1 fields, should be article_id probability"),
        ("x-2031-05-01-00000000\t0.5\nx-2031-05-01-00000000\t0.4", "listed more than once"),
    ],
)
def test_a_damaged_sample_is_refused_by_all_that_read_it(project, row, said):
    write_whole(project.samples / "reading.tsv", f"article_id\tprobability\n{row}\n")
    for words in (["check"], ["team", "assign"], ["sample", "--number", "3"], ["estimate", "crops", "grain", "--machine", "m01"]):
        output = run("--project", str(project.root), *words, code=2)
        assert "reading.tsv:" in output and said in output and "Traceback" not in output


def test_the_team_gets_the_sample_and_keeps_what_it_has_done(project):
    run("--project", str(project.root), "team", "add", "a01")
    path = project.assignments / "reading.tsv"
    assert {row.article_id for row in read_assignments(path)} == {one.id for one in ARTICLES}
    sampled(project, 4)
    drawn = {row.article_id for row in read_sample(project.samples / "reading.tsv")}
    run("--project", str(project.root), "team", "assign")
    assert {row.article_id for row in read_assignments(path)} == drawn | {ARTICLES[-1].id}
    assert "without an annotator" not in run("--project", str(project.root), "status")
    run("--project", str(project.root), "team", "add", "a02")
    rows = read_assignments(path)
    assert {row.article_id for row in rows if row.annotator == "a02"} <= drawn
    assert Assignment(ARTICLES[-1].id, "a01") in rows  # done, and not drawn: it stays, and nobody else gets it
    (project.samples / "reading.tsv").unlink()
    run("--project", str(project.root), "team", "assign")
    assert {row.article_id for row in read_assignments(path)} == {one.id for one in ARTICLES}


def test_a_drawn_article_has_an_annotator_whatever_its_split():
    team = Team(overlap={"reading": {"train": 0.0, "test": 2.0}}, members=(Member(id="a01"), Member(id="a02")))
    rows, issues = plan_pass(team, "reading", {"one": "train", "two": "test", "three": "test"}, (), (), sample=["one", "two"])
    assert sorted(row.article_id for row in rows) == ["one", "two", "two"] and issues == []
