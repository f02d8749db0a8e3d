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

    Why: labels without a text mean nothing.
    Fix: ingest the article. If it was removed on purpose, remove its sets as well.
    """
    if case.context.known is None:
        yield "", "the article does not exist"


@check("article", on="set")
def set_text(case: Case) -> Findings:
    """a set was made on the text that the article has

    Why: a text that changed under its id moves every offset after the change, some of them to words that look right.
    Fix: restore the old text. A changed text is another article with its own id, and is annotated again.
    """
    article = case.context.known
    if article and case.annotation_set.text_sha256 != article.sha256:
        yield "", f"made on text {case.annotation_set.text_sha256[:8]}…, the article has {article.sha256[:8]}…"


@check("article", on="set")
def set_pass(case: Case) -> Findings:
    """a set's pass is one of the codebook's

    Why: the pass says which layers were asked for; without it, "nothing marked" and "not asked" look the same.
    Fix: correct pass_name, or restore the pass in guidelines/codebook.yaml.
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

    Why: a layer outside the codebook is in no table of the release.
    Fix: correct the layer's name, or restore the layer in guidelines/codebook.yaml.
    """
    yield from case.faults("LAYER-UNKNOWN")


@check("annotation", on="set")
def layer_pass(case: Case) -> Findings:
    """a layer is one that the set's pass asks for

    Why: annotators are compared in the layers that they were asked for, in the same pass.
    Fix: move the annotation to the annotator's set of the right pass, and find out how it came here.
    """
    yield from case.faults("LAYER-PASS")


@check("annotation", on="set")
def layer_kind(case: Case) -> Findings:
    """a layer holds annotations of its own kind

    Why: a span in a choice layer answers nothing, and a choice in a span layer has no place in the text.
    Fix: correct the annotation's layer, or import the set again.
    """
    yield from case.faults("LAYER-KIND")


@check("annotation", on="set")
def label_unknown(case: Case) -> Findings:
    """a label is one of its layer's

    Why: a label without a definition means something else to each reader.
    Fix: choose one of the layer's labels, or define this one in guidelines/codebook.yaml.
    """
    yield from case.faults("LABEL-UNKNOWN")


@check("annotation", on="set")
def label_misspelt(case: Case) -> Findings:
    """a label is spelled as in its layer

    Why: programs count another spelling as another label.
    Fix: spell it as the codebook does. If an import wrote it, fix the import.
    """
    yield from case.faults("LABEL-MISSPELT")


@check("annotation", on="set")
def label_retired(case: Case) -> Findings:
    """a label is not retired

    Why: other labels have its meaning now; beside them, it would count the same thing under two names.
    Fix: use the label that the layer's ``retired`` names. If it names none, annotate the place again.
    """
    yield from case.faults("LABEL-RETIRED")


# Words per minute. Adults read English prose at 238, hardly anybody at more than 400 (Brysbaert 2019, "How many words do we
# read per minute?", Journal of Memory and Language 109). At more than 700, the text was not read, let alone annotated.
FASTEST = 700
LONGEST = 8 * 3600  # seconds: a working day
FEW = 5  # spans: fewer may all be right as suggested


@check("set", on="set", level="note")
def set_version(case: Case) -> Findings:
    """a set was made with this version of the codebook

    Why: the same label may have had another meaning.
    Fix: run standpoint fix --write, which brings the set to this version unless a label changed its meaning; annotate those
    labels again.
    """
    if case.annotation_set.codebook_version != case.codebook.version:
        yield "", f"made with codebook {case.annotation_set.codebook_version}, this is {case.codebook.version}"


@check("set", on="set")
def set_annotator(case: Case) -> Findings:
    """each annotator has an entry in dataset/annotators.yaml

    Why: an annotator who is not listed can be called neither human nor machine.
    Fix: add the pseudonym and its kind; no name and no e-mail address.
    """
    if case.annotation_set.annotator not in case.kinds:
        yield "", f"annotator {case.annotation_set.annotator!r} has no entry"


@check("set", on="set")
def set_kind(case: Case) -> Findings:
    """annotator_kind is the kind in dataset/annotators.yaml: human_trained, human_expert, human_crowd, model or rule

    Why: machine-made labels are never called human; the set and the list must agree.
    Fix: correct the one that is wrong.
    """
    listed = case.kinds.get(case.annotation_set.annotator)
    if listed is not None and (case.annotation_set.annotator_kind != listed or listed not in KINDS):
        yield "", f"annotator_kind {case.annotation_set.annotator_kind!r}, listed as {listed!r}"


@check("set", on="set")
def set_assistance(case: Case) -> Findings:
    """assistance is none, rule_suggestion or model_suggestion

    Why: agreement with and without suggestions is reported separately; a set with another word belongs to neither.
    Fix: state how the annotator was assisted.
    """
    if case.annotation_set.assistance not in ASSISTANCE:
        yield "", f"assistance {case.annotation_set.assistance!r}"


@check("set", on="set")
def set_suggestions(case: Case) -> Findings:
    """the assistance of a set with spans from suggestions is not none

    Why: otherwise a machine's suggestions would count as a person's independent work.
    Fix: set assistance to rule_suggestion or model_suggestion, as import does.
    """
    suggested = sum(isinstance(item, Span) and item.origin.startswith("prediction") for item in case.annotation_set.annotations)
    if suggested and case.annotation_set.assistance == "none":
        yield "", f"{suggested} spans come from suggestions, but assistance is none"


@check("set", on="set", level="note")
def set_stamped(case: Case) -> Findings:
    """a set made on suggestions has something that its annotator added or changed

    Why: submitting the suggestions unchanged is not annotating; the machine would agree with itself.
    Fix: look at the article. If suggestions were missing or wrong there, have it annotated again.
    """
    spans = [span for span, _ in case.spans]
    added = any(isinstance(item, Relation) and item.origin == "manual" for item in case.annotation_set.annotations)
    if len(spans) >= FEW and not added and all(span.origin == "prediction" for span in spans):
        yield "", f"all {len(spans)} spans are unchanged suggestions"


@check("set", on="set", level="note")
def set_empty(case: Case) -> Findings:
    """a set has an annotation

    Why: a submission by mistake looks the same.
    Fix: ask the annotator. Nothing needs to be done where nothing was asked, such as a scale for each actor in an article
    without actors.
    """
    if not case.annotation_set.annotations:
        yield "", "it is empty"


@check("set", on="set")
def set_ids(case: Case) -> Findings:
    """each annotation of a set has its own id

    Why: answers and relations refer to spans by their ids; of two spans with one id, one gets the answers of both.
    Fix: import the set again, or give one of them another id and check which answers belong to it.
    """
    yield from case.faults("SET-IDS")


@check("set", on="set")
def set_mail(case: Case) -> Findings:
    """a set has no e-mail address

    Why: sets are published; annotators are pseudonyms, and the people in the news have not been asked.
    Fix: remove the address from the typed answer; an annotator's address belongs in .standpoint/people.json.
    """
    texts = [("", case.annotation_set.annotator), *((item.id, item.label) for item in case.annotation_set.annotations)]
    texts += [(item.id, item.quote) for item in case.annotation_set.annotations if isinstance(item, Span)]
    for where, text in texts:
        if email_in(text):
            yield where, "it contains an address"


@check("set", on="set")
def set_lead_time(case: Case) -> Findings:
    """a lead time is a number of seconds above 0

    Why: no work takes no time; such a number comes from a clock that was set back, or from an import.
    Fix: remove lead_time: unknown is better than wrong.
    """
    seconds = case.annotation_set.lead_time
    if seconds is not None and not (seconds > 0 and math.isfinite(seconds)):
        yield "", f"lead_time {seconds}"


@check("set", on="set", level="note")
def set_hurried(case: Case) -> Findings:
    """an article was not annotated faster than it can be read

    Why: the annotator did not read the article, or read it elsewhere; then the lead time means nothing.
    Fix: look at the set, and do not count its lead time.
    """
    seconds = case.annotation_set.lead_time or 0
    if seconds > 0 and is_human(case.annotation_set.annotator_kind) and case.context.words > FASTEST * seconds / 60:
        yield "", f"{case.context.words} words in {seconds:g} s"


@check("set", on="set", level="note")
def set_idle(case: Case) -> Findings:
    """an article did not take longer than a working day

    Why: a page that stays open over night makes a mean lead time meaningless.
    Fix: nothing needs to be done; report medians, as the card does.
    """
    seconds = case.annotation_set.lead_time or 0
    if seconds > LONGEST and is_human(case.annotation_set.annotator_kind):
        yield "", f"{seconds / 3600:.1f} hours"


@check("set", on="sets of an article")
def set_repeated(sets: Sequence[AnnotationSet]) -> Findings:
    """an annotator has one set per article and pass

    Why: a repeated annotator agrees with themselves, and outvotes the others.
    Fix: keep the later submission.
    """
    for (pass_name, annotator), count in Counter((item.pass_name, item.annotator) for item in sets).items():
        if count > 1:
            yield f"{pass_name} {annotator}", f"{count} sets"


@check("corpus", on="pair of sets", level="note")
def set_copied(pairs: Sequence[SetPair]) -> Findings:
    """two annotators' sets of an article are not identical

    Why: independent readers differ somewhere; identical sets were copied, imported twice, or made with a look at the other.
    Fix: find out how the sets were made. If they are one person's work, remove one of them, or agreement counts it twice.
    """
    for pair in pairs:
        if pair.identical:
            yield f"{pair.pass_name} {pair.second}", f"identical to {pair.first} in all {pair.size} spans and answers"


ARTICLES, SPANS = 3, 50  # fewer say nothing about an annotator
IDENTICAL, STAMPED = 0.5, 0.98  # shares from which on it is worth a look


@check("corpus", on="corpus", level="note")
def annotator_copies(corpus: Corpus) -> Findings:
    """two annotators' sets are not identical in most of their articles

    Why: one identical article may be chance, half of them are not: the two are one person, or one saw the other's work.
    Fix: find out who is behind the pseudonyms and whether their projects were separate; count only one of the two.
    """
    for (pass_name, first, second), count in sorted(corpus.pairs.items()):
        if count["shared"] >= ARTICLES and count["identical"] >= IDENTICAL * count["shared"]:
            yield f"{pass_name} {second}", f"identical to {first} in {count['identical']} of {count['shared']} articles"


@check("corpus", on="corpus", level="note")
def annotator_stamps(corpus: Corpus) -> Findings:
    """an annotator with suggestions changes some of them, or adds to them

    Why: suggestions miss things; an annotator who only accepts them measures the suggestions, not the text.
    Fix: compare with the articles that the annotator had without suggestions; annotate some articles again.
    """
    for (pass_name, annotator), count in sorted(corpus.suggestions.items()):
        if count["spans"] >= SPANS and count["suggestions"] >= STAMPED * count["spans"]:
            what = f"{count['suggestions']} of {count['spans']} spans in layers with suggestions are unchanged suggestions"
            yield f"{pass_name} {annotator}", what
