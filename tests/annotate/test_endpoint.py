"""How a run goes with an endpoint that is slow, fails, answers wrongly or refuses: over HTTP, to the command's output and exit code."""

from __future__ import annotations

import io
import json
import re
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.progress import Progress

from model_endpoint import Reply, served
from standpoint.annotate.endpoint import Price
from standpoint.annotate.requests import Request
from standpoint.annotate.talk import Ledger, Options
from standpoint.cli import main
from standpoint.cli.console import Run
from standpoint.core.answer_store import AnswerStore, Response
from standpoint.core.corpus import read_articles
from toy_model import ARTICLES, EMPTY, dossiers, event, said, sentences_of, sets

pytestmark = pytest.mark.server  # a served stand-in

FILE = "facts/m21.jsonl"
DEEP = '{"events": ' + "[" * 100_000
MANY = 40_000


def run(project, endpoint, *words, articles=ARTICLES[:1]):
    address = endpoint if isinstance(endpoint, str) else endpoint.url
    command = ["--project", str(project.root), "annotate", "--model", "toy", "--as", "m21", "--pass", "facts"]
    result = CliRunner().invoke(main, [*command, "--base-url", address, "--rounds", "0", "--attempts", "2", *words, *articles])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def first(*replies):
    """Answers the first requests with these, and all further ones rightly."""
    return lambda body, number: replies[number - 1] if number <= len(replies) else said(body)


def marked(project):
    return [item.quote for one in sets(project) for item in one.annotations if item.layer == "events"]


SOON = {"after": 0.01}
PASSING = {
    "busy, says when": [Reply(status=429, raw=b"{}", **SOON)] * 2,
    "busy, says it otherwise": [Reply(status=429, raw=b"{}", headers={"retry-after-ms": "5"})],
    "busy, does not say when": [Reply(status=429, raw=b"{}")],
    "500": [Reply(status=500, raw=b"oops", **SOON)],
    "502": [Reply(status=502, raw=b"<html>", **SOON)],
    "503": [Reply(status=503, raw=b"", **SOON)],
    "cut": [Reply(json.dumps(EMPTY), cut=True)],
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_asked_again(project, name):
    with served(first(*PASSING[name])) as endpoint:
        result = run(project, endpoint)
        assert result.exit_code == 0, result.output
        assert len(endpoint.requests) == 1 + len(PASSING[name])
        assert all(body == endpoint.requests[0] for body in endpoint.requests)
    assert "said" in marked(project)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(status=500, raw=b'{"error": {"message": "out of\\nmemory"}}', **SOON), "answers 500: out of memory"),
        (Reply(status=429, raw=b'{"error": {"message": "quota"}}', **SOON), "answers 429: quota"),
        (Reply(status=402, raw=b'{"error": {"message": "no money"}}'), "answers 402: no money"),
        (Reply(raw=b"{"), "is no chat completion"),
        (Reply(raw=b"\xff\xfe"), "is no chat completion"),
        (Reply(raw=b"<html>welcome</html>"), "is no chat completion"),
        (Reply(raw=b'{"object": "list"}'), "is no chat completion"),
        (Reply(raw=b'{"error": {"message": "x"}}'), "is no chat completion"),
        (Reply(raw=b'{"choices": []}'), "is a chat completion without a choice"),
        (Reply(raw=b"[" * 100_000), "is no chat completion"),
    ],
)
def test_no_answer_is_told_in_one_line_and_asked_for_again_by_the_next_run(project, reply, told):
    failing = [True]
    with served(lambda body, number: reply if failing[0] else said(body)) as endpoint:
        result = run(project, endpoint)
        (line,) = [line for line in result.output.splitlines() if "MODEL-" in line]
        assert line.startswith(f"{ARTICLES[0]} facts: MODEL-UNANSWERED") and told in line and result.exit_code == 1
        assert not (project.annotations / FILE).exists() and not (project.dossiers / FILE).exists()
        failing[0] = False
        assert run(project, endpoint).exit_code == 0
    assert "said" in marked(project)


def answers_of(text):
    """The answers to an article, all wrong in one way; each with the code and the words that are told."""
    number, sentence = text[0]
    word = re.findall(r"\w+", sentence)[0]
    twice, again = next((n, w) for n, s in text for w in re.findall(r"\b[a-z]{2,}\b", s) if len(re.findall(rf"\b{w}\b", s)) > 1)

    def with_events(*events):
        return json.dumps(EMPTY | {"events": list(events)})

    return {
        "nothing": ("", "ANSWER-JSON", "is empty"),
        "prose": ("I cannot find anything.", "ANSWER-JSON", "is not JSON"),
        "prose around": (f"Sure! {json.dumps(EMPTY)} Done.", "ANSWER-JSON", "is not JSON"),
        "two objects": (json.dumps(EMPTY) * 2, "ANSWER-JSON", "is not JSON"),
        "a list": ("[]", "ANSWER-JSON", "should be one JSON object"),
        "a key twice": (json.dumps(EMPTY)[:-1] + ', "events": []}', "ANSWER-JSON", "in one object twice"),
        "half a character": (json.dumps(EMPTY | {"genre": "\ud83d"}), "ANSWER-JSON", "half of a character"),
        "deep": (DEEP, "ANSWER-JSON", "is not JSON"),
        "deep and whole": (DEEP + "]" * 100_000 + "}", "ANSWER-JSON", "is not JSON"),
        "long": ("x" * 5_000_000, "ANSWER-JSON", "is not JSON"),
        "fences without end": ("```\n" * 100_000, "ANSWER-JSON", "is not JSON"),
        "thought without end": ("<think>" * 100_000, "ANSWER-JSON", "is not JSON"),
        "a number too long": (f'{{"events": {"1" * 5_000}}}', "ANSWER-JSON", "is not JSON"),
        "wrong quote": (with_events(event(number, "no such words")), "ANSWER-QUOTE", "copy the words exactly"),
        "long quote": (with_events(event(number, "x" * 1_000_000)), "ANSWER-QUOTE", "copy the words exactly"),
        "no quote": (with_events(event(number, " ")), "ANSWER-QUOTE", "should be the exact words"),
        "no such sentence": (with_events(event(999, word)), "ANSWER-SENTENCE", "999 is not the number"),
        "a sentence in words": (with_events(event("first", word)), "ANSWER-SENTENCE", '"first" is not the number'),
        "repeated": (with_events(event(twice, again, occurrence=None)), "ANSWER-OCCURRENCE", "say which occurrence"),
        "too often": (with_events(event(twice, again, occurrence=99)), "ANSWER-OCCURRENCE", "should be 1 to"),
        "occurrence in words": (with_events(event(twice, again, occurrence="2")), "ANSWER-OCCURRENCE", "should be 1 to"),
        "no such label": (with_events(event(number, word, label="diplomacy.talk")), "ANSWER-LABEL", "should be diplomacy.talks?"),
        "two labels": (with_events(event(number, word, label=["a", "b"])), "ANSWER-LABEL", "give one label"),
        "no such actor": (with_events(event(number, word, agent=["act-999999"])), "ANSWER-ACTOR", '"act-999999" is not a label'),
        "no such key": (with_events(event(number, word, confidence=1)), "ANSWER-KEY", "no such key here"),
        "no such layer": (json.dumps(EMPTY | {"event": []}), "ANSWER-KEY", "should be events?"),
        "a layer less": ('{"events": []}', "ANSWER-KEY", "the key is missing; write"),
        "a text for a list": (json.dumps(EMPTY | {"events": "none"}), "ANSWER-TYPE", "should be a list of objects"),
        "a number for an object": (json.dumps(EMPTY | {"events": [1]}), "ANSWER-TYPE", "1 should be an object"),
        "a link to nothing": (
            json.dumps(EMPTY | {"role": [{"from": "e", "to": "p", "label": "place"}]}),
            "ANSWER-LINK",
            '"e" is not',
        ),
    }


NAMES = list(answers_of([(1, "said said and the the")]))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_in_an_answer_is_told_and_left_out(project, name):
    asked = []

    def answer(body, number):
        asked.append(answers_of(sentences_of(body))[name])
        return Reply(asked[-1][0])

    with served(answer) as endpoint:
        result = run(project, endpoint)
        _, code, told = asked[0]
        lines = [line for line in result.output.splitlines() if f": {code} " in line]
        assert result.exit_code == 1 and lines and any(told in line for line in lines), result.output
        assert max(map(len, result.output.splitlines())) < 2_000
        before = result.output
        assert run(project, endpoint).output.replace("kept from before", "").count(code) == before.count(code)
    assert len(endpoint.requests) == 1  # a wrong answer is paid for too
    (dossier,) = dossiers(project)
    assert code in dossier.left_out and (dossier.taken == -1) == (code == "ANSWER-JSON")
    assert (project.annotations / FILE).exists() == (code != "ANSWER-JSON")


@pytest.mark.parametrize(
    "wrap",
    [
        "{0}",
        "\ufeff{0}\n",
        "```json\n{0}\n```",
        "```\n{0}\n```\n",
        "Here it is:\n```JSON\n{0}\n```\nThat is all.",
        "```json {0}```",
        "<think>Is {{this}} an event? ```no```</think>\n{0}",
        "Is {{this}} an event?</think>\n\n```json\n{0}\n```",
    ],
)
def test_an_answer_in_a_fence_or_after_a_thought_is_read(project, wrap):
    with served(lambda body, number: Reply(wrap.format(said(body).text))) as endpoint:
        result = run(project, endpoint)
    assert result.exit_code == 0, result.output
    assert "said" in marked(project)


def test_a_huge_answer_is_read_soon_and_not_sent_back_whole(project):
    def answer(body, number):
        return Reply(json.dumps(EMPTY | {"events": [event(1, f"no such words {n}", label=f"none{n}") for n in range(MANY)]}))

    with served(answer) as endpoint:
        began = time.process_time()
        result = run(project, endpoint, "--rounds", "1")
        assert time.process_time() - began < 20
    assert result.exit_code == 1 and "ANSWER-FAULTS" in result.output and len(result.output) < 20_000
    assert len(json.dumps(endpoint.requests[1])) < 1_000_000


ODD = {
    "content in parts": {"message": {"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "TEXT"}]}},
    "no usage": {"message": {"content": "TEXT"}},
    "usage that is none": {"message": {"content": "TEXT"}, "usage": {"prompt_tokens": "many", "completion_tokens": -1}},
    "no name": {"message": {"content": "TEXT"}, "model": None},
    "a date that is none": {"message": {"content": "TEXT"}, "created": "today"},
    "a name with half a character": {"message": {"content": "TEXT"}, "model": "\ud83dx"},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_completion_is_not_lost(project, name):
    def answer(body, number):
        odd = dict(ODD[name])
        whole = {"choices": [{"index": 0, "message": odd.pop("message")}], "model": "toy", **odd}
        return Reply(raw=json.dumps(whole).replace('"TEXT"', json.dumps(said(body).text)).encode())

    with served(answer) as endpoint:
        assert run(project, endpoint).exit_code == 0
    (dossier,) = dossiers(project)
    assert "said" in marked(project) and dossier.rounds[0].input_tokens is None
    assert dossier.rounds[0].served == {"no name": "", "a name with half a character": "?x"}.get(name, "toy")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(refusal="I cannot help with this."),
        Reply(finish="content_filter"),
        Reply(status=400, raw=b'{"error": {"code": "content_filter", "message": "filtered by policy"}}'),
    ],
)
def test_a_refusal_is_told_counted_and_not_asked_for_again(project, reply):
    with served(lambda body, number: reply) as endpoint:
        result = run(project, endpoint, "--rounds", "2")
        assert result.exit_code == 1 and "MODEL-REFUSED the model did not answer" in result.output
        assert "1  refused by the model" in result.output and "1  articles without a set" in result.output
        assert "MODEL-REFUSED" in run(project, endpoint, "--rounds", "2").output
    assert len(endpoint.requests) == 1
    (dossier,) = dossiers(project)
    assert dossier.taken == -1 and not (project.annotations / FILE).exists()


def test_an_answer_that_was_cut_off_is_told(project):
    with served(lambda body, number: Reply(json.dumps(EMPTY)[:-5], finish="length")) as endpoint:
        result = run(project, endpoint)
    assert result.exit_code == 1 and "ANSWER-CUT the answer was cut off" in result.output
    with closing(AnswerStore(project.answers)) as store:
        assert store.get(dossiers(project)[0].rounds[0].request).finish == "length"


@pytest.mark.parametrize(
    ("status", "told"),
    [(401, "refuses the key: not yours"), (403, "refuses the key: not yours"), (404, "has no such model, or is no endpoint")],
)
def test_what_no_request_can_get_past_ends_the_run_in_one_line(project, status, told):
    raw = b'{"error": {"message": "not yours"}}'
    with served(first(Reply(status=status, raw=raw))) as endpoint:
        result = run(project, endpoint, "--jobs", "1", articles=ARTICLES)
        assert result.exit_code == 2 and len(endpoint.requests) == 1
        assert result.output.splitlines()[0] == f"error: 127.0.0.1 {told}" + (": not yours" if status == 404 else "")
        assert result.output.splitlines()[1].startswith("hint: ")


def test_what_was_there_is_stored_when_the_key_stops_to_work(project):
    with served(lambda body, number: said(body) if number == 1 else Reply(status=401, raw=b"{}")) as endpoint:
        result = run(project, endpoint, "--jobs", "1", articles=ARTICLES)
    assert result.exit_code == 2 and "refuses the key" in result.output
    assert [one.article_id for one in sets(project)] == [ARTICLES[0]]
    assert [one.article_id for one in dossiers(project)] == [ARTICLES[0]]


@pytest.mark.parametrize("taken", ["json", "text"])
def test_an_endpoint_that_refuses_a_form_is_asked_in_the_next_one_from_then_on(project, taken):
    def form(body):
        return (
            {"json_schema": "schema", "json_object": "json"}[body["response_format"]["type"]]
            if "response_format" in body
            else "text"
        )

    def answer(body, number):
        refused = ("schema", "json")[: 1 if taken == "json" else 2]
        return Reply(status=400, raw=b'{"error": {"message": "response_format"}}') if form(body) in refused else said(body)

    with served(answer) as endpoint:
        assert run(project, endpoint, "--jobs", "1", articles=ARTICLES).exit_code == 0
    assert [form(body) for body in endpoint.requests] == ["schema", "json", "text"][: 2 if taken == "json" else 3] + [taken]
    assert {dossier.rounds[0].form for dossier in dossiers(project)} == {taken}


def ids(project):
    return [article.id for article in read_articles(project)]


def test_articles_that_are_too_long_change_nothing_for_the_others(project):
    """Neither the form, nor whether the run goes on."""
    articles = ids(project)[:9]
    too_long = Reply(status=400, raw=b'{"error": {"message": "maximum context length is 8192 tokens"}}')
    with served(lambda body, number: said(body) if number in (1, 9) else too_long) as endpoint:
        result = run(project, endpoint, "--jobs", "1", articles=articles)
        assert result.exit_code == 1 and "MODEL-GONE" not in result.output
        assert "MODEL-REQUEST 127.0.0.1 refuses the request: maximum context length" in result.output
        assert "7  requests without an answer" in result.output
        assert len(endpoint.requests) == 9 and all("response_format" in body for body in endpoint.requests)
        assert len(sets(project)) == 2
        again = run(project, endpoint, "--jobs", "1", articles=articles)  # more than five in a row, and none answered
        assert "7  requests without an answer" in again.output and "MODEL-GONE" not in again.output


def test_an_endpoint_that_stops_to_answer_ends_the_run(project):
    failing = Reply(status=500, raw=b"{}", **SOON)
    with served(lambda body, number: said(body) if number == 1 else failing) as endpoint:
        result = run(project, endpoint, "--jobs", "2", "--attempts", "0", articles=ids(project)[:20])
        assert result.exit_code == 1 and "facts: MODEL-GONE no answer to 5 requests in a row" in result.output
        assert len(endpoint.requests) <= 8
    assert len(sets(project)) == 1


def test_nothing_at_the_address_is_told_at_once(project):
    began = time.monotonic()
    result = run(project, "http://127.0.0.1:9/v1", articles=ARTICLES)
    assert result.exit_code == 2 and time.monotonic() - began < 20
    assert result.output.startswith("error: 127.0.0.1 does not answer: ") and "hint: is the server running?" in result.output


@pytest.mark.parametrize("address", ["localhost:11434/v1", "http://", "http://[::1/v1", "ftp://host/v1", "x"])
def test_what_is_no_address_is_told(project, address):
    result = run(project, address)
    assert result.exit_code == 2 and "is no address" in result.output


@pytest.mark.parametrize(("key", "sent"), [("secret\n", "Bearer secret"), ("", "Bearer none")])
def test_the_key_is_sent_as_it_was_meant(project, key, sent, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with served(said) as endpoint:
        assert run(project, endpoint).exit_code == 0
    assert endpoint.keys == [sent]


def test_a_key_that_is_none_is_told_and_not_shown(project, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-“secret”")
    with served(said) as endpoint:
        result = run(project, endpoint)
    assert result.exit_code == 2 and "OPENAI_API_KEY holds no key" in result.output and "secret" not in result.output


@pytest.mark.parametrize("jobs", [1, 3])
def test_at_most_so_many_requests_are_under_way(project, jobs):
    def slowly(body, number):
        time.sleep(0.05)
        return said(body)

    with served(slowly) as endpoint:
        assert run(project, endpoint, "--jobs", str(jobs), articles=ids(project)[:8]).exit_code == 0
    assert endpoint.most_open == jobs


@pytest.mark.parametrize("limit", ["tokens", "cost"])
@pytest.mark.parametrize("jobs", [1, 8])
def test_a_limit_is_never_passed(project, limit, jobs, tmp_path):
    """Each request costs 30,000 tokens and the longest answer: seven of them are 238,000."""
    prices = tmp_path / "prices.yaml"
    prices.write_text("currency: USD\nprices:\n  - {model: toy, input: 1, output: 1}\n")
    options = ["--token-limit", "250000"] if limit == "tokens" else ["--prices", str(prices), "--cost-limit", "0.25"]

    def answer(body, number):
        time.sleep(0.01)
        return said(body)._replace(usage={"prompt_tokens": 30_000, "completion_tokens": 4_000})

    with served(answer) as endpoint:
        result = run(project, endpoint, *options, "--max-output", "4000", "--jobs", str(jobs), articles=ids(project)[:12])
        assert result.exit_code == 0 and "note: facts: MODEL-LIMIT the next request could pass the limit" in result.output
        assert 5 <= len(endpoint.requests) <= 7, len(endpoint.requests)
        assert len(sets(project)) == len(endpoint.requests)
        asked = len(endpoint.requests)
        run(project, endpoint, *options, "--max-output", "4000", "--jobs", str(jobs), articles=ids(project)[:12])
    assert len(endpoint.requests) == 12 > asked and len(sets(project)) == 12


def test_no_request_is_sent_that_could_pass_the_limit(project):
    with served(said) as endpoint:
        result = run(project, endpoint, "--token-limit", "1000")
    assert endpoint.requests == [] and "MODEL-LIMIT" in result.output and "1  requests not asked for" in result.output


def test_a_request_without_an_answer_is_no_limit(project):
    with served(first(Reply(status=500, raw=b"{}"))) as endpoint:
        result = run(project, endpoint, "--token-limit", "1000000", "--attempts", "0", "--jobs", "1", articles=ARTICLES)
    assert "MODEL-UNANSWERED" in result.output and "MODEL-LIMIT" not in result.output
    assert len(endpoint.requests) == 2 and len(sets(project)) == 1


def test_progress_has_one_bar_which_tells_tokens_cost_and_refusals():
    told = []
    work = Run(Path())
    work.progress = Progress(console=Console(file=io.StringIO(), force_terminal=True))
    ledger = Ledger(Options("toy", "m21", price=Price("toy", 1, 2), currency="EUR"))
    request = Request("toy", {}, ({"role": "system", "content": "x" * 400},), {}, "a")
    for refusal in ("", "no"):
        ledger.send(request)
        ledger.receive(request, Response("{}", "", "", "", "", refusal=refusal, input_tokens=1_000_000, output_tokens=500_000))
        work.reporter.progress(f"annotate facts · {ledger.told()}", 1, 2)
        told.append(work.progress.tasks[0].description)
    assert told == ["annotate facts · 1,500,000 tokens, 2.00 EUR", "annotate facts · 3,000,000 tokens, 4.00 EUR, 1 refused"]
    assert len(work.progress.tasks) == 1
    work.progress.stop()
