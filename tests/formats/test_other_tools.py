"""Files of other tools, as these tools write them: each annotation is imported under the codebook's names, or counted and told."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from standpoint.cli import main
from standpoint.codebook.load import load_codebook
from standpoint.core.corpus import read_annotation_sets, read_articles
from standpoint.core.model import Annotation, Choice, Issue, Reporter, Span, StandpointError
from standpoint.core.project import Project
from standpoint.formats import format_of, read_documents
from standpoint.ingest.ingest import ingest_paths
from standpoint.labelstudio.exchange import import_exports
from standpoint.labelstudio.import_documents import DocumentOptions
from standpoint.labelstudio.merge import SUMS
from two_pass_article import CODEBOOK
from whole_projects import new_project

BOOK = {
    "title": "Quarrels",
    "version": "0.1.0",
    "passes": [{"name": "who", "layers": ["things", "sure", "note", "links", "where"]}, {"name": "how", "layers": ["tone", "remark"]}],
    "layers": [
        {
            "name": "things", "kind": "span", "overlaps": "any",
            "labels": [
                {"name": "person", "show": "Person or people"},
                {"name": "place", "maps": {"ace": ["LOC", "GPE"], "conll": "LOC"}},
                {"name": "attack", "maps": {"ace": "Conflict.Attack"}},
            ],
        },
        {"name": "sure", "kind": "choice", "of": "things", "labels": [{"name": "high"}, {"name": "low"}]},
        {"name": "note", "kind": "text", "of": "things"},
        {"name": "links", "kind": "relation", "from": "things", "to": "things", "labels": [{"name": "agent"}, {"name": "knows"}]},
        {"name": "where", "kind": "choice", "of": "things", "labels": [{"name": "place"}, {"name": "sea"}]},
        {"name": "tone", "kind": "choice", "labels": [{"name": "glad"}, {"name": "grim"}]},
        {"name": "remark", "kind": "text"},
    ],
}  # fmt: skip
SOURCES = "sources:\n  - {id: gazette, name: The Gazette, match: ['*'], licence: CC0-1.0, language: en}\n"
PER = {"PER": "person"}


class Desk:
    """A project with the articles of a folder of files; ``told`` are the Issues of the last import."""

    def __init__(self, folder: Path, book: dict = BOOK, **files: str | bytes) -> None:
        self.project: Project = new_project(folder / "project", book)
        self.project.sources.write_text(SOURCES)
        self.raw, self.told = folder / "raw", list[Issue]()
        self.raw.mkdir()
        for name, content in files.items():
            data = content if isinstance(content, bytes) else textwrap.dedent(content).encode()
            (self.raw / name.replace("__", ".")).write_bytes(data)
        self.ingested = list[Issue]()
        ingest_paths(self.project, [self.raw], self.project.sources, Reporter(issue=self.ingested.append))

    def read(self, name: str = "", annotator: str = "a01", **options) -> Counter:
        self.told = []
        path = self.raw / name if name else self.raw
        counts = import_exports(
            self.project, [path], Reporter(issue=self.told.append), annotator=annotator, options=DocumentOptions(**options)
        )
        for whole, parts in SUMS.items():
            assert counts[whole] == sum(counts[part] for part in parts), (whole, counts)
        return counts

    def errors(self) -> list[tuple[str, str]]:
        """Code and first words of each error."""
        return sorted((issue.code, issue.message.partition(",")[0].strip("'")) for issue in self.told if issue.level == "error")

    def texts(self) -> list[str]:
        return [article.text or "" for article in read_articles(self.project)]

    def said(self, pass_name: str = "who") -> list[str]:
        """The annotations of all sets of a pass, as text, spans by their quotes."""
        found: list[str] = []
        for one in read_annotation_sets(self.project):
            spans = {item.id: item.quote for item in one.annotations if isinstance(item, Span)}
            if one.pass_name == pass_name:
                found += [_told(item, spans) for item in one.annotations]
        return sorted(found)


def _told(item: Annotation, spans: dict[str, str]) -> str:
    if isinstance(item, Span):
        return f"{item.label}: {item.quote}"
    if isinstance(item, Choice):
        return f"{item.layer} of {spans.get(item.of, item.of)}: {item.label}"
    return f"{spans[item.head]} {item.label} {spans[item.tail]}"


def marks(text: str, *rows: str) -> str:
    """Rows of an .ann file: {word} is replaced by the offsets of the word in the text, {a;b} by those of two fragments."""
    lines = []
    for row in rows:
        before, brace, rest = row.partition("{")
        if brace:
            words, _, after = rest.partition("}")
            places = [(text.index(word), text.index(word) + len(word)) for word in words.split(";")]
            before += ";".join(f"{start} {end}" for start, end in places) + after + f"\t{words.replace(';', ' ')}"
        lines.append(before)
    return "".join(f"{line}\n" for line in lines)


# A text with an emoji, a letter of two characters, and Windows' line breaks.
QUARREL = "Mira Sol 😀 stormed the fort at E\u0301lmar.\r\n\r\nNobody there knew of Zoë, nor of Quill.\r\n"
STANDOFF = marks(
    QUARREL,
    "E1\tConflict.Attack:T2 Agent:T1 Where2:T3 Instrument:T5",
    "T1\tPER {Mira Sol}",
    "T2\tConflict.Attack {stormed}",
    "T3\tGPE {E\u0301lmar}",
    "T4\tPER {Zoë;Quill}",
    "T5\tWeapon {fort}",
    "R1\tknows Arg1:T1 Arg2:T4",
    "A1\tSure E1 high",
    "A2\tNegation E1",
    "N1\tReference T1 Wikipedia:12\tMira Sol",
    "#1\tAnnotatorNotes T1\tis that her name?",
    "#2\tAnnotatorNotes R1\thow?",
    "*\tEquiv T1 T4",
    "no line of brat",
)


def test_brat_with_events_attributes_normalisations_and_fragments(tmp_path):
    desk = Desk(tmp_path, a__txt=QUARREL.encode(), a__ann=STANDOFF, annotation__conf="[entities]\nPER\n")
    assert [issue.code for issue in desk.ingested if issue.level == "error"] == []
    counts = desk.read(stated=PER)
    assert desk.texts() == ["Mira Sol 😀 stormed the fort at Élmar.\n\nNobody there knew of Zoë, nor of Quill."]
    assert desk.said() == [
        "attack: stormed", "person: Mira Sol", "place: Élmar", "stormed agent Mira Sol", "sure of stormed: high", "where of stormed: place",
    ]  # fmt: skip
    assert desk.errors() == [
        ("ANNOTATION-DANGLING", "Instrument"), ("ANNOTATION-DANGLING", "knows"), ("ANNOTATION-FORMAT", "no line of brat' is no line of brat's standoff format"),
        ("ANNOTATION-UNSAID", "AnnotatorNotes"), ("ANNOTATION-UNSAID", "Equiv"), ("LABEL-UNKNOWN", "AnnotatorNotes"),
        ("LABEL-UNKNOWN", "Negation"), ("LABEL-UNKNOWN", "Reference"), ("LABEL-UNKNOWN", "Weapon"),
        ("SPAN-FRAGMENTS", "T4 PER 'Zoë … Quill' is in 2 places"),
    ]  # fmt: skip
    assert (counts["items stored"], counts["items refused"]) == (6, 10)
    read_as = {issue.message for issue in desk.told if issue.code == "LABEL-READ"}
    assert "'Conflict.Attack', 1 time(s), is imported as things:attack" in read_as


@pytest.mark.parametrize("fragments, quote", [("cover", "Zoë, nor of Quill"), ("first", "Zoë")])
def test_what_the_user_says_of_names_and_fragments_holds(tmp_path, fragments, quote):
    desk = Desk(tmp_path, a__txt=QUARREL.encode(), a__ann=STANDOFF.replace("no line of brat\n", ""))
    left_out = ("Weapon", "Equiv", "AnnotatorNotes, about no span,", "Reference")
    stated = {**PER, "AnnotatorNotes": "note", "Negation": "sure:low", **dict.fromkeys(left_out, "")}
    counts = desk.read("a.ann", stated=stated, fragments=fragments)
    assert {f"person: {quote}", f"Mira Sol knows {quote}", "note of Mira Sol: is that her name?"} <= set(desk.said())
    assert desk.errors() == [("CHOICE-SEVERAL", "answers ['low")]
    assert counts["items left out"] == 5  # with the role of the weapon
    before = (desk.project.annotations / "who" / "a01.jsonl").read_bytes()
    assert desk.read("a.ann", stated=stated, fragments=fragments)["files changed"] == 0
    assert (desk.project.annotations / "who" / "a01.jsonl").read_bytes() == before


def test_brat_offsets_in_utf_16_and_line_breaks_as_fragments_are_understood(tmp_path):
    text = "😀 Zoë Quill\nleft."
    units = len("😀 ".encode("utf-16-le")) // 2
    ann = f"T1\tPER {units} {units + 3}\tZoë\nT2\tattack 6 11;12 16\tQuill left\n"
    desk = Desk(tmp_path, a__txt=text, a__ann=ann)
    desk.read("a.ann", stated=PER)
    assert desk.errors() == [] and "person: Zoë" in desk.said()


def test_a_role_that_an_actor_fills_is_an_answer_where_the_codebook_asks_for_it(tmp_path):
    text = "The Front stormed Osk."
    rows = (
        "T1\tterritory.capture {stormed}",
        "T2\tNEW:1 {The Front}",
        "T3\tPLACE {Osk}",
        "E1\tterritory.capture:T1 Agent:T2 Place:T3",
    )
    desk = Desk(tmp_path, CODEBOOK, a__txt=text, a__ann=marks(text, *rows))
    desk.read("a.ann", stated={"NEW:1": "actors"})
    assert desk.said("facts") == [
        "NEW:1: The Front", "PLACE: Osk", "agent of stormed: NEW:1", "newcomer of NEW:1: The Front", "stormed place Osk",
        "territory.capture: stormed",
    ]  # fmt: skip
    assert desk.errors() == []


def test_a_second_event_on_one_trigger_and_a_missing_text_are_told(tmp_path):
    text = "Mira Sol stormed Osk."
    rows = ("T1\tattack {stormed}", "T2\tperson {Mira Sol}", "E1\tattack:T1 Agent:T2", "E2\tattack:T1 Agent:T2")
    desk = Desk(tmp_path, a__txt=text, a__ann=marks(text, *rows), b__ann="T1\tperson 0 4\tMira\n")
    counts = desk.read()
    assert desk.said() == ["attack: stormed", "person: Mira Sol", "stormed agent Mira Sol"]
    assert desk.errors() == [
        ("ANNOTATION-FORMAT", "role Agent of E2 should link an event with a trigger of its own to an annotation of the file"),
        ("ANNOTATION-UNSAID", "attack"),
        ("DOCUMENT-FORMAT", "has no text; b.txt should be beside it"),
    ]
    assert counts["items refused"] == 2 and counts["tasks refused"] == 1


CONLL = """\
    -DOCSTART- -X- -X- O

    Mira NNP I-NP I-PER
    Sol NNP I-NP I-PER
    Quill NNP I-NP B-PER
    left VBD I-VP O
    Élmar NNP I-NP I-LOC
    . . O O

    Osk NNP I-NP I-LOC
    wept VBD I-VP O

    -DOCSTART- -X- -X- O

    Zoë NNP I-NP I-PER
    stayed VBD
    . . O O
    """


def test_conll_2003_is_read_by_its_last_column_and_a_broken_document_is_refused_alone(tmp_path):
    desk = Desk(tmp_path, a__conll=CONLL)
    assert desk.texts() == ["Mira Sol Quill left Élmar .\n\nOsk wept"]
    counts = desk.read(stated=PER)
    assert desk.said() == ["person: Mira Sol", "person: Quill", "place: Osk", "place: Élmar"]
    assert desk.errors() == [("DOCUMENT-FORMAT", "line 16 has 2 columns")] and counts["items"] == 4
    notes = {issue.code for issue in desk.told if issue.level == "note"}
    assert {"TEXT-TOKENS", "COLUMN-UNREAD", "LABEL-INSIDE", "FORMAT-READ"} <= notes


@pytest.mark.parametrize(
    "rows",
    [
        "Mira\tB-PER\nSol\tI-PER\nZoë\tB-PER\nleft\tO\nthe\tO\nNorth\tB-LOC\nSea\tI-LOC\n",  # IOB2
        "Mira B-PER\nSol E-PER\nZoë S-PER\nleft O\nthe O\nNorth B-LOC\nSea E-LOC\n",  # BIOES
        "Mira B-PER\r\nSol L-PER\r\nZoë U-PER\r\nleft O\r\nthe O\r\nNorth B-LOC\r\nSea L-LOC\r\n",  # BILOU
        "# a comment\n1\tMira\tB-PER\tO\n2\tSol\tI-PER\tO\n3\tZoë\tB-PER\tO\n4\tleft\tO\tO\n5\tthe\tO\tO\n6\tNorth\tB-LOC\tB-place\n7\tSea\tI-LOC\tO\n",
    ],
)
def test_all_schemes_of_labels_say_the_same(tmp_path, rows):
    if rows.startswith("#"):  # nested labels in two columns, as in GermEval, here behind the number of the token
        rows = "".join(f"{line.split(chr(9), 1)[1]}\n" for line in rows.splitlines()[1:])
    desk = Desk(tmp_path, a__iob2=rows)
    desk.read(stated={"PER": "person", "LOC": "place"})
    if "B-place" in rows:
        assert desk.said() == ["place: North"]  # of the last column; that the other has labels too is told
        assert [issue.message for issue in desk.told if issue.code == "COLUMN-UNREAD"] == [
            "column 2 has labels too, and is not read (1 document(s))"
        ]
    else:
        assert desk.said() == ["person: Mira Sol", "person: Zoë", "place: North Sea"] and desk.errors() == []


CONLLU = """\
    # global.columns = ID FORM UPOS MISC MY:NER PARSEME:MWE
    # newdoc id = one
    # sent_id = 1
    1\tMira\tPROPN\t_\tB-PER\t*
    2-3\tdoesn't\t_\t_\t_\t_
    2\tdoes\tAUX\t_\tO\t*
    3\tn't\tPART\t_\tO\t*
    4\tgive\tVERB\t_\tO\t1:VID
    5\tup\tADP\tSpaceAfter=No\tO\t1
    6\t.\tPUNCT\t_\tO\t*

    # newpar
    # sent_id = 2
    1\tOsk\tPROPN\tSpaceAfter=No\tB-LOC\t*
    2\t!\tPUNCT\t_\tO\t*

    # newdoc id = two
    1\tZoë\tPROPN\t_\tB-PER\t*
    2\tslept\tVERB\t_\tO\t*
    """


def test_labels_without_a_name_can_be_named(tmp_path):
    desk = Desk(tmp_path, a__bio="Mira B\nSol I\nleft O\nOsk B-place\n")
    assert desk.read("a.bio", format="conll2003")["items refused"] == 1
    desk.read("a.bio", format="conll2003", stated={"": "person"})
    assert desk.said() == ["person: Mira Sol", "place: Osk"] and desk.errors() == []


def test_conll_u_plus_has_its_text_and_names_what_is_not_imported(tmp_path):
    pytest.importorskip("conllu")
    desk = Desk(tmp_path, a__conllup=CONLLU)
    assert sorted(desk.texts()) == ["Mira doesn't give up.\n\nOsk!", "Zoë slept"]
    counts = desk.read(stated={**PER, "LOC": "place"})
    assert desk.said() == ["person: Mira", "person: Zoë", "place: Osk"]
    assert desk.errors() == [("ANNOTATION-UNSAID", "parseme:mwe")] and counts["items refused"] == 2


TYPES = """\
    <?xml version="1.0" encoding="UTF-8"?>
    <typeSystemDescription xmlns="http://uima.apache.org/resourceSpecifier"><types>
    <typeDescription><name>de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence</name><supertypeName>uima.tcas.Annotation</supertypeName></typeDescription>
    <typeDescription><name>de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity</name><supertypeName>uima.tcas.Annotation</supertypeName>
      <features><featureDescription><name>value</name><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
      <featureDescription><name>identity</name><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription></features></typeDescription>
    <typeDescription><name>webanno.custom.Happening</name><supertypeName>uima.tcas.Annotation</supertypeName>
      <features><featureDescription><name>kind</name><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
      <featureDescription><name>Sure</name><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
      <featureDescription><name>roles</name><rangeTypeName>uima.cas.FSArray</rangeTypeName><elementType>webanno.custom.HappeningRolesLink</elementType></featureDescription></features></typeDescription>
    <typeDescription><name>webanno.custom.HappeningRolesLink</name><supertypeName>uima.cas.TOP</supertypeName>
      <features><featureDescription><name>role</name><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription>
      <featureDescription><name>target</name><rangeTypeName>uima.tcas.Annotation</rangeTypeName></featureDescription></features></typeDescription>
    <typeDescription><name>webanno.custom.Acquaintance</name><supertypeName>uima.tcas.Annotation</supertypeName>
      <features><featureDescription><name>Dependent</name><rangeTypeName>uima.tcas.Annotation</rangeTypeName></featureDescription>
      <featureDescription><name>Governor</name><rangeTypeName>uima.tcas.Annotation</rangeTypeName></featureDescription>
      <featureDescription><name>relation</name><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription></features></typeDescription>
    <typeDescription><name>webanno.custom.About</name><supertypeName>uima.cas.AnnotationBase</supertypeName>
      <features><featureDescription><name>tone</name><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription></features></typeDescription>
    <typeDescription><name>de.tudarmstadt.ukp.clarin.webanno.api.type.CASMetadata</name><supertypeName>uima.tcas.Annotation</supertypeName>
      <features><featureDescription><name>username</name><rangeTypeName>uima.cas.String</rangeTypeName></featureDescription></features></typeDescription>
    </types></typeSystemDescription>
    """
# Offsets in UTF-16 units: the emoji counts two.
XMI = """\
    <?xml version="1.0" encoding="UTF-8"?>
    <xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore"
      xmlns:custom="http:///webanno/custom.ecore" xmlns:type="http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore"
      xmlns:seg="http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore"
      xmlns:meta="http:///de/tudarmstadt/ukp/clarin/webanno/api/type.ecore" xmi:version="2.0">
    <cas:NULL xmi:id="0"/>
    <seg:Sentence xmi:id="2" sofa="1" begin="0" end="38"/>
    <type:NamedEntity xmi:id="3" sofa="1" begin="0" end="8" value="PER" identity="http://kb.example/12"/>
    <type:NamedEntity xmi:id="4" sofa="1" begin="32" end="37" value="LOC"/>
    <type:NamedEntity xmi:id="5" sofa="1" begin="49" end="52" value="PER"/>
    <custom:Happening xmi:id="6" sofa="1" begin="12" end="19" kind="attack" Sure="high" roles="7"/>
    <custom:HappeningRolesLink xmi:id="7" role="agent" target="3"/>
    <custom:Acquaintance xmi:id="8" sofa="1" begin="0" end="8" Dependent="3" Governor="5" relation="knows"/>
    <custom:About xmi:id="9" sofa="1" tone="grim"/>
    <meta:CASMetadata xmi:id="10" sofa="1" begin="0" end="0" username="anna"/>
    <cas:Sofa xmi:id="1" sofaNum="1" sofaID="_InitialView" mimeType="text" sofaString="Mira Sol &#128512; stormed the fort at Élmar. They knew Zoë."/>
    <cas:View sofa="1" members="2 3 4 5 6 8 9 10"/>
    </xmi:XMI>
    """


def test_inception_s_layers_features_slots_relations_and_annotator(tmp_path):
    pytest.importorskip("cassis")
    desk = Desk(tmp_path, a__xmi=XMI, TypeSystem__xml=TYPES)
    counts = desk.read("a.xmi", annotator="", stated=PER)
    assert desk.said() == [
        "Zoë knows Mira Sol", "attack: stormed", "person: Mira Sol", "person: Zoë", "place: Élmar", "stormed agent Mira Sol", "sure of stormed: high",
    ]  # fmt: skip
    assert desk.said("how") == ["tone of : grim"]
    assert desk.errors() == [("LABEL-UNKNOWN", "identity")] and counts["items refused"] == 1
    assert {one.annotator for one in read_annotation_sets(desk.project)} == {"p01"}
    assert json.loads(desk.project.people.read_text()) == {"user anna": "p01"}
    assert any(issue.code == "ANNOTATION-COMPUTED" and "Sentence" in issue.message for issue in desk.told)


def test_an_annotator_with_a_pseudonym_of_the_project_is_that_person_unless_another_is_named(tmp_path):
    pytest.importorskip("cassis")
    desk = Desk(tmp_path, a__xmi=XMI.replace('"anna"', '"a07"'), TypeSystem__xml=TYPES)
    desk.project.annotators.write_text("annotators:\n  - {id: a07, kind: human_trained}\n")
    desk.read("a.xmi", annotator="")
    assert {(one.annotator, one.annotator_kind) for one in read_annotation_sets(desk.project)} == {("a07", "human_trained")}
    assert [issue.where for issue in desk.told if issue.code == "ACCOUNT-KNOWN"] == ["a07"]
    desk.read("a.xmi", annotator="a08")
    assert {one.annotator for one in read_annotation_sets(desk.project)} == {"a07", "a08"}


def test_xmi_without_its_type_system_and_files_that_name_nobody_are_refused_in_one_line(tmp_path):
    pytest.importorskip("cassis")
    desk = Desk(tmp_path, a__xmi=XMI, b__ann="T1\tperson 0 4\tMira\n", b__txt="Mira slept.")
    with pytest.raises(StandpointError, match="a.xmi") as refusal:
        desk.read("a.xmi")
    assert "TypeSystem.xml" in refusal.value.hint
    with pytest.raises(StandpointError, match="do not say who annotated") as refusal:
        desk.read("b.ann", annotator="")
    assert "--annotator" in refusal.value.hint and not desk.project.annotations.exists()


def test_spacy_s_entities_groups_categories_and_entries(tmp_path):
    spacy = pytest.importorskip("spacy")
    doc = spacy.blank("en")("Mira met Zoë 😀 at Élmar, they said.")
    doc.ents = [spacy.tokens.Span(doc, 0, 1, label="PER", kb_id="Q1"), spacy.tokens.Span(doc, 2, 3, label="PER")]
    doc.spans["sc"] = [spacy.tokens.Span(doc, 5, 6, label="LOC"), spacy.tokens.Span(doc, 5, 6, label="LOC")]
    doc.cats = {"glad": 1.0, "grim": 0.0}
    desk = Desk(tmp_path, a__spacy=spacy.tokens.DocBin(docs=[doc], store_user_data=True).to_bytes())
    assert desk.texts() == [doc.text]
    counts = desk.read(stated=PER)
    assert desk.said() == ["person: Mira", "person: Zoë", "place: Élmar"] and desk.said("how") == ["tone of : glad"]
    assert desk.errors() == [("ANNOTATION-UNSAID", "LOC"), ("LABEL-UNKNOWN", "kb_id")] and counts["items refused"] == 2


def test_doccano_s_dialects(tmp_path):
    text = "Mira 😀 met Zoë at Osk."
    lines = [
        {"id": 1, "text": text, "label": [[0, 4, "PER"], [18, 21, "LOC"]], "Comments": ["sure?"]},
        {"id": 2, "text": f"{text} Twice.", "meta": {}, "annotation_approver": None, "labels": [[11, 14, "PER"]]},
        {
            "id": 3, "text": f"{text} Again.", "Comments": [],
            "entities": [{"id": 5, "label": "PER", "start_offset": 0, "end_offset": 4}, {"id": 6, "label": "PER", "start_offset": 11, "end_offset": 14}],
            "relations": [{"id": 1, "from_id": 5, "to_id": 6, "type": "knows"}, {"id": 2, "from_id": 5, "to_id": 9, "type": "knows"}],
        },
        {"id": 4, "text": "Nothing here.", "label": ["glad"]},
    ]  # fmt: skip
    desk = Desk(tmp_path, a__jsonl="".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines) + "[1]\n")
    counts = desk.read(stated=PER)
    assert desk.said() == ["Mira knows Zoë", *["person: Mira"] * 2, *["person: Zoë"] * 2, "place: Osk"]
    assert desk.said("how") == ["tone of : glad"]
    assert [code for code, _ in desk.errors()] == ["ANNOTATION-FORMAT", "ANNOTATION-UNSAID", "DOCUMENT-FORMAT"]
    assert (counts["items stored"], counts["items refused"], counts["tasks refused"]) == (7, 2, 1)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_of_doccano_is_read_as_its_lines(tmp_path, indent):
    lines = [
        {"id": 1, "text": "Mira slept.", "labels": [[0, 4, "person"]]},
        {"id": 2, "text": "Zoë slept.", "labels": [[0, 3, "person"]]},
    ]
    desk = Desk(tmp_path, a__json=json.dumps(lines, indent=indent))
    desk.read("a.json", format="doccano")
    assert desk.said() == ["person: Mira", "person: Zoë"] and desk.errors() == []


def test_one_label_of_doccano_that_is_in_no_list_is_a_label(tmp_path):
    lines = [
        {"id": 1, "text": "Mira slept.", "label": "glad"},
        {"id": 2, "text": "Zoë slept.", "label": None, "entities": {"a": 1}},
    ]
    desk = Desk(tmp_path, a__jsonl="".join(f"{json.dumps(line)}\n" for line in lines))
    counts = desk.read("a.jsonl", format="doccano")
    assert desk.said("how") == ["tone of : glad"]
    assert desk.errors() == [("ANNOTATION-FORMAT", "{'a': 1} should have a start")] and counts["items refused"] == 1


def test_what_a_file_says_twice_is_stored_once_and_told(tmp_path):
    text = "Mira Sol met Zoë."
    rows = ("T1\tperson {Mira Sol}", "T2\tperson {Zoë}", "R1\tknows Arg1:T1 Arg2:T2", "R2\tknows Arg1:T1 Arg2:T2")
    desk = Desk(tmp_path, a__txt=text, a__ann=marks(text, *rows))
    counts = desk.read("a.ann")
    assert desk.said() == ["Mira Sol knows Zoë", "person: Mira Sol", "person: Zoë"]
    assert desk.errors() == [("ANNOTATION-UNSAID", "knows")] and counts["items refused"] == 1
    entities = [{"id": 1, "label": "person", "start_offset": 0, "end_offset": 8}]
    entities += [{"id": 2, "label": "person", "start_offset": 13, "end_offset": 16}]
    links = [{"id": number, "from_id": 1, "to_id": 2, "type": "knows"} for number in (1, 2)]
    line = {"id": 1, "text": text, "entities": entities, "relations": links, "label": ["glad", "glad"]}
    (tmp_path / "doccano").mkdir()
    desk = Desk(tmp_path / "doccano", a__jsonl=json.dumps(line) + "\n")
    counts = desk.read("a.jsonl")
    assert desk.said() == ["Mira Sol knows Zoë", "person: Mira Sol", "person: Zoë"] and desk.said("how") == ["tone of : glad"]
    assert [code for code, _ in desk.errors()] == ["ANNOTATION-FORMAT"] * 2 and counts["items refused"] == 2


def test_a_second_answer_where_the_codebook_has_one_is_not_lost_silently(tmp_path):
    cassis = pytest.importorskip("cassis")
    system = cassis.load_dkpro_core_typesystem()
    things = system.create_type("webanno.custom.Things", "uima.tcas.Annotation")
    system.create_feature(things, "label", "uima.cas.String")
    system.create_feature(things, "sure", "uima.cas.StringArray")
    cas = cassis.Cas(system)
    cas.sofa_string, cas.sofa_mime = "They stormed Osk.", "text/plain"
    answers = system.get_type("uima.cas.StringArray")(elements=["high", "low"])
    cas.add(things(begin=5, end=12, label="attack", sure=answers))
    desk = Desk(tmp_path, a__xmi=cas.to_xmi(), TypeSystem__xml=system.to_xml())
    (read,) = read_documents(desk.raw / "a.xmi", "xmi", load_codebook(desk.project.codebook))
    assert [item.label for item in read.document.annotations] == ["attack", "high", "low"]


def test_a_line_of_jsonl_may_be_empty_and_a_file_may_begin_with_a_mark(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [json.dumps({"id": name, "text": "Mira slept.", "sentences": [], "annotations": []}) for name in "ab"]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n\n".join([*lines, "{"]).encode())
    one, two, broken = read_documents(path, "jsonl")
    assert (one.document.id, two.document.id) == ("a", "b")
    assert (broken.code, broken.where) == ("DOCUMENT-FORMAT", f"{path}:5")


def test_a_document_without_annotations_is_a_set_of_the_pass_that_is_named(tmp_path):
    desk = Desk(tmp_path, a__txt="Nobody came.", a__ann="")
    counts = desk.read(format="brat")
    assert counts["annotation sets"] == 0 and any(issue.code == "DOCUMENT-PASS" for issue in desk.told)
    assert desk.read(format="brat", pass_name="how")["annotation sets"] == 1
    with pytest.raises(StandpointError, match="no pass 'nothing'"):
        desk.read(format="brat", pass_name="nothing")


def test_a_text_that_is_no_article_is_told_with_its_file(tmp_path):
    desk = Desk(tmp_path)
    (desk.raw / "a.txt").write_text("Mira slept.")
    (desk.raw / "a.ann").write_text("T1\tperson 0 4\tMira\n")
    counts = desk.read("a.ann")
    (issue,) = [issue for issue in desk.told if issue.level == "error"]
    assert issue.code == "TASK-ARTICLE" and "a.ann" in issue.where and counts["items refused"] == 1


def test_an_archive_is_read_as_a_folder_by_both_commands(tmp_path):
    desk = Desk(tmp_path)
    with ZipFile(tmp_path / "corpus.zip", "w") as archive:
        archive.writestr("collection/doc.txt", "Mira slept.")
        archive.writestr("collection/doc.ann", "T1\tperson 0 4\tMira\nno line\n")
        archive.writestr("tokens.conll", "Zoë B-person\nwept O\n")
        archive.writestr("../../evil.ann", "T1\tperson 0 4\tMira\n")
    ingest_paths(desk.project, [tmp_path / "corpus.zip"], desk.project.sources, Reporter())
    assert sorted(desk.texts()) == ["Mira slept.", "Zoë wept"]
    before = set(tmp_path.parent.rglob("evil.ann"))
    desk.raw = tmp_path
    desk.read("corpus.zip")
    assert desk.said() == ["person: Mira", "person: Zoë"]
    places = {issue.code: issue.where for issue in desk.told}
    assert places["ANNOTATION-FORMAT"].endswith(f"{tmp_path / 'corpus.zip'}!collection/doc.ann:2")
    assert places["FILE-UNREADABLE"].endswith("corpus.zip!../../evil.ann") and set(tmp_path.parent.rglob("evil.ann")) == before
    (tmp_path / "cut.zip").write_bytes((tmp_path / "corpus.zip").read_bytes()[:-30])
    (tmp_path / "bad.zip").write_bytes((tmp_path / "corpus.zip").read_bytes().replace(b"Mira", b"Mila"))
    for name in ("cut.zip", "bad.zip"):
        with pytest.raises(StandpointError, match=name):
            desk.read(name)


def test_a_project_of_inception_has_its_annotators_in_the_names_of_its_files(tmp_path):
    pytest.importorskip("cassis")
    desk = Desk(tmp_path, a__xmi=XMI, TypeSystem__xml=TYPES)
    nameless = (
        textwrap.dedent(XMI)
        .replace('<meta:CASMetadata xmi:id="10" sofa="1" begin="0" end="0" username="anna"/>', "")
        .replace("9 10", "9")
    )
    with ZipFile(tmp_path / "raw" / "project.zip", "w") as archive:
        archive.writestr("exportedproject.json", "{}")
        for name in ("INITIAL_CAS", "anna", "berta"):
            inner = BytesIO()
            with ZipFile(inner, "w") as files:
                files.writestr(f"{name}.xmi", nameless)
                files.writestr("TypeSystem.xml", textwrap.dedent(TYPES))
            archive.writestr(f"annotation/a.txt/{name}.zip", inner.getvalue())
    desk.read("project.zip", annotator="", stated={**PER, "identity": ""})
    assert desk.errors() == [] and len(desk.said()) == 14
    assert set(json.loads(desk.project.people.read_text()).values()) == {"p01", "p02"}
    assert [issue.code for issue in desk.told if issue.code == "DOCUMENT-INITIAL"] == ["DOCUMENT-INITIAL"]


FILES = {
    "brat": ("x", b"T1\tperson 0 4\tMira\n"),
    "conll": ("x", b"# global.columns = ID FORM MISC\n"),
    "xmi": ("x", b'<?xml version="1.0"?>\n<xmi:XMI xmlns:xmi="http://www.omg.org/XMI">'),
    "doccano": ("x.jsonl", b'{"id": 1, "text": "x", "label": []}\n'),
    "jsonl": ("x.jsonl", b'{"id":"x","text":"x","sentences":[],"annotations":[],"about":{}}\n'),
}


@pytest.mark.parametrize("name", FILES)
def test_a_format_is_known_by_its_first_bytes(tmp_path, name):
    path = tmp_path / FILES[name][0]
    path.write_bytes(FILES[name][1])
    assert format_of(path) == name
    path.write_bytes(b"\xef\xbb\xbf" + FILES[name][1])
    assert format_of(path) == name


def test_a_file_in_which_nothing_is_annotated_is_of_the_format_of_its_suffix(tmp_path):
    book = BOOK | {"passes": [{"name": "all", "layers": [layer["name"] for layer in BOOK["layers"]]}]}
    desk = Desk(tmp_path, book, a__txt="Nobody came.", a__ann="")
    assert desk.read()["annotation sets"] == 1 and desk.said("all") == []


@pytest.mark.parametrize(
    "text",
    [
        "T1\tT2\n1\t2\n",
        "id\ttext\n1\tx\n",
        "Mira\nSol\n",
        '{"text": "x", "spans": []}\n',
        "He said O\nand left\n",
        "#FORMAT=WebAnno TSV 3.3\n",
    ],
)
def test_what_is_not_certain_is_not_guessed(tmp_path, text):
    (tmp_path / "x").write_text(text)
    assert format_of(tmp_path / "x") == ""


def test_a_folder_has_one_source_per_format_and_names_what_is_not_read(tmp_path):
    desk = Desk(
        tmp_path, a__txt="Mira slept.", a__ann="T1\tperson 0 4\tMira\n", b__conll="Zoë B-person\nwept O\n", c__md="# About\n"
    )
    desk.read()
    assert desk.said() == ["person: Mira", "person: Zoë"]
    notes = {issue.code: issue.message for issue in desk.told}
    assert notes["FILE-ABOUT"] == "1 file(s) have no annotations of a known format, and are not read: c.md"
    (tmp_path / "empty").mkdir()
    with pytest.raises(StandpointError, match="no file of a known format"):
        import_exports(desk.project, [tmp_path / "empty"], Reporter())


def test_the_command_reads_maps_and_refuses_what_is_in_no_codebook(tmp_path):
    desk = Desk(tmp_path, a__txt="Mira slept.", a__ann="T1\tPER 0 4\tMira\n")
    command = ["--project", str(desk.project.root), "import", str(desk.raw), "--annotator", "a01"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1 and "1 items = 0 items stored + 1 items refused" in result.output
    result = CliRunner().invoke(main, [*command, "--map", "PER=person"])
    assert result.exit_code == 0 and "1 items = 1 items stored" in result.output
    result = CliRunner().invoke(main, [*command, "--map", "PER="])
    assert result.exit_code == 0 and "1 items left out" in result.output
    for words, message in ((["--map", "PER=nobody"], "no such layer or label"), (["--map", "PER"], "THEIRS=OURS")):
        result = CliRunner().invoke(main, [*command, *words])
        assert result.exit_code == 2 and message in result.output


def test_what_may_be_two_labels_is_refused(tmp_path):
    text = "Mira slept."
    desk = Desk(tmp_path, a__txt=text, a__ann="T1\tperson 0 4\tMira\nA1\tHow T1 place\n")
    book = BOOK | {"layers": [*BOOK["layers"], {"name": "also", "kind": "choice", "of": "things", "labels": [{"name": "place"}]}]}
    book["passes"] = [{"name": "who", "layers": [layer["name"] for layer in book["layers"]]}]
    desk.project.codebook.write_text(json.dumps(book))
    desk.read("a.ann")
    (issue,) = [issue for issue in desk.told if issue.level == "error"]
    assert "it may be where:place or also:place" in issue.message
    desk.read("a.ann", stated={"How": "also"})
    assert "also of Mira: place" in desk.said()
