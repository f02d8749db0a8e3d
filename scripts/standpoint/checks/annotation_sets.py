"""Whether a set belongs to its article and codebook, and says truly who made it, with what, and how long it took."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from standpoint.checks.case import Case, Corpus, SetPair, email_in
from standpoint.checks.table import Findings, check
from standpoint.codebook.validate import nearest
from standpoint.core.model import AnnotationSet, Relation, Span
from standpoint.core.provenance import ASSISTANCE, KINDS, is_human


@check("article", on="set")
def set_article(case: Case) -> Findings:
    """a set is about an article of dataset/articles

    Why: labels without a text are labels of nothing.
    Fix: ingest the article; or, where it was taken out on purpose, take out its sets as well.
    """
    if case.context.known is None:
        yield "", "there is no such article"


@check("article", on="set")
def set_text(case: Case) -> Findings:
    """a set was made on the text that the article has

    Why: a text that changed under its id moves every offset behind the change, some of them to words that look right.
    Fix: bring the old text back; a changed text is another article, with an id of its own, and is annotated anew.
    """
    article = case.context.known
    if article and case.annotation_set.text_sha256 != article.sha256:
        yield "", f"made on text {case.annotation_set.text_sha256[:8]}…, the article has {article.sha256[:8]}…"


@check("article", on="set")
def set_pass(case: Case) -> Findings:
    """a set's pass is one of the codebook's

    Why: the pass says which layers were asked; without it, nothing marked and not asked cannot be told apart.
    Fix: correct pass_name; or bring the pass back into guidelines/codebook.yaml.
    """
    passes = case.codebook.pass_by_name
    if case.annotation_set.pass_name not in passes:
        near = nearest(case.annotation_set.pass_name, passes)
        yield (
            "",
            f"pass {case.annotation_set.pass_name!r}, " + (f"should be {near}?" if near else f"there are {', '.join(passes)}"),
        )


@check("annotation", on="set")
def layer_unknown(case: Case) -> Findings:
    """a layer is one of the codebook's

    Why: a layer that the codebook does not have is in no table of the release.
    Fix: correct the layer's name, or bring the layer back into guidelines/codebook.yaml.
    """
    yield from case.faults("LAYER-UNKNOWN")


@check("annotation", on="set")
def layer_pass(case: Case) -> Findings:
    """a layer is one that the set's pass asks for

    Why: a layer is compared between annotators who were asked for it, in the same pass.
    Fix: move the annotation to the annotator's set of the right pass; look how it came here.
    """
    yield from case.faults("LAYER-PASS")


@check("annotation", on="set")
def layer_kind(case: Case) -> Findings:
    """a layer holds annotations of its own kind

    Why: a span in a choice layer answers nothing, and a choice in a span layer stands nowhere.
    Fix: correct the annotation's layer, or import the set again.
    """
    yield from case.faults("LAYER-KIND")


@check("annotation", on="set")
def label_unknown(case: Case) -> Findings:
    """a label is one of its layer's

    Why: a label without a definition means what each reader takes it to mean.
    Fix: choose one of the layer's labels, or define this one in guidelines/codebook.yaml.
    """
    yield from case.faults("LABEL-UNKNOWN")


@check("annotation", on="set")
def label_misspelt(case: Case) -> Findings:
    """a label is written as its layer has it

    Why: a label in other letters is another label to every program that counts.
    Fix: write it as the codebook does; if an import wrote it, fix the import.
    """
    yield from case.faults("LABEL-MISSPELT")


@check("annotation", on="set")
def label_retired(case: Case) -> Findings:
    """a label is not one that its layer has retired

    Why: its meaning went into other labels; beside them it would count the same thing under two names.
    Fix: use the label that the layer's ``retired`` names; where it names none, annotate the place anew.
    """
    yield from case.faults("LABEL-RETIRED")


# Words a minute. Adults read English prose at 238, hardly anybody at more than 400 (Brysbaert 2019, "How many words do we
# read per minute?", Journal of Memory and Language 109); who is faster than 700 has not read it, let alone annotated.
FASTEST = 700
LONGEST = 8 * 3600  # seconds: a working day
FEW = 5  # spans: so many may be right as they were suggested


@check("set", on="set", level="note")
def set_version(case: Case) -> Findings:
    """a set made with another version of the codebook may mean something else

    Why: a label whose meaning changed is one name for two things.
    Fix: run standpoint fix --write, which brings it to this version unless a label changed its meaning; annotate that again.
    """
    if case.annotation_set.codebook_version != case.codebook.version:
        yield "", f"made with codebook {case.annotation_set.codebook_version}, this is {case.codebook.version}"


@check("set", on="set")
def set_annotator(case: Case) -> Findings:
    """each annotator has an entry in dataset/annotators.yaml

    Why: who is not listed is neither human nor machine, and may be called neither.
    Fix: add the pseudonym and its kind. No name, no e-mail address.
    """
    if case.annotation_set.annotator not in case.kinds:
        yield "", f"annotator {case.annotation_set.annotator!r} has none"


@check("set", on="set")
def set_kind(case: Case) -> Findings:
    """annotator_kind is what dataset/annotators.yaml says, and one of human_…, model, rule

    Why: machine-made labels are never called human; the set and the list must say the same.
    Fix: correct whichever is wrong.
    """
    listed = case.kinds.get(case.annotation_set.annotator)
    if listed is not None and (case.annotation_set.annotator_kind != listed or listed not in KINDS):
        yield "", f"annotator_kind {case.annotation_set.annotator_kind!r}, listed as {listed!r}"


@check("set", on="set")
def set_assistance(case: Case) -> Findings:
    """assistance is none, rule_suggestion or model_suggestion

    Why: agreement on suggestions is reported apart from agreement without; another word belongs to neither.
    Fix: say how the annotator was helped.
    """
    if case.annotation_set.assistance not in ASSISTANCE:
        yield "", f"assistance {case.annotation_set.assistance!r}"


@check("set", on="set")
def set_suggestions(case: Case) -> Findings:
    """a set with spans that were suggestions says that its annotator had suggestions

    Why: with assistance none, the machine's suggestions would count as a person's independent work.
    Fix: set assistance to rule_suggestion or model_suggestion; import does so.
    """
    suggested = sum(isinstance(item, Span) and item.origin.startswith("prediction") for item in case.annotation_set.annotations)
    if suggested and case.annotation_set.assistance == "none":
        yield "", f"{suggested} spans were suggestions, and assistance is none"


@check("set", on="set", level="note")
def set_stamped(case: Case) -> Findings:
    """a set made on suggestions has something that its annotator added or changed

    Why: who submits the suggestions as they are has not annotated, but clicked; the machine would agree with itself.
    Fix: look at the article. If suggestions were missing or wrong there, have it annotated anew.
    """
    spans = [span for span, _ in case.spans]
    added = any(isinstance(item, Relation) and item.origin == "manual" for item in case.annotation_set.annotations)
    if len(spans) >= FEW and not added and all(span.origin == "prediction" for span in spans):
        yield "", f"all {len(spans)} spans are suggestions, unchanged"


@check("set", on="set", level="note")
def set_empty(case: Case) -> Findings:
    """a set says something

    Why: nothing marked and nothing answered is what a submission by mistake looks like, too.
    Fix: ask the annotator. Nothing need be done where nothing was asked: a scale for each actor, and no actor listed.
    """
    if not case.annotation_set.annotations:
        yield "", "it has no annotation"


@check("set", on="set")
def set_ids(case: Case) -> Findings:
    """each annotation of a set has an id of its own

    Why: answers and relations name spans by their ids; of two with one id, one gets the answers of both.
    Fix: import the set again, or give one of them another id, and look which answers are its.
    """
    yield from case.faults("SET-IDS")


@check("set", on="set")
def set_mail(case: Case) -> Findings:
    """nothing in a set tells anybody's e-mail address

    Why: sets are published; an annotator is a pseudonym, and the people in the news have not been asked.
    Fix: take the address out of what was typed; an annotator's goes into .standpoint/people.json.
    """
    texts = [("", case.annotation_set.annotator), *((item.id, item.label) for item in case.annotation_set.annotations)]
    texts += [(item.id, item.quote) for item in case.annotation_set.annotations if isinstance(item, Span)]
    for where, text in texts:
        if email_in(text):
            yield where, "there is one"


@check("set", on="set")
def set_lead_time(case: Case) -> Findings:
    """a lead time is a number of seconds above 0

    Why: no work takes no time; such a number comes from a clock that was set back, or from an import.
    Fix: take lead_time out: not known is better than wrong.
    """
    seconds = case.annotation_set.lead_time
    if seconds is not None and not (seconds > 0 and math.isfinite(seconds)):
        yield "", f"lead_time {seconds}"


@check("set", on="set", level="note")
def set_hurried(case: Case) -> Findings:
    """an article was not annotated faster than it can be read

    Why: who had no time to read it did not annotate it, or read it elsewhere, and then the lead time says nothing.
    Fix: look at the set; do not count its lead time.
    """
    seconds = case.annotation_set.lead_time or 0
    if seconds > 0 and is_human(case.annotation_set.annotator_kind) and case.context.words > FASTEST * seconds / 60:
        yield "", f"{case.context.words} words in {seconds:g} s"


@check("set", on="set", level="note")
def set_idle(case: Case) -> Findings:
    """an article did not take longer than a working day

    Why: a page that was left open over night makes a mean lead time meaningless.
    Fix: nothing; report medians, as the card does.
    """
    seconds = case.annotation_set.lead_time or 0
    if seconds > LONGEST and is_human(case.annotation_set.annotator_kind):
        yield "", f"{seconds / 3600:.1f} hours"


@check("set", on="sets of an article")
def set_repeated(sets: Sequence[AnnotationSet]) -> Findings:
    """an annotator has one set an article and pass

    Why: who is there twice agrees with themselves, and outvotes the others.
    Fix: keep the later submission.
    """
    for (pass_name, annotator), count in Counter((one.pass_name, one.annotator) for one in sets).items():
        if count > 1:
            yield f"{pass_name} {annotator}", f"{count} sets"


@check("corpus", on="pair of sets", level="note")
def set_copied(pairs: Sequence[SetPair]) -> Findings:
    """two annotators do not say the same of a whole article, to the character

    Why: independent readers differ somewhere; what is the same throughout was copied, imported twice, or seen.
    Fix: ask how the sets came about; where they are one person's work, take one out, or agreement counts it twice.
    """
    for pair in pairs:
        if pair.identical:
            yield f"{pair.pass_name} {pair.second}", f"as {pair.first} in all {pair.size} spans and answers"


ARTICLES, SPANS = 3, 50  # fewer say nothing about an annotator
IDENTICAL, STAMPED = 0.5, 0.98  # shares from which on it is worth a look


@check("corpus", on="corpus", level="note")
def annotator_copies(corpus: Corpus) -> Findings:
    """two annotators do not say the same of most of their articles, to the character

    Why: one alike article may be chance, half of them are not: one of the two is the other, or has seen the other's work.
    Fix: look who was behind the pseudonyms and whether the projects were apart; count one of the two.
    """
    for (pass_name, first, second), count in sorted(corpus.pairs.items()):
        if count["shared"] >= ARTICLES and count["identical"] >= IDENTICAL * count["shared"]:
            yield f"{pass_name} {second}", f"as {first} in {count['identical']} of {count['shared']} articles"


@check("corpus", on="corpus", level="note")
def annotator_stamps(corpus: Corpus) -> Findings:
    """an annotator with suggestions changes some, or adds to them

    Why: suggestions miss things; an annotator who never does more than take them over measures the suggestions, not the text.
    Fix: compare with the articles that the annotator had without suggestions; annotate some of these anew.
    """
    for (pass_name, annotator), count in sorted(corpus.suggestions.items()):
        if count["spans"] >= SPANS and count["suggestions"] >= STAMPED * count["spans"]:
            what = f"{count['suggestions']} of {count['spans']} spans in layers with suggestions are unchanged suggestions"
            yield f"{pass_name} {annotator}", what
