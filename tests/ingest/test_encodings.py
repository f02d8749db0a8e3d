"""Encodings of raw files: a bad byte costs its record, a guess is told and uses the language, and what is stated is obeyed."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from ingest_samples import BODY, COURIER, read
from standpoint.core.model import StandpointError
from standpoint.ingest.doubts import sign_of_misreading
from standpoint.ingest.encoding import codec_of
from standpoint.ingest.sources import load_sources
from standpoint.splits.overlap import read_collection

ENGLISH = "It isn’t over, the baker said – “not yet”. A loaf is €4."


def ingested(path, data: bytes, language: str = "en", encoding: str = ""):
    """The texts of a file, and its issues as (level, code, line, message)."""
    path.write_bytes(data)
    articles, issues, result = read(path, source=replace(COURIER, language=language, encoding=encoding))
    counts = result.counts
    assert counts["records"] == counts["articles"] + counts["duplicates"] + counts["record_refused"]
    assert counts["files"] == counts["read"] + counts["file_refused"] == 1
    told = [(issue.level, issue.code, int(issue.where.rpartition(":")[2]), issue.message) for issue in issues]
    return [article.text for article in articles], told


def short(told) -> list[tuple]:
    return [item[:3] for item in told]


# One bad byte in a file of UTF-8


@pytest.mark.parametrize("n", [1, 2, 3, 20, 200])
@pytest.mark.parametrize("bad", [b"\xff", b"caf\xe9 ", "’".encode()[:2]])
def test_a_bad_byte_costs_its_line_of_json(tmp_path, n, bad):
    lines = [json.dumps({"title": f"T{k}", "text": f"{BODY[0]} {k} {ENGLISH}"}, ensure_ascii=False).encode() for k in range(n)]
    lines[n // 2] = lines[n // 2].replace(b"baker", b"ba" + bad + b"ker")
    texts, told = ingested(tmp_path / "a.jsonl", b"\n".join(lines))
    assert len(texts) == n - 1 and all(text.endswith(ENGLISH) for text in texts)
    assert short(told) == [("error", "RECORD-ENCODING", n // 2 + 1)] and "over, the ba" in told[0][3]


def test_a_bad_byte_costs_its_row_of_csv(tmp_path):
    rows = [f'T{k},"{BODY[0]} {k}\n{ENGLISH}"'.encode() for k in range(4)]
    rows[1] = rows[1].replace(b"loaf", b"lo\xe9af")
    texts, told = ingested(tmp_path / "a.csv", b"title,text\n" + b"\n".join(rows))
    assert [text[:2] for text in texts] == ["T0", "T2", "T3"] and all(ENGLISH in text for text in texts)
    assert short(told) == [("error", "RECORD-ENCODING", 4)]


def test_rows_of_two_encodings_are_not_misread(tmp_path):
    rows = [f'T{k},"{BODY[0]} {k} {ENGLISH}"' for k in range(3)]
    data = b"title,text\n" + b"\n".join(
        row.encode(encoding) for row, encoding in zip(rows, ("utf-8", "cp1252", "utf-8"), strict=True)
    )
    texts, told = ingested(tmp_path / "a.csv", data)
    assert [text[:2] for text in texts] == ["T0", "T2"] and all(text.endswith(ENGLISH) for text in texts)
    assert short(told) == [("error", "RECORD-ENCODING", 3)]


def test_a_bad_byte_costs_its_object_of_a_list(tmp_path):
    objects = [json.dumps({"title": f"T{k}", "text": f"{BODY[0]} {ENGLISH} {k}"}, ensure_ascii=False) for k in range(3)]
    data = ("[\n" + ",\n".join(objects) + "\n]").encode().replace(b" 1" + b'"}', b' \xff"}')
    texts, told = ingested(tmp_path / "a.json", data)
    assert [text[:2] for text in texts] == ["T0", "T2"] and short(told) == [("error", "RECORD-ENCODING", 3)]


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
@pytest.mark.parametrize(
    "change", [lambda data: data.replace(b"loaf", b"lo\xe9af"), lambda data: data[: data.rindex("€".encode()) + 2]]
)
def test_a_bad_byte_in_one_text_refuses_it_and_says_where(tmp_path, name, change):
    page = f"<html><head><meta charset=utf-8></head>\n<body><p>{BODY[0]}</p>\n<p>{ENGLISH}</p></body></html>"
    text = page if name == "a.html" else f"A headline\n\n{ENGLISH}"
    texts, told = ingested(tmp_path / name, change(text.encode()))
    assert texts == [] and short(told) == [("error", "FILE-ENCODING", 3)] and "A l" in told[0][3]


def test_lines_of_ascii_with_one_stray_byte_lose_that_line(tmp_path):
    lines = [b'{"text": "%s %d"}' % (BODY[0].encode(), k) for k in range(30)]
    lines[7] = lines[7].replace(b"shelling", b"shel\xffling")
    texts, told = ingested(tmp_path / "a.jsonl", b"\n".join(lines))
    assert len(texts) == 29 and short(told) == [("error", "RECORD-ENCODING", 8)]


# A guess

LEGACY = [
    ("en", "It cost €40 for a sack, he said.", "cp1252 iso8859_15"),
    ("en", "About 2\u00a0000 men left the town.", "cp1252 latin-1 mac_roman"),
    ("en", "Zoë said no. The army left.", "cp1252 latin-1 mac_roman"),
    ("en", "“We won’t go back,” she said – never…", "cp1252 mac_roman"),
    ("en-GB", "The £40 café, 30° and ½ a mile: §5.", "cp1252 latin-1"),
    ("pl", "Wojsko opuściło most.", "cp1250 iso8859_2 cp852"),
    ("pl", "Żołnierze odeszli nocą na północ, źle się bawiąc: „dość”, rzekł.", "cp1250"),
    ("cs", "Armáda opustila most v úterý, řekl mluvčí. Žena šla pěšky.", "cp1250 iso8859_2"),
    ("hu", "A hadsereg kedden elhagyta a hidat – őrült tűz után.", "cp1250"),
    ("ro", "Armata a părăsit podul marţi, a spus el. Şcoala e închisă.", "cp1250 iso8859_2"),
    ("fr", "L’armée a quitté le pont – « là-bas », où ça ?", "cp1252 mac_roman"),
    ("fr", "Le cœur a coûté 40 €, dit Zoé à Noël.", "iso8859_15 cp1252"),
    ("de", "Die Brücke fiel am Dienstag – „Ärger“ über Öl.", "cp1252 mac_roman"),
    ("es", "¿Qué pasó? El ejército dejó el puente.", "cp1252 latin-1 cp850"),
    ("tr", "Ordu salı günü köprüden ayrıldı, şehir ışıksız.", "cp1254 iso8859_9"),
    ("lt", "Kariuomenė antradienį paliko tiltą, žmonės išėjo.", "cp1257 iso8859_13"),
    ("lv", "Armija otrdien pēc kaujām pameta tiltu, šķēršļi.", "cp1257"),
    ("ru", "Армия оставила мост во вторник, сообщил её представитель.", "cp1251 koi8_r cp866 iso8859_5 mac_cyrillic"),
    ("uk", "Армія залишила міст у вівторок. Її ґанок.", "cp1251 koi8_u"),
    ("sr", "Војска је у уторак напустила мост, рекао је портпарол Љубић.", "cp1251 iso8859_5"),
    ("el", "Ο στρατός εγκατέλειψε τη γέφυρα την Τρίτη.", "cp1253 iso8859_7"),
    ("he", "הצבא עזב את הגשר ביום שלישי, אמר דובר.", "cp1255 iso8859_8"),
    ("ar", "ترك الجيش الجسر يوم الثلاثاء، كما قال المتحدث.", "cp1256 iso8859_6"),
    ("th", "กองทัพออกจากสะพานเมื่อวันอังคาร", "cp874"),
    ("zh", "发言人说，军队在星期二撤离了桥。居民向北逃走。", "gb2312 gbk gb18030"),
    ("zh-Hant", "發言人說，軍隊在星期二撤離了橋。居民向北逃走。", "big5 gbk"),
    ("ja", "報道官によると、軍は火曜日に橋を離れた。住民は北へ逃げた。", "cp932 euc_jp"),
    ("ko", "대변인은 군대가 화요일에 다리를 떠났다고 말했다.", "cp949 euc_kr"),
]


@pytest.mark.parametrize(
    "language, text, encoding", [(language, text, name) for language, text, names in LEGACY for name in names.split()]
)
def test_a_guess_uses_the_language_and_is_told(tmp_path, language, text, encoding):
    headline = "A headline of plain letters\n\n"
    texts, told = ingested(tmp_path / "a.txt", (headline + text).encode(encoding), language)
    assert texts == [headline + text.replace("\u00a0", " ")]
    assert short(told) == [("note", "FILE-ENCODING", 1)] and "`encoding`" in told[0][3]


def test_another_language_than_the_source_has_is_guessed_from_enough_text(tmp_path):
    for number, text in enumerate(("Żołnierze opuścili most we wtorek, powiedział rzecznik. " * 12, LEGACY[17][1] * 4)):
        encoding = ("cp1250", "cp1251")[number]
        texts, told = ingested(tmp_path / f"{number}.txt", ("A headline\n\n" + text.strip()).encode(encoding), "en")
        assert texts == ["A headline\n\n" + text.strip()] and short(told) == [("note", "FILE-ENCODING", 1)]


@pytest.mark.parametrize(
    "data", [b"A headline\n\nThe mill\xff burned.\n", bytes(range(256)) * 20, b"\x88PNG\r\n\x1a\n" + bytes(range(128, 256)) * 9]
)
def test_what_makes_no_sense_is_refused(tmp_path, data):
    texts, told = ingested(tmp_path / "a.txt", data)
    assert texts == [] and [item[:2] for item in told] == [("error", "FILE-ENCODING")]


def test_the_whole_file_is_looked_at(tmp_path):
    rows = [f'T{k},"{k} {BODY[0] * 8}"' for k in range(400)]
    data = ("title,text\n" + "\n".join(rows) + f'\nLast,"{ENGLISH}"\n').encode("cp1252")
    assert data[: 1 << 18].isascii()
    texts, told = ingested(tmp_path / "late.csv", data)
    assert len(texts) == 401 and texts[-1].endswith(ENGLISH) and short(told) == [("note", "FILE-ENCODING", 1)]


def test_seven_bits_of_japanese_and_utf_16_without_a_mark_are_told(tmp_path):
    for name, encoding in (("j.txt", "iso2022_jp"), ("le.txt", "utf-16-le"), ("be.txt", "utf-16-be"), ("long.txt", "utf-32-le")):
        text = f"A headline of plain letters\n\n{LEGACY[26][1] if name == 'j.txt' else ENGLISH}"
        texts, told = ingested(tmp_path / name, text.encode(encoding), "ja")
        assert texts == [text] and short(told) == [("note", "FILE-ENCODING", 1)]


# What is stated


def test_a_stated_encoding_wins_over_a_guess(tmp_path):
    text = "A headline\n\nKariuomenė antradienį paliko tiltą."
    texts, told = ingested(tmp_path / "a.txt", text.encode("cp775"), "en", "cp775")
    assert texts == [text] and told == []
    texts, told = ingested(tmp_path / "b.txt", f"A headline\n\n{ENGLISH}".encode("cp1252"), "en", "ISO-8859-1")
    assert texts == [f"A headline\n\n{ENGLISH}"] and told == []


def test_a_stated_encoding_that_does_not_fit_is_told(tmp_path):
    text = f"A headline\n\n{ENGLISH}"
    texts, told = ingested(tmp_path / "a.txt", text.encode(), "en", "cp1252")
    assert texts == [text] and short(told) == [("note", "FILE-ENCODING", 1)] and "cp1252, which sources.yaml states" in told[0][3]
    texts, told = ingested(tmp_path / "b.txt", text.encode("utf-8-sig"), "en", "koi8-r")
    assert texts == [text] and short(told) == [("note", "FILE-ENCODING", 1)]
    texts, told = ingested(tmp_path / "c.txt", text.encode("cp1252"), "en", "utf-16")
    assert texts == [text] and "not as utf-16-le" in told[0][3]
    texts, told = ingested(tmp_path / "d.txt", text.encode("cp1252"), "en", "utf-8")
    assert texts == [] and short(told) == [("error", "FILE-ENCODING", 3)]
    texts, told = ingested(tmp_path / "e.txt", text.encode(), "en", "utf-8")
    assert texts == [text] and told == []


SOURCE = "sources:\n- {id: a, name: A, match: ['*'], licence: CC0-1.0, language: en, encoding: %s}\n"


def test_an_unknown_encoding_is_refused_when_the_sources_are_loaded(tmp_path):
    for name in ("windows-1252", "latin1", "Shift_JIS", "KOI8-U", "cp437", "utf-16", "utf-32"):
        (tmp_path / "sources.yaml").write_text(SOURCE % name)
        assert load_sources(tmp_path / "sources.yaml")[0].encoding == name
    for name in ("windows-9999", "base64", "rot13", "idna", "undefined", "unicode_escape", '"a\\0b"'):
        (tmp_path / "sources.yaml").write_text(SOURCE % name)
        with pytest.raises(StandpointError, match="no encoding is called|cannot be shown"):
            load_sources(tmp_path / "sources.yaml")


@pytest.mark.parametrize(
    "label, name",
    [
        ("latin1", "cp1252"), ("ISO-8859-1", "cp1252"), ("us-ascii", "cp1252"), ("latin-1", "cp1252"), ("iso-8859-9", "cp1254"),
        ("shift_jis", "cp932"), ("x-sjis", "cp932"), ("gb2312", "gb18030"), ("GBK", "gb18030"), ("big5", "big5hkscs"),
        ("euc-kr", "cp949"), ("tis-620", "cp874"), ("utf8", "utf-8"), ("x-user-defined", "cp1252"), ("no-such", ""), ("", ""),
    ],
)  # fmt: skip
def test_labels_mean_what_they_mean_in_browsers(label, name):
    assert codec_of(label) == name


def page(head: str, text: str) -> str:
    return f"<!doctype html><html><head>{head}<title>A bridge</title></head><body><article><h1>A bridge</h1><p>{BODY[0]}</p><p>{text}</p><p>{BODY[1]}</p><p>{BODY[2]}</p></article></body></html>"


@pytest.mark.parametrize(
    "head, encoding, text, note",
    [
        ('<meta charset="iso-8859-1">', "cp1252", ENGLISH, ""),
        ('<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=us-ascii">', "cp1252", ENGLISH, ""),
        ('<meta charset="shift_jis">', "cp932", "軍は橋を離れた。①住民は逃げた。", ""),
        ('<meta charset="gb2312">', "gbk", "军队撤离了桥，朱镕基说。", ""),
        ('<meta charset="iso-8859-2">', "iso8859_2", "Wojsko opuściło most.", ""),
        ('<!-- <meta charset="koi8-r"> --><meta charset="utf-8">', "utf-8", ENGLISH, ""),
        ("<script>var a = '<meta charset=\"koi8-r\">';</script><meta charset=windows-1252>", "cp1252", ENGLISH, ""),
        (f"<style>{'a{b:c} ' * 2000}</style><meta charset='koi8-r'>", "koi8-r", "Армия оставила мост.", ""),
        ('<meta name="description" content="why charset=koi8-r failed"><meta charset="cp1252">', "cp1252", ENGLISH, ""),
        ('<meta charset="windows-1252">', "utf-8-sig", ENGLISH, "byte order mark"),
        ('<meta charset="iso-8859-1">', "utf-8", ENGLISH, "not as cp1252"),
        ('<meta charset="utf-16">', "utf-8", ENGLISH, "not as utf-16"),
        ('<meta charset="utf-16">', "cp1252", ENGLISH, "a guess"),
        ('<meta charset="utf-8">', "cp1252", ENGLISH, "a guess"),
        ('<meta charset="no-such">', "cp1252", ENGLISH, "a guess"),
        ("", "cp1252", ENGLISH, "a guess"),
        ("", "utf-8", ENGLISH, ""),
        ('<meta charset="utf-16">', "utf-16", ENGLISH, ""),
    ],
)
@pytest.mark.parametrize("blank", ["", " "])  # bytes of odd and of even number
def test_a_page_is_read_as_browsers_read_it(tmp_path, head, encoding, text, note, blank):
    texts, told = ingested(tmp_path / "a.html", (page(head, text) + blank).encode(encoding))
    assert [text in item for item in texts] == [True]
    assert short(told) == ([("note", "FILE-ENCODING", 1)] if note else []) and all(note in item[3] for item in told)


def test_a_page_may_state_its_encoding_as_xml_does(tmp_path):
    data = ('<?xml version="1.0" encoding="iso-8859-2"?>\n' + page("", "Wojsko opuściło most.")).encode("iso8859_2")
    texts, told = ingested(tmp_path / "a.xhtml", data)
    assert ["opuściło" in text for text in texts] == [True] and told == []


def test_sources_yaml_wins_over_the_page(tmp_path):
    texts, told = ingested(tmp_path / "a.html", page('<meta charset="koi8-r">', ENGLISH).encode("cp1252"), "en", "windows-1252")
    assert [ENGLISH in text for text in texts] == [True] and told == []


def test_leaks_reads_files_in_the_same_way(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "caf\xe9"}\n{"text": "\xe2\x80\x9cTwo\xe2\x80\x9d"}\n')
    (tmp_path / "b.txt").write_bytes(ENGLISH.encode("cp1252"))
    items = list(read_collection(str(tmp_path)))
    assert [getattr(item, "code", "") or item.text for item in items] == ["RECORD-ENCODING", "“Two”", "FILE-ENCODING", ENGLISH]


# What was misread before it came here


@pytest.mark.parametrize("text", [ENGLISH, "À Noël, « LE CAFÉ » coûte 4 €.", *(text for _, text, _ in LEGACY)])
def test_good_text_has_no_sign_of_misreading(text):
    assert sign_of_misreading(text) == ""


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp1251", "cp437"])
@pytest.mark.parametrize("number", [3, 6, 7, 10, 12, 13, 17, 18])
def test_utf_8_that_was_read_in_another_encoding_is_seen(number, encoding):
    misread = LEGACY[number][1].encode().decode(encoding, "ignore")
    assert "in UTF-8" in sign_of_misreading(misread)


def test_ingestion_notes_a_text_that_was_misread_earlier(tmp_path):
    record = {"title": "The baker", "text": f"{BODY[0]} {ENGLISH}".encode().decode("mac_roman")}
    texts, told = ingested(tmp_path / "a.jsonl", json.dumps(record).encode())
    assert len(texts) == 1 and short(told) == [("note", "ARTICLE-ENCODING", 1)] and "is '’' in UTF-8" in told[0][3]


def test_a_lost_character_is_seen():
    assert sign_of_misreading("The caf\ufffd stayed open.") == "has U+FFFD at 7, which stands for a character that was lost"


def test_a_bad_byte_costs_its_row_of_parquet_and_half_a_character_its_place(tmp_path):
    texts = pa.Array.from_buffers(pa.string(), 2, pa.array([f"One. {BODY}", f"Two! {BODY}"]).buffers())
    broken = texts.buffers()[2].to_pybytes().replace(b"Two!", b"Tw\xff!")
    texts = pa.Array.from_buffers(pa.string(), 2, [None, texts.buffers()[1], pa.py_buffer(broken)])
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet")
    found, told = ingested(tmp_path / "a.parquet", (tmp_path / "a.parquet").read_bytes())
    assert len(found) == 1 and found[0].startswith("One.") and short(told) == [("error", "RECORD-ENCODING", 2)]
    record = {"text": BODY, "url": "https://courier.example/\ud83d", "byline": "Zoë 😀"}
    (tmp_path / "b.jsonl").write_text(json.dumps(record), encoding="utf-8")
    (article,), _, _ = read(tmp_path / "b.jsonl")
    assert (article.url, article.byline) == ("https://courier.example/\ufffd", "Zoë 😀")
