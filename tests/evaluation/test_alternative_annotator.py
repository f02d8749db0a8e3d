"""The alternative annotator test gives the numbers of its authors, and says what it cannot test."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from standpoint.evaluation.alternative_annotator import (
    T_TEST,
    WILCOXON,
    AlternativeAnnotator,
    Trial,
    closeness,
    epsilon_for,
    share_equal,
)

# Of 120 answers to MT-bench, which one is better (a, b) or neither (t), by three people (L. Zheng et al. 2023, MT-bench human
# judgments, CC BY 4.0) and by two models (N. Calderon et al. 2025, data of the paper). "-": not judged.
PEOPLE = {
    "author_0": "------------ta--tttttt--------ttbbbbbbaabt----aaaa--tatb--bbbttt--aaaaaabb--bbtbbttbtaba----ttttbb--aataab--bb----btbbbt",
    "author_4": "atbbttbbtataaatttt----ttbttatabb----bb--btaatb----aaaatbbbbbbbaaaaaa--aababa--bb----ttaaabbb------btaabaaaba--btab------",
    "expert_24": "abbbaabbtata--bb--ttttttbttttt--bbbb--aa--atttaaaaaa----bb----tbaa--aa--abtatb--bbtt----tttbtaaabbta--ba--batbtbabbbbbbt",
}
MODELS = {
    "gemini_flash": "bbbbbbbbbbbbaaaaaabbaaaabbaattbbbbaaaaaaaaaabbaaaaaaaabbbbbbbbbbaaaaaaaabbaabbbbbbbbbbbabbbbbbaabbbbabbbaabbbabbbbbbbbaa",
    "gemini_pro": "bbbbbbbbbbaaaattaattaabbbbaattbbbbaaaaaaabbatbaaaaaaaabbbbbbbbaaaaaaaaaabbaaaabbbbbbbbaabbbbabbbbbbbaaaaaaaabbbbbbbbbbaa",
}


def tried(machine: Mapping, people: Mapping[str, Mapping], alignment=share_equal, **options) -> AlternativeAnnotator:
    trial = Trial(alignment, "an answer", "")
    for number, label in machine.items():
        trial.add(label, {name: answers[number] for name, answers in people.items() if number in answers})
    return trial.result(**options)


def judged(labels: str) -> dict[int, str]:
    return {number: label for number, label in enumerate(labels) if label != "-"}


# (model, ε): ω, ρ, then p by person, of the authors' code. With ε 0.2, they publish ω 0.00 and 0.00, and ρ 0.72 and 0.76.
OF_THE_AUTHORS = {
    ("gemini_flash", 0.2): (0.0, 0.7189023439023439, [0.16288597865271232, 0.4369504210469644, 0.26977145877986985]),
    ("gemini_pro", 0.2): (0.0, 0.7645128895128894, [0.04996886964090339, 0.431250670838641, 0.05078431452346295]),
    ("gemini_flash", 0.3): (0.0, 0.7189023439023439, [0.013679531505572875, 0.03536265790457844, 0.018359042350236124]),
    ("gemini_pro", 0.3): (1.0, 0.7645128895128894, [0.0015136199918163802, 0.024502015196286187, 0.0010469755689749547]),
}


@pytest.mark.parametrize("model, epsilon", OF_THE_AUTHORS)
def test_published_judgments_give_the_numbers_of_the_authors(model, epsilon):
    result = tried(judged(MODELS[model]), {name: judged(labels) for name, labels in PEOPLE.items()}, epsilon=epsilon)
    rate, advantage, p_values = OF_THE_AUTHORS[model, epsilon]
    assert result.winning_rate == rate and result.passed == (rate >= 0.5)
    assert result.advantage == pytest.approx(advantage, abs=1e-6)
    assert [person.p for person in result.people] == pytest.approx(p_values, abs=1e-6)
    assert [person.n for person in result.people] == [74, 84, 88]
    if epsilon == 0.2:
        assert (
            f"{result.winning_rate:.2f} {result.advantage:.2f}" == {"gemini_flash": "0.00 0.72", "gemini_pro": "0.00 0.76"}[model]
        )


def on_a_scale(size: int = 60) -> tuple[dict[int, int], dict[str, dict[int, int]]]:
    """Answers on a scale of five steps: everybody errs at fixed places, and nobody has answered everything."""

    def answer(number: int, step: int, every: int) -> int:
        off = (1 if number % 2 else -1) if number * step % every == 0 else 0
        return max(-2, min(2, (number * number + 3 * number) % 5 - 2 + off))

    errors = ((1, 2), (2, 5), (3, 11), (4, 4))
    people = {f"p{k}": {i: answer(i, k + 2, every) for i in range(size) if (i + k) % 7} for k, every in errors}
    people["p5"] = {i: answer(i, 1, 3) for i in range(20)}
    return {i: answer(i, 1, 3) for i in range(size) if i % 11}, people


# ε: ω, then p of p1 to p4, of the authors' code with minus the root mean square error; ρ is the same for all.
SCALE_OF_THE_AUTHORS = {
    0.0: (0.0, [0.1262374909646198, 0.5, 0.6451202183426668, 0.12633380827465426]),
    0.1: (0.5, [0.0076232459426101365, 0.07413398554993232, 0.08627259764494075, 0.00887888452515055]),
    0.15: (1.0, [0.0012403272001870352, 0.01622530843448412, 0.014111539898751463, 0.0016161633386312757]),
}


@pytest.mark.parametrize("epsilon", SCALE_OF_THE_AUTHORS)
def test_a_scale_gives_the_numbers_of_the_authors_and_leaves_out_who_has_answered_too_little(epsilon):
    result = tried(*on_a_scale(), closeness, epsilon=epsilon)
    rate, p_values = SCALE_OF_THE_AUTHORS[epsilon]
    assert result.winning_rate == rate and result.advantage == pytest.approx(0.908628841607565, abs=1e-6)
    *tested, last = result.people
    assert [person.p for person in tested] == pytest.approx(p_values, abs=1e-6)
    assert (last.annotator, last.n, last.p, last.won) == ("p5", 18, None, False)
    assert [person.won for person in tested].count(True) == 4 * rate


def test_with_few_instances_wilcoxon_s_test_takes_everybody():
    result = tried(*on_a_scale(), closeness, epsilon=0.2, test=WILCOXON)
    assert [person.annotator for person in result.people if person.p is not None] == ["p1", "p2", "p3", "p4", "p5"]
    assert result.winning_rate == 1.0 and all(person.won for person in result.people)


def test_closeness_and_share_equal_as_by_hand():
    assert closeness(1, [1, 2, -1]) == pytest.approx(-(((0 + 1 + 4) / 3) ** 0.5))
    assert closeness(2, [-1]) == -3  # of one other, the distance
    assert share_equal("b", ["b", "a", "b"]) == pytest.approx(2 / 3)


def test_without_variance_there_is_still_a_p():
    """The machine always ties with everybody: it wins with any ε above 0, and not with 0."""
    same = {number: "x" for number in range(30)}
    people = {name: same for name in ("a01", "a02", "a03")}
    for test in (T_TEST, WILCOXON):
        assert tried(same, people, epsilon=0.1, test=test).winning_rate == 1.0
        assert tried(same, people, epsilon=0.0, test=test).winning_rate == 0.0
        assert tried(dict.fromkeys(same, "y"), people, epsilon=0.2, test=test).winning_rate == 0.0


@pytest.mark.parametrize("size, names, reason", [
    (29, ("a01", "a02", "a03"), "0 of the 3 people that it needs have 30 instances or more"),
    (30, ("a01", "a02"), "2 of the 3 people that it needs have 30 instances or more"),
    (30, (), "0 of the 3 people that it needs have 30 instances or more that somebody else and the machine have too (none)"),
])  # fmt: skip
def test_it_is_not_made_with_too_few_people_or_instances_and_says_the_numbers(size, names, reason):
    answers = {number: "x" for number in range(size)}
    result = tried(answers, {name: answers for name in names}, epsilon=0.1)
    assert result.winning_rate is None and result.passed is None and result.advantage is None
    assert result.reason.startswith(reason) and all(f"{name} {size}" in result.reason for name in names)


def test_what_only_one_person_has_labelled_is_no_instance():
    people = {"a01": {0: "x", 1: "x"}, "a02": {0: "x"}}
    assert [person.n for person in tried({0: "x", 1: "x"}, people, epsilon=0.1).people] == [1, 1]


@pytest.mark.parametrize("kinds, epsilon", [
    (["human_expert", "human_expert"], 0.2),
    (["human_trained"], 0.15),
    (["human_expert", "human_crowd"], 0.1),
    (["human_trained", "published"], 0.1),
    ([], 0.1),
])  # fmt: skip
def test_the_advised_epsilon_is_that_of_the_least_reliable_people(kinds, epsilon):
    assert epsilon_for(kinds) == epsilon
