"""Batch files: requests and answers in all orders, answers of other providers, and files that are damaged."""

from __future__ import annotations

import gzip
import json

import pytest
from click.testing import CliRunner

from model_endpoint import Reply, completion, served
from standpoint.cli import main
from toy_model import ARTICLES, dossiers, said, sets


def run(project, *words, articles=ARTICLES):
    command = ["--project", str(project.root), "annotate", "--model", "toy", "--as", "m21", "--pass", "facts"]
    result = CliRunner().invoke(main, [*command, *words, *articles])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def lines_of(path):
    data = path.read_bytes()
    data = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    return [json.loads(line) for line in data.decode().split("\n") if line]


def answer_to(line, **changes):
    """The line of an answer, with what some providers add to it."""
    body = json.loads(completion(said(line["body"]))) | {"system_fingerprint": "f", "service_tier": None, "x_groq": {"id": 1}}
    response = {"status_code": 200, "request_id": "r", "body": body}
    return {"id": "batch_1", "custom_id": line["custom_id"], "response": response, "error": None} | changes


def write(path, *answers):
    data = "".join(f"{json.dumps(answer)}\n" for answer in answers).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


@pytest.fixture
def requests(project, tmp_path):
    """The lines of the requests about two articles."""
    path = tmp_path / "requests.jsonl"
    assert run(project, "--write-batch", str(path)).exit_code == 0
    return lines_of(path)


def test_packed_files_and_answers_in_another_order(project, tmp_path, requests):
    packed = tmp_path / "requests.jsonl.gz"
    run(project, "--write-batch", str(packed))
    assert packed.read_bytes().startswith(b"\x1f\x8b") and lines_of(packed) == requests
    before = packed.read_bytes()
    run(project, "--write-batch", str(packed))
    assert packed.read_bytes() == before
    answers = write(tmp_path / "answers.jsonl.gz", *map(answer_to, reversed(requests)))
    result = run(project, "--read-batch", answers)
    assert result.exit_code == 0 and "2  answers of the batch" in result.output, result.output
    assert [one.article_id for one in sets(project)] == list(ARTICLES)
    assert {(one.rounds[0].host, one.rounds[0].served) for one in dossiers(project)} == {("", "toy-model-0526")}


@pytest.mark.server
def test_files_one_after_the_other_and_again(project, tmp_path, requests):
    first, second = (write(tmp_path / f"{n}.jsonl", answer_to(line)) for n, line in enumerate(requests))
    more = tmp_path / "more.jsonl"
    assert "1  requests not answered yet" in run(project, "--read-batch", second, "--write-batch", str(more)).output
    assert lines_of(more) == [requests[0]]
    result = run(project, "--read-batch", first, "--write-batch", str(more))
    assert result.exit_code == 0 and lines_of(more) == [] and len(sets(project)) == 2
    stored = [one.annotations for one in sets(project)]
    result = run(project, "--read-batch", first, "--read-batch", second)
    assert result.exit_code == 0 and "2 answer(s) are not of requests that would be sent now" in result.output
    assert [one.annotations for one in sets(project)] == stored
    with served(said) as endpoint:
        assert run(project, "--base-url", endpoint.url).exit_code == 0
    assert endpoint.requests == []  # the answers of a batch are answers like others


def test_the_file_of_the_answers_is_not_replaced(project, tmp_path, requests):
    path = tmp_path / "batch.jsonl"
    write(path, answer_to(requests[0]))
    before = path.read_bytes()
    refused = run(project, "--read-batch", str(path), "--write-batch", str(path))
    assert refused.exit_code == 2 and "--write-batch would replace batch.jsonl" in refused.output
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"response": None, "error": {"code": "batch_expired", "message": "too late"}}, "BATCH-FAILED"),
        ({"response": {"status_code": 500, "body": {"error": {"message": "oops"}}}}, "status 500"),
        ({"response": {"status_code": 200, "body": {"object": "list"}}}, "is no chat completion"),
        ({"response": {"status_code": 200, "body": {"choices": []}}}, "without a choice"),
        ({"response": None}, "no response"),
    ],
)
def test_a_line_without_an_answer_is_told_and_asked_again(project, tmp_path, requests, changes, told):
    answers = write(tmp_path / "answers.jsonl", answer_to(requests[0], **changes), answer_to(requests[1]))
    more = tmp_path / "more.jsonl"
    result = run(project, "--read-batch", answers, "--write-batch", str(more))
    assert result.exit_code == 1 and "answers.jsonl:1: BATCH-FAILED" in result.output and told in result.output
    assert lines_of(more) == [requests[0]] and len(sets(project)) == 1


def test_an_answer_that_is_there_twice(project, tmp_path, requests):
    answers = write(tmp_path / "answers.jsonl", answer_to(requests[0]), answer_to(requests[0], response={"body": {}}))
    result = run(project, "--read-batch", answers)
    assert "answers.jsonl:2: BATCH-TWICE" in result.output and len(sets(project)) == 1


def test_a_byte_order_mark_is_no_part_of_a_line(project, tmp_path, requests):
    path = tmp_path / "answers.jsonl"
    path.write_bytes("\ufeff".encode() + json.dumps(answer_to(requests[0])).encode() + b"\r\n\r\n")
    assert run(project, "--read-batch", str(path)).exit_code == 0 and len(sets(project)) == 1


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (gzip.compress(b'{"custom_id": "x"}\n' * 1_000, mtime=0)[:40], "not readable"),
        (b'{"custom_id": "x", "response"', "answers.jsonl:1: is no answer of a batch"),
        (b'{"custom_id": 5}\n', "answers.jsonl:1: is no answer of a batch"),
        (b"\xff\xfe\n", "answers.jsonl:1: is no answer of a batch"),
        (b"[]\n", "answers.jsonl:1: is no answer of a batch"),
    ],
)
def test_a_damaged_file_is_told_in_one_line(project, tmp_path, data, told):
    (tmp_path / "answers.jsonl").write_bytes(data)
    result = run(project, "--read-batch", str(tmp_path / "answers.jsonl"))
    assert result.exit_code == 2 and told in result.output.splitlines()[0] and result.output.splitlines()[1].startswith("hint: ")
    assert not (project.annotations / "facts" / "m21.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--temperature", "nan"], "nan is no number"),
        (["--timeout", "inf"], "inf is no number"),
        (["--max-output", "0"], "Invalid value for '--max-output'"),
        (["--cost-limit", "1"], "--cost-limit needs --prices"),
        (["--dry-run"], "--dry-run writes and reads no batch"),
        (["--model", " "], "the name of the model is empty"),
        (["--param", "n=2"], "is set by the command itself"),
        (["--param", "temperature"], "should be NAME=VALUE"),
        (["--param", "=1"], "should be NAME=VALUE"),
        (["--pass", "fact"], "has no pass 'fact'"),
    ],
)
def test_a_wrong_option_is_told(project, tmp_path, words, told):
    result = run(project, "--write-batch", str(tmp_path / "requests.jsonl"), *words)
    assert result.exit_code == 2 and told in result.output and not (tmp_path / "requests.jsonl").exists()


def test_parameters_are_as_they_were_meant(project, tmp_path):
    path = tmp_path / "requests.jsonl"
    words = ["max_tokens=", "max_completion_tokens=99", "reasoning_effort=low", "top_p=NaN", 'stop=["a"]', "seed=7", "user="]
    run(project, "--write-batch", str(path), *(word for pair in (("--param", word) for word in words) for word in pair))
    body = lines_of(path)[0]["body"]
    given = {name: value for name, value in body.items() if name not in ("model", "messages", "response_format")}
    expected = {
        "max_completion_tokens": 99,
        "reasoning_effort": "low",
        "top_p": "NaN",
        "stop": ["a"],
        "seed": 7,
        "temperature": 0.0,
    }
    assert given == expected


def test_a_dry_run_counts_what_would_be_asked(project, tmp_path, requests):
    """What dossiers answer is not asked for, also in a fresh clone."""
    prices = tmp_path / "prices.yaml"
    prices.write_text("currency: EUR\nprices:\n  - {model: toy, input: 1, output: 2}\n")
    dry = ["--dry-run", "--prices", str(prices)]
    before = sorted(path for path in project.root.rglob("*") if project.local not in (path, *path.parents))
    output = run(project, *dry).output
    assert "facts: 2 request(s), 0 answered already" in output and " EUR" in output and "% of them the same in each" in output
    assert before == sorted(path for path in project.root.rglob("*") if project.local not in (path, *path.parents))
    run(project, "--read-batch", write(tmp_path / "answers.jsonl", *map(answer_to, requests)))
    project.answers.unlink()
    assert "facts: 0 request(s), 2 answered already" in run(project, *dry).output
    assert run(project, *dry, articles=["nothing"]).exit_code == 2
    assert run(project, *dry, "--pass", "none").exit_code == 2


@pytest.mark.server
def test_a_later_run_without_a_set_leaves_the_dossier_of_the_set(project):
    """The set stays too: they belong together."""
    with served(said) as endpoint:
        run(project, "--base-url", endpoint.url)
    before = (project.dossiers / "facts" / "m21.jsonl").read_bytes()
    with served(lambda body, number: said(body)._replace(refusal="no")) as endpoint:
        assert run(project, "--base-url", endpoint.url, "--seed", "2").exit_code == 1
    assert len(endpoint.requests) == 2 and (project.dossiers / "facts" / "m21.jsonl").read_bytes() == before


@pytest.mark.server
def test_the_last_run_counts_also_with_answers_that_were_kept(project):
    """Whatever their dates: the set is always the one that its dossier is about."""

    def dated(seed, date):
        def answer(body, number):
            whole = json.loads(completion(said(body, label=f"diplomacy.{seed}"))) | {"created": date}
            return Reply(raw=json.dumps(whole).encode())

        with served(answer) as endpoint:
            assert run(project, "--base-url", endpoint.url, "--seed", str(len(seed))).exit_code == 0
        return [one.annotations for one in sets(project)], (project.dossiers / "facts" / "m21.jsonl").read_bytes()

    early = dated("talks", 1_700_000_000)
    late = dated("reject", 1_750_000_000)
    assert early != late and dated("talks", 1) == early
