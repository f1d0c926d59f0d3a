"""Text in every encoding that people still save in: read letter by letter as it was written, or refused."""

from __future__ import annotations

import json

import pytest

from core.corpus.formats.encodings import as_utf8
from core.errors import InputError
from core.workspace.artefacts import Workspace
from tests.cases.test_containers import load, notes, pairs

TEXTS = {
    "fr": (
        "Où est la bibliothèque près de l’hôtel ? Ça coûte 5 €.",
        "Écrivez « bonjour » à l’élève, s’il vous plaît.",
    ),
    "de": ("Größe und Höhe der Türme, bitte prüfen Sie die Maße.", "Übermäßig schöne Straße für Fußgänger."),
    "es": ("¿Dónde está el niño? ¡Mañana será un día pequeño!", "El señor José comió piñones."),
    "pl": ("Zażółć gęślą jaźń, proszę bardzo.", "Święty Mikołaj przyniósł łyżwy."),
    "cs": ("Příliš žluťoučký kůň úpěl ďábelské ódy.", "Dobrý den, jak se máte?"),
    "hu": ("Árvíztűrő tükörfúrógép, kérem szépen.", "Jó napot kívánok, hölgyem és uram."),
    "tr": ("Şişli'de çok güzel bir öğün yedik, ığdır.", "İstanbul büyük bir şehirdir, değil mi?"),
    "ru": ("Сколько будет два плюс два? Ответьте пожалуйста.", "Четыре, конечно же."),
    "uk": ("Скільки буде два плюс два? Їжак єдиний ґанок.", "Чотири, звичайно."),
    "el": ("Πόσο κάνει δύο και δύο; Παρακαλώ απαντήστε.", "Τέσσερα, φυσικά."),
    "he": ("כמה זה שתיים ועוד שתיים?", "ארבע, כמובן."),
    "ar": ("كم يساوي اثنان زائد اثنان؟", "أربعة بالطبع."),
    "th": ("สองบวกสองเท่ากับเท่าไร", "สี่แน่นอน"),
    "vi": ("Hai cộng hai bằng mấy?", "Bốn, tất nhiên."),
    "zh": ("请把下面的句子翻译成英文:我们的老师很好。", "好的,我们的老师是一个很好的人。"),
    "zh2": ("蔗糖酯沸点几何？", "约摄氏叁佰度。"),
    "zht": ("請把下面的句子翻譯成英文:我們的老師很好。", "好的,我們的老師是一個很好的人。"),
    "ja": ("次の文を英語に翻訳してください。", "はい、これはペンです。"),
    "ja2": ("東京都千代田区霞が関の人口統計資料", "住民基本台帳 令和三年 人口数"),
    "ko": ("다음 문장을 영어로 번역하세요.", "네, 이것은 펜입니다."),
    "en": ("Don’t say “hello” – it’s rude…", "It costs £5 or 6 €."),
    "sv": ("Åke är på väg till Malmö, nära sjön.", "Räksmörgås och kött på bordet."),
    "ro": ("Țara mea este frumoasă și învățătorul știe.", "Șapte pisici și câini."),
    "bg": ("Колко е пътят до града? Пътят е дълъг.", "Четири часа, разбира се."),
    "lt": ("Ąžuolas ir šuo įėjo į namą, ačiū.", "Žąsys gęsta, ūkis čia."),
}
ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
    *("cp1252", "latin-1", "iso8859-15", "cp1250", "iso8859-2", "cp1253", "iso8859-7", "cp1254", "cp1257", "cp1258"),
    *("cp1251", "koi8_r", "iso8859-5", "cp866", "mac_cyrillic", "cp1255", "cp1256", "cp874", "mac_roman", "cp850"),
    *("cp437", "cp852", "gbk", "gb18030", "big5", "cp932", "euc_jp", "iso2022_jp", "cp949", "euc_kr"),
)
READ = {  # languages that must be read in an encoding, not only refused
    "cp1252": ("fr", "de", "es", "sv", "en"),
    "iso8859-15": ("fr", "de", "es", "sv"),
    "cp1251": ("ru", "uk", "bg"),
    "koi8_r": ("ru",),
    "gbk": ("zh",),
    "big5": ("zht",),
    "cp932": ("ja",),
    "euc_jp": ("ja",),
    "iso2022_jp": ("ja", "ja2"),
    "cp949": ("ko",),
}


def written(language: str, *, rows: int) -> str:
    asked, answered = TEXTS[language]
    lines = [f'"{asked} {number}","{answered} {number}"\r\n' for number in range(rows)]
    return "instruction,output\r\n" + "".join(lines)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("language", TEXTS)
def test_no_letter_changes_whatever_the_encoding(language: str, encoding: str) -> None:
    for rows in (1, 12):
        text = written(language, rows=rows)
        if encoding == "iso8859-15":
            text = text.replace("’", "'")
        try:
            data = text.encode(encoding)
        except UnicodeEncodeError:
            return  # this encoding has not the letters of this language
        must = encoding.startswith("utf") or language in READ.get(encoding, ())
        try:
            assert as_utf8(data, name="rows.csv", notes=[]).decode() == text
        except InputError as refused:
            assert not must
            assert "first at line 2" in str(refused)
            assert "Save it as UTF-8" in str(refused)


@pytest.mark.parametrize(("encoding", "language"), [("cp1252", "de"), ("cp1251", "ru"), ("gbk", "zh"), ("cp932", "ja")])
def test_lines_in_utf8_among_others_are_read_as_what_they_are(
    workspace: Workspace, encoding: str, language: str
) -> None:
    asked, answered = TEXTS[language]
    rows = [(f"{asked} {number}", f"{answered} {number}") for number in range(9)]
    lines = [json.dumps({"instruction": q, "output": a}, ensure_ascii=False) for q, a in rows]
    data = b"\n".join(line.encode("utf-8" if at % 4 == 2 else encoding) for at, line in enumerate(lines))
    made = load(workspace, ("rows.jsonl", data))
    assert pairs(made) == rows
    assert "2 lines (first line 3) were UTF-8" in notes(made)


def test_one_line_of_two_encodings_is_refused() -> None:
    text = json.dumps([{"instruction": "Größe der Türme", "output": "schön"}] * 6, ensure_ascii=False)
    parts = text.split("Türme")
    data = b"T\xfcrme".join(part.encode("utf-8" if at % 2 else "cp1252") for at, part in enumerate(parts))
    with pytest.raises(InputError, match="first at line 1"):
        as_utf8(data, name="rows.json", notes=[])


def test_signs_and_names_of_other_languages_keep_a_western_file_western() -> None:
    lines = ["Write about São Paulo, Zürich and Malmö.", "The façade; a résumé.", "10 µm² at 5 °C ± 1", "An Ångström?"]
    text = "\n".join(lines * 3)
    assert as_utf8(text.encode("cp1252"), name="rows.txt", notes=[]).decode() == text
