"""Whether a set belongs to its article and codebook, and states correctly who made it, with which assistance, and how fast; and
whether an adjudicated set fits its article and its annotation sets.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from standpoint.adjudication.new_actors import outdated_actors
from standpoint.checks.case import AdjudicatedCase, Case, Corpus, SetPair, email_in, place
from standpoint.checks.table import Findings, check
from standpoint.codebook.types import Layer
from standpoint.codebook.validate import has_label, nearest
from standpoint.core.corpus import source_of
from standpoint.core.model import AnnotationSet, Relation, Span
from standpoint.core.provenance import ASSISTANCE, KINDS, TIERS, UNKNOWN, as_listed, is_human, standing, tier_of


@check("article", on="set")
def set_article(case: Case) -> Findings:
    """a set is about an article of dataset/articles
    Why: labels without a text mean nothing.
    Fix: run standpoint ingest on the raw file. If the article was removed on purpose, remove the lines of its sets from
    dataset/annotations, or use standpoint release takedown."""
    if case.context.known is None:
        yield "", f"dataset/articles/{source_of(case.annotation_set.article_id)}.jsonl has no such article"


@check("article", on="set")
def set_text(case: Case) -> Findings:
    """a set was made on the article's text
    Why: a text that changes under its id moves every later offset, sometimes to words that look right.
    Fix: restore the old text: git log -p dataset/articles shows it. A changed text is another article with another id, and must
    be annotated again."""
    article, made_on = case.context.known, case.annotation_set.text_sha256
    if article and made_on != article.sha256:
        yield f"text {made_on[:8]}…", "it was made on another text than the article's"


@check("article", on="set")
def set_pass(case: Case) -> Findings:
    """a set's pass is one of the codebook's
    Why: the pass determines the layers that were asked for; without it, "nothing marked" and "not asked" look the same.
    Fix: restore the pass in guidelines/codebook.yaml. If it was renamed: rename its folder in dataset/annotations and
    dataset/dossiers, write the new pass_name in the files of these folders and of dataset/decisions, rename its projects in
    Label Studio, and run standpoint adjudicate."""
    name, passes = case.annotation_set.pass_name, case.codebook.pass_by_name
    if name not in passes:
        known = nearest(name, passes)
        hint = f"should be {known}?" if known else f"there are {', '.join(passes)}"
        yield "", f"the codebook has no pass {name!r}; {hint}"


# Words per minute. Adults read English prose at 238, hardly anybody at more than 400 (Brysbaert 2019, "How many words do we
# read per minute?", Journal of Memory and Language 109). At more than 700, the text was not read, let alone annotated.
FASTEST = 700
LONGEST = 8 * 3600  # seconds: a working day
FEW = 5  # spans: fewer suggestions may all be right


@check("set", on="set", level="note")
def set_version(case: Case) -> Findings:
    """a set was made with this version of the codebook
    Why: the same label may have had another meaning.
    Fix: run standpoint fix --write, which updates the set to this version unless the meaning of a label changed; annotate
    such labels again, and then say so with --reviewed."""
    if case.annotation_set.codebook_version != case.codebook.version:
        yield "", f"it was made with codebook {case.annotation_set.codebook_version}; this is {case.codebook.version}"


@check("set", on="set")
def set_annotator(case: Case) -> Findings:
    """each annotator has an entry in dataset/annotators.yaml
    Why: it is not known whether an annotator without an entry is a person or a machine.
    Fix: add a line for each, such as ``- {id: a01, kind: human_trained}``; kinds are human_trained, human_expert, human_crowd,
    model, rule and published. The list is published: no name, no e-mail address."""
    if case.annotation_set.annotator not in case.kinds:
        yield "", f"annotator {case.annotation_set.annotator!r} has no entry in dataset/annotators.yaml"


@check("set", on="set")
def set_kind(case: Case) -> Findings:
    """an annotator's kind is human_trained, human_expert, human_crowd, model, rule or published, as in dataset/annotators.yaml
    Why: machine-made labels are never called human; the set and the list must agree.
    Fix: write the right kind into dataset/annotators.yaml; sets without a kind follow it. If the sets have a wrong kind, import
    them again."""
    name, stored = case.annotation_set.annotator, case.annotation_set.annotator_kind
    listed = case.kinds.get(name)
    if listed is None:  # SET-ANNOTATOR
        return
    if listed not in KINDS:
        yield "", f"dataset/annotators.yaml has the kind {listed!r} for {name}"
    elif stored not in (listed, UNKNOWN):
        yield "", f"dataset/annotators.yaml has the kind {listed!r} for {name}, the set has {stored!r}"


@check("set", on="set")
def set_assistance(case: Case) -> Findings:
    """assistance is none, rule_suggestion or model_suggestion
    Why: agreement with and without suggestions is reported separately; a set with another value belongs to neither.
    Fix: write the right one into the set's line in dataset/annotations; an annotator who was always assisted in one way has
    ``assistance`` in dataset/annotators.yaml, and import writes that."""
    if case.annotation_set.assistance not in ASSISTANCE:
        yield "", f"assistance is {case.annotation_set.assistance!r}"


@check("set", on="set")
def set_suggestions(case: Case) -> Findings:
    """a set with spans from suggestions has an assistance other than none
    Why: otherwise a machine's suggestions would count as a person's independent work.
    Fix: set assistance to rule_suggestion or model_suggestion, as import does."""
    spans = (item for item in case.annotation_set.annotations if isinstance(item, Span))
    if case.annotation_set.assistance == "none" and any(span.origin.startswith("prediction") for span in spans):
        yield "", "spans come from suggestions, but assistance is none"


@check("set", on="set", level="note")
def set_stamped(case: Case) -> Findings:
    """a set made from suggestions has a span or relation that its annotator added or changed
    Why: submitting the suggestions unchanged is not annotation; the machine would agree with itself.
    Fix: look at the article. If suggestions were missing or wrong there, have it annotated again."""
    spans = [span for span, _ in case.spans]
    added = any(isinstance(item, Relation) and item.origin == "manual" for item in case.annotation_set.annotations)
    if len(spans) >= FEW and not added and all(span.origin == "prediction" for span in spans):
        yield "", f"all {len(spans)} spans are unchanged suggestions"


@check("set", on="set", level="note")
def set_empty(case: Case) -> Findings:
    """a set has an annotation
    Why: a submission by mistake looks the same.
    Fix: ask the annotator. If the pass asked nothing, such as a scale for each actor in an article without actors, nothing
    needs to be done."""
    if not case.annotation_set.annotations and not case.is_published:
        yield "", "the set has no annotation"


@check("set", on="set")
def set_incidents(case: Case) -> Findings:
    """incidents and partial layers are in published sets only, and have labels, answers and links of the codebook
    Why: an incident has no place in the text; nobody could say what an unknown label of it means.
    Fix: import the published labels again; the crosswalks of the codebook name its labels."""
    spans = {item.id: item.layer for item in case.annotation_set.annotations if isinstance(item, Span)}
    has_some = case.annotation_set.incidents or case.annotation_set.partial
    if has_some and not case.is_published:
        yield "", f"a set of kind {case.annotation_set.annotator_kind} has incidents or partial layers"
    yield from (
        ("", f"the pass has no layer {name!r}, of which it says that it is partial")
        for name in case.annotation_set.partial
        if name not in case.layers
    )
    for item in case.annotation_set.incidents:
        layer = case.layers.get(item.layer)
        is_span = layer is not None and layer.kind == "span"
        named: list[tuple[Layer | None, str]] = [(layer if is_span else None, label) for label in item.labels]
        for name, labels in item.answers.items():
            about = case.layers.get(name)
            named += [(about if about and about.of == item.layer else None, label) for label in labels]
        for label in item.links:
            linking = (one for one in case.layers.values() if one.starts_on(item.layer) and label in one.by_name)
            named.append((next(linking, None), label))
        for known, label in named:
            if known is None or not has_label(known, label):
                yield item.id, f"{label!r} is not in the codebook, or not where the incident has it"
        for missing in sorted({span for ids in item.links.values() for span in ids} - spans.keys()):
            yield item.id, f"it links to {missing!r}, which is no span of the set"


@check("set", on="set")
def set_mail(case: Case) -> Findings:
    """a set has no e-mail address
    Why: sets are published; annotators are pseudonyms, and the people in the news have not been asked.
    Fix: remove the address from the typed answer; an annotator's address belongs in .standpoint/people.json."""
    texts = [("", case.annotation_set.annotator), *((item.id, item.label) for item in case.annotation_set.annotations)]
    texts += [(item.id, item.quote) for item in case.annotation_set.annotations if isinstance(item, Span)]
    for where, text in texts:
        if email_in(text):
            yield where, "it has an e-mail address"


@check("set", on="set")
def set_lead_time(case: Case) -> Findings:
    """a lead time is a number of seconds above 0
    Why: all work takes time; such a number comes from a clock that was set back, or from an import.
    Fix: remove lead_time; an unknown time is better than a wrong one."""
    seconds = case.annotation_set.lead_time
    if seconds is not None and not (seconds > 0 and math.isfinite(seconds)):
        yield "", f"lead_time is {seconds}"


@check("set", on="set", level="note")
def set_hurried(case: Case) -> Findings:
    """an article was not annotated faster than it can be read
    Why: the annotator did not read the article, or read it elsewhere; then the lead time is meaningless.
    Fix: look at the set, and remove its lead_time if the time is wrong."""
    seconds = case.annotation_set.lead_time or 0
    if seconds > 0 and is_human(case.annotation_set.annotator_kind) and case.context.words > FASTEST * seconds / 60:
        yield "", f"{case.context.words} words took {seconds:g} s"


@check("set", on="set", level="note")
def set_idle(case: Case) -> Findings:
    """an article did not take longer than a working day
    Why: a page that stays open overnight makes a mean lead time meaningless.
    Fix: nothing needs to be done; report medians, as the card does."""
    seconds = case.annotation_set.lead_time or 0
    if seconds > LONGEST and is_human(case.annotation_set.annotator_kind):
        yield "", f"it took {seconds / 3600:.1f} hours"


@check("set", on="sets of an article")
def set_repeated(sets: Sequence[AnnotationSet]) -> Findings:
    """an annotator has one set per article and pass
    Why: an annotator with two sets agrees with themselves, and outvotes the others.
    Fix: remove the line of the earlier submission from dataset/annotations."""
    for (pass_name, annotator), count in Counter((item.pass_name, item.annotator) for item in sets).items():
        if count > 1:
            yield f"{pass_name} {annotator}", f"the annotator has {count} sets"


@check("set", on="sets of an article")
def set_shared(sets: Sequence[AnnotationSet]) -> Findings:
    """an annotation in Label Studio is the set of one annotator
    Why: the same work under two pseudonyms is one person, who then agrees with themselves.
    Fix: remove one of the two sets; import again with --annotator if it is the wrong one."""
    makers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in sets:
        if item.made_from:
            makers[item.pass_name, item.made_from].append(item.annotator)
    for (pass_name, made_from), names in makers.items():
        if len(set(names)) > 1:
            yield f"{pass_name} {names[-1]}", f"it is made from {made_from!r}, and so is the set of {names[0]}"


@check("corpus", on="pair of sets", level="note")
def set_copied(pairs: Sequence[SetPair]) -> Findings:
    """two annotators' sets of an article are not identical
    Why: independent annotators differ somewhere; identical sets were copied, imported twice, or made while seeing the other.
    Fix: find out how the sets were made. If they are one person's work, remove one set, or agreement counts it twice."""
    for pair in pairs:
        if pair.identical:
            yield f"{pair.pass_name} {pair.second}", f"it is the set of {pair.first}, in all {pair.size} spans and answers"


ARTICLES, SPANS = 3, 50  # fewer are not evidence about an annotator
IDENTICAL, STAMPED = 0.5, 0.98  # shares from which on a note is worth a look


@check("corpus", on="corpus", level="note")
def annotator_copies(corpus: Corpus) -> Findings:
    """two annotators' sets are not identical in most of their articles
    Why: one identical article may be chance, half of the articles are not: the two are one person, or one saw the other's work.
    Fix: find out who is behind the pseudonyms, and whether their projects were separate; use the sets of only one of them."""
    for (pass_name, first, second), count in sorted(corpus.pairs.items()):
        if count["shared"] >= ARTICLES and count["identical"] >= IDENTICAL * count["shared"]:
            yield f"{pass_name} {second}", f"{count['identical']} of {count['shared']} sets are identical to those of {first}"


@check("corpus", on="corpus", level="note")
def annotator_stamps(corpus: Corpus) -> Findings:
    """an annotator with suggestions changes some of them, or adds spans
    Why: suggestions are incomplete; an annotator who only accepts them does not annotate the text.
    Fix: compare with the articles that the annotator had without suggestions; have some articles annotated again."""
    for (pass_name, annotator), count in sorted(corpus.suggestions.items()):
        if count["spans"] >= SPANS and count["suggestions"] >= STAMPED * count["spans"]:
            what = f"{count['suggestions']} of {count['spans']} spans in layers with suggestions are unchanged suggestions"
            yield f"{pass_name} {annotator}", what


@check("corpus", on="adjudicated set")
def adjudicated_article(case: AdjudicatedCase) -> Findings:
    """an adjudicated set is about an article of dataset/articles
    Why: build refuses it; labels without a text mean nothing.
    Fix: restore the article, or remove its annotation sets; then run standpoint adjudicate."""
    if case.article is None:
        yield "", f"dataset/articles/{source_of(case.adjudicated.article_id)}.jsonl has no such article"


@check("corpus", on="adjudicated set")
def adjudicated_text(case: AdjudicatedCase) -> Findings:
    """an adjudicated set was made on the article's text
    Why: its offsets belong to another text.
    Fix: make the article's annotation sets fit its text, then run standpoint adjudicate."""
    if case.article and case.adjudicated.text_sha256 != case.article.sha256:
        yield f"text {case.adjudicated.text_sha256[:8]}…", "it was made on another text than the article's"


@check("corpus", on="adjudicated set")
def adjudicated_quote(case: AdjudicatedCase) -> Findings:
    """an adjudicated span's quote is the text between its offsets
    Why: the release publishes the quote.
    Fix: run standpoint adjudicate; adjudicated sets are not edited by hand."""
    if case.article is None or case.article.text is None or case.adjudicated.text_sha256 != case.article.sha256:
        return
    text = case.article.text
    for item in case.adjudicated.annotations:
        if isinstance(item, Span) and text[max(item.start, 0) : item.end] != item.quote:
            yield item.id, f"{place(item)}, the text has {text[max(item.start, 0) : item.end]!r}"


@check("corpus", on="adjudicated set")
def adjudicated_ids(case: AdjudicatedCase) -> Findings:
    """the annotations of an adjudicated set have different ids
    Why: answers, relations and resolutions refer to annotations by their ids.
    Fix: run standpoint adjudicate."""
    for identity, count in Counter(item.id for item in case.adjudicated.annotations).items():
        if count > 1:
            yield identity, f"{count} annotations have this id"


@check("corpus", on="adjudicated set")
def adjudicated_how(case: AdjudicatedCase) -> Findings:
    """each adjudicated annotation has a resolution, and each resolution has an annotation
    Why: annotations that were agreed, voted on or decided are not equally reliable.
    Fix: run standpoint adjudicate."""
    ids = {item.id for item in case.adjudicated.annotations}
    for identity in sorted(ids ^ set(case.adjudicated.resolutions)):
        yield identity, "it has no resolution" if identity in ids else "no annotation has this id"


@check("corpus", on="adjudicated set")
def adjudicated_actor(case: AdjudicatedCase) -> Findings:
    """an adjudicated set has the present ids of its actors
    Why: an actor that was merged into another, or that the registry has by now, would be two actors in the release.
    Fix: run standpoint adjudicate."""
    outdated = outdated_actors(case.adjudicated, case.reference.codebook, case.reference.registry)
    yield from (("", f"{former} is {present} by now") for former, present in outdated.items())


@check("corpus", on="adjudicated set")
def adjudicated_tier(case: AdjudicatedCase) -> Findings:
    """a tier claims no more than the article's annotation sets allow
    Why: gold is made by people; machine-made labels are never called gold.
    Fix: run standpoint adjudicate, which computes the tier."""
    adjudicated = case.adjudicated
    if _without_set(case):
        return
    sets = [as_listed(item, case.reference.kinds) for item in case.sets if item.annotator in adjudicated.annotators]
    allowed = tier_of(sets)
    if adjudicated.tier not in TIERS or TIERS.index(adjudicated.tier) > TIERS.index(allowed):
        yield "", f"its tier is {adjudicated.tier!r}, its sets allow {allowed}"


@check("corpus", on="adjudicated set")
def adjudicated_annotators(case: AdjudicatedCase) -> Findings:
    """each annotator that an adjudicated set names has a set of the article
    Why: without the sets, an adjudication cannot be checked.
    Fix: restore the set, or run standpoint adjudicate."""
    for name in _without_set(case) if case.article else ():
        yield "", f"{name} has no set"


@check("corpus", on="adjudicated set", level="note")
def adjudicated_behind(case: AdjudicatedCase) -> Findings:
    """all annotators of an article are in its adjudicated set, but for those with `adjudicated: false`, or with a critic's set
    Why: the work of the missing annotators is in no figure of the release.
    Fix: run standpoint adjudicate."""
    present = {item.annotator for item in standing(case.sets, case.reference.critics)}
    for name in sorted(present - set(case.adjudicated.annotators) - case.reference.apart):
        yield "", f"{name} is missing"


@check("corpus", on="adjudicated set", level="note")
def adjudicated_version(case: AdjudicatedCase) -> Findings:
    """an adjudicated set was made with this version of the codebook
    Why: the same label may have had another meaning.
    Fix: run standpoint fix --write (SET-VERSION), then standpoint adjudicate."""
    if case.adjudicated.codebook_version != case.reference.codebook.version:
        yield "", f"it was made with codebook {case.adjudicated.codebook_version}; this is {case.reference.codebook.version}"


def _without_set(case: AdjudicatedCase) -> list[str]:
    """The annotators that the adjudicated set names, and who have no set of the article."""
    return sorted(case.adjudicated.named - {item.annotator for item in case.sets})
