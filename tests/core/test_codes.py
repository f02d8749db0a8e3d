"""Languages and licences as people write them: their codes, or none where the words are not wholly understood."""

from __future__ import annotations

import pytest

from standpoint.core.codes import language_code, licence_id, redistributable


@pytest.mark.parametrize(
    "words, code",
    [
        *[(words, "en") for words in ("en", "EN", "eng", "English", " english ", "en-US", "en_GB", "en_US.UTF-8", "en (US)")],
        *[(words, "zh") for words in ("zh-Hans", "zh_Hant_TW", "zho", "chi", "cmn", "Chinese (Simplified)", "中文")],
        *[(words, "fa") for words in ("per", "fas", "Farsi", "Persian", "فارسی", "prs")],
        *[("Русский", "ru"), ("Deutsch", "de"), ("iw", "he"), ("ckb", "ckb"), ("Ukrainian", "uk"), ("tlh", "tlh")],
        *[(words, "") for words in ("xx", "xxx", "und", "mul", "", "en,fr", "English, French", "ua", "lang:en", "?")],
    ],
)
def test_a_language_has_one_code(words, code):
    assert language_code(words) == code


@pytest.mark.parametrize(
    "words, code",
    [
        ("CC BY 4.0", "CC-BY-4.0"),
        ("cc-by-4.0", "CC-BY-4.0"),
        ("CC-BY 4", "CC-BY-4.0"),
        ("CC BY-SA 4.0 International", "CC-BY-SA-4.0"),
        ("CC BY 3.0 IGO", "CC-BY-3.0-IGO"),
        ("CC0", "CC0-1.0"),
        ("CC0 1.0 Universal", "CC0-1.0"),
        ("Creative Commons Zero v1.0 Universal", "CC0-1.0"),
        ("Creative Commons Attribution 4.0 International (CC BY 4.0)", "CC-BY-4.0"),
        ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 International License", "CC-BY-NC-ND-4.0"),
        ("CC BY-SA-NC 4.0", "CC-BY-NC-SA-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("http://www.creativecommons.org/licenses/by-sa/3.0/de/deed.en", "CC-BY-SA-3.0-DE"),
        ("https://creativecommons.org/licenses/by-nc/4.0/legalcode", "CC-BY-NC-4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/", "OGL-UK-3.0"),
        ("https://spdx.org/licenses/ODbL-1.0.html", "ODbL-1.0"),
        ("Open Government Licence v3.0", "OGL-UK-3.0"),
        ("Public Domain", "public-domain"),
        ("LicenseRef-US-PD", "LicenseRef-US-PD"),
        *[
            (words, "CC-BY-4.0")
            for words in ("CC BY v4.0", "CC_BY_4.0", "CC\u2011BY 4.0", "ccby4", "CC BY 4.0.", "CC BY 4.0 Deed")
        ],
        *[
            (words, "CC-BY-4.0")
            for words in ("Creative Commons Attribution 4.0", "Creative Commons Attribution 4.0 International Public License")
        ],
        *[
            (f"{words}https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0")
            for words in ("CC BY 4.0, ", "Licensed under CC BY 4.0: ")
        ],
        ("[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)", "CC-BY-4.0"),
        ("CC BY 3.0 United States", "CC-BY-3.0-US"),
        ("CC 0", "CC0-1.0"),
        *[
            (words, "OGL-UK-3.0")
            for words in ("OGL v3.0", "OGL-3.0", "UK Open Government Licence v3", "Crown Copyright, Open Government Licence v3.0")
        ],
        *[
            (words, "OGL-Canada-2.0")
            for words in ("Open Government Licence \u2013 Canada", "https://open.canada.ca/en/open-government-licence-canada")
        ],
        *[
            (words, "LicenseRef-US-PD")
            for words in (
                "US Government work",
                "U.S. Government Works",
                "Work of the United States Government",
                "public domain (US)",
            )
        ],
        ("PD", "public-domain"),
        ("Open Database License (ODbL) v1.0", "ODbL-1.0"),
        ("ODC Public Domain Dedication and License", "PDDL-1.0"),
        ("Licence Ouverte 2.0", "etalab-2.0"),
        ("Datenlizenz Deutschland Namensnennung 2.0", "DL-DE-BY-2.0"),
        *[
            (words, "")
            for words in (
                "OGL",
                "OGL 1.0a",
                "OGL 2.0",
                "Open Government Licence",
                "CC BY 4.0 (https://creativecommons.org/licenses/by-nc/4.0/)",
            )
        ],
        *[
            (words, "")
            for words in (
                "CC BY 4.0 (NC)",
                "Creative Commons Namensnennung - Nicht kommerziell 4.0",
                "public domain, except photos",
                "()",
                "US",
            )
        ],
        ("all rights reserved", "all rights reserved"),
        ("© 2031 The Courier", "© 2031 The Courier"),
        *[(words, "") for words in ("CC BY", "CC BY 4.0 except pictures", "CC BY 4.0, pictures CC BY-NC 4.0", "unknown", "")],
        *[(words, "") for words in ("CC BY 4.0 NC", "CC-BY-4.0-ND", "CC BY 4.0 (text only)", "Creative Commons", "free")],
    ],
)
def test_a_licence_has_one_id_and_loses_no_restriction(words, code):
    assert licence_id(words) == code
    restricted = not code or any(part in code for part in ("-NC", "-ND", "reserved", "©"))
    assert redistributable(code) == (not restricted)
