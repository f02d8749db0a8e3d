"""Whether an annotator may begin: qualify."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from standpoint.annotate.people import load_annotators
from standpoint.assess.qualify import FEW, Graded, Qualification, qualify
from standpoint.codebook.types import Codebook
from standpoint.model import StandpointError
from standpoint.project import Project, read_annotation_sets, read_settled
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller


def grade(project: Project, annotator: str, articles: Sequence[str], tell: Teller) -> Qualification:
    """An annotator's sets against the settled ones; ``articles``: only these."""
    codebook, _ = open_codebook(project)
    if not codebook.qualification:
        raise StandpointError(f"{project.codebook}: no qualification", "name layers, statistics and thresholds under that key")
    own = [one for one in read_annotation_sets(project) if one.annotator == annotator]
    if not own:
        known = ", ".join(load_annotators(project.annotators)) or "nobody"
        raise StandpointError(f"there is no annotation set of {annotator}", f"pull or collect theirs first; there is {known}")
    wanted = set(articles) or {one.article_id for one in own}
    if missing := sorted(wanted - {one.article_id for one in own}):
        raise StandpointError(f"{annotator} has not annotated {missing[0]}", "name articles that they have")
    settled = {one.article_id: one for one in read_settled(project) if one.article_id in wanted}
    found, issues = qualify(annotator, own, settled, codebook)
    for issue in issues:
        tell.tell(issue)
    return found


def words(annotator: str, found: Qualification, codebook: Codebook) -> Iterator[str]:
    """What came of it, in plain words."""
    if not found.articles:
        yield f"{annotator} cannot be graded: no article of theirs was settled without them"
        return
    yield f"{annotator} against the settled sets of {len(found.articles)} article(s), tier {', '.join(found.tiers)}"
    if len(found.articles) < FEW:
        yield f"  {FEW} articles are asked for: take this as a trial"
    if "silver" in found.tiers:
        yield "  silver: machines made what this is measured against; it shows who reads as they do, and not who is right"
    for one in found.grades:
        yield from _graded(one, codebook)
    for lean in found.leans:
        how = f"{lean.above} time(s) too favourable, {lean.below} too unfavourable"
        yield f"  {lean.layer} of {lean.actor}: the wrong side {how}" + ("  LEANS ONE WAY" if lean.one_sided else "")
    yield f"{annotator} {'qualifies' if found.passed else 'does not qualify yet'}"


def _graded(one: Graded, codebook: Codebook) -> Iterator[str]:
    if one.value is None:
        yield f"  {one.layer:<10}{one.statistic:<26}      –  nothing to measure, should be {one.threshold:.2f}"
        return
    verdict = "passed" if one.passed else "NOT PASSED"
    yield f"  {one.layer:<10}{one.statistic:<26}{one.value:7.3f}  should be {one.threshold:.2f}, n {one.n:,}: {verdict}"
    if not one.passed:
        page = codebook.by_name[one.layer].guide.partition(".html")[0]
        where = f"guidelines/{page}.md" if page else f"the definition of {one.layer} in guidelines/codebook.yaml"
        yield f"            read up: {where}"
