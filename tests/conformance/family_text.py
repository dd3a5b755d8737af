"""Kind I: text in every character set that DICOM defines (PS3.3 C.12.1.1.2, PS3.5 6.1)."""

import struct

import kit
from kit import Case, dicom, file_of, one_series, ramp

# Specific Character Set; a description and the bytes that it is written with.
ESC = b"\x1b"


def jis(text):
    """ISO 2022 IR 87: escape to JIS X 0208, and back to ASCII."""
    return text.encode("iso2022_jp")


def korean(text):
    """ISO 2022 IR 149: designated to G1 at the start of the line."""
    return ESC + b"$)C" + text.encode("euc_kr")


def chinese(text):
    """ISO 2022 IR 58."""
    return ESC + b"$)A" + text.encode("gb2312")


def texts():
    """Name, character sets, text, bytes."""
    single = [
        ("latin1", "ISO_IR 100", "Schädel Übersicht", "latin_1"), ("latin2", "ISO_IR 101", "Głowa łódź", "iso8859_2"),
        ("latin3", "ISO_IR 109", "Ĥoro ŝanĝo", "iso8859_3"), ("latin4", "ISO_IR 110", "Galvą ėjimas", "iso8859_4"),
        ("cyrillic", "ISO_IR 144", "Голова", "iso8859_5"), ("arabic", "ISO_IR 127", "رأس", "iso8859_6"),
        ("greek", "ISO_IR 126", "Κεφάλι", "iso8859_7"), ("hebrew", "ISO_IR 138", "ראש", "iso8859_8"),
        ("latin5", "ISO_IR 148", "Baş ağrısı", "iso8859_9"), ("thai", "ISO_IR 166", "ศีรษะ", "iso8859_11"),
        ("katakana", "ISO_IR 13", "ﾔﾏﾀﾞ ﾀﾛｳ", "shift_jis"), ("utf8", "ISO_IR 192", "頭部 Кт ä 😀", "utf_8"),
        ("gb18030", "GB18030", "头部 㐀", "gb18030"), ("gbk", "GBK", "头部", "gbk"),
    ]
    for name, terms, text, codec in single:
        yield name, [terms], text, text.encode(codec)
    yield "gb18030-backslash", ["GB18030"], "傊乗俓", "傊乗俓".encode("gb18030")
    yield "gbk-backslash", ["GBK"], "誠躙乗", "誠躙乗".encode("gbk")
    yield "iso2022-87", ["", "ISO 2022 IR 87"], "頭部 CT", jis("頭部 CT")
    yield "iso2022-87-13", ["ISO 2022 IR 13", "ISO 2022 IR 87"], "ﾔﾏﾀﾞ 山田", "ﾔﾏﾀﾞ ".encode("shift_jis") + ESC + b"$B" + jis("山田")[3:-3] + ESC + b"(J"
    yield "iso2022-159", ["", "ISO 2022 IR 87", "ISO 2022 IR 159"], "頭丂 CT", jis("頭")[:-3] + ESC + b"$(D" + b"\x30\x21" + ESC + b"(B CT"
    yield "iso2022-149", ["", "ISO 2022 IR 149"], "머리 CT", korean("머리 CT")
    yield "iso2022-58", ["", "ISO 2022 IR 58"], "头部 CT", chinese("头部 CT")
    yield "iso2022-100-144", ["ISO 2022 IR 100", "ISO 2022 IR 144"], "Schädel Голова", "Schädel ".encode("latin_1") + ESC + b"-L" + "Голова".encode("iso8859_5")
    yield "iso2022-100-126", ["ISO 2022 IR 100", "ISO 2022 IR 126"], "é Κεφάλι", "é ".encode("latin_1") + ESC + b"-F" + "Κεφάλι".encode("iso8859_7")
    yield "ascii", [""], "Head CT", b"Head CT"


def even(data):
    return data + b" " * (len(data) % 2)


def raw(tag, vr, data):
    """An element whose value is these bytes."""
    data = even(data)
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), len(data)) + data


def names():
    """Person names, whose delimiters end a designation (PS3.5 6.1.2.5.3, annexes H, I, K)."""
    yield "japanese", ["", "ISO 2022 IR 87"], b"Yamada^Tarou=" + jis("山田") + b"^" + jis("太郎") + b"=" + jis("やまだ") + b"^" + jis("たろう"), "Yamada^Tarou=山田^太郎=やまだ^たろう"
    yield "korean", ["", "ISO 2022 IR 149"], b"Hong^Gildong=" + ESC + b"$)C" + "洪".encode("euc_kr") + b"^" + ESC + b"$)C" + "吉洞".encode("euc_kr") + b"=" + ESC + b"$)C" + "홍".encode("euc_kr") + b"^" + ESC + b"$)C" + "길동".encode("euc_kr"), "Hong^Gildong=洪^吉洞=홍^길동"
    yield "chinese", ["", "ISO 2022 IR 58"], b"Zhang^XiaoDong=" + ESC + b"$)A" + "张".encode("gb2312") + b"^" + ESC + b"$)A" + "小东".encode("gb2312") + b"=", "Zhang^XiaoDong=张^小东"
    yield "gb18030", ["GB18030"], "Wang^XiaoDong=王^小东".encode("gb18030"), "Wang^XiaoDong=王^小东"
    yield "utf8", ["ISO_IR 192"], "Wang^XiaoDong=王^小東".encode(), "Wang^XiaoDong=王^小東"


def file_with(name, terms, elements, **more):
    """A file whose texts are bytes; elements go where their tags belong."""
    # The file is written with texts as long as the bytes, which are then put in their place.
    ds = dicom(ramp(), "CT", f"text{name}", **more)
    if terms != [""]:
        ds.SpecificCharacterSet = terms if len(terms) > 1 else terms[0]
    marks = {}
    for number, (tag, vr, data) in enumerate(elements):
        mark = f"{number}".rjust(len(even(data)), "x")
        ds.add_new(tag, vr, mark)
        marks[mark.encode()] = even(data)
    data = file_of(ds)
    for mark, value in marks.items():
        assert data.count(mark) == 1, name
        data = data.replace(mark, value)
    return data


def told(terms):
    """Who is known to read otherwise."""
    if "ISO 2022 IR 58" in terms:
        return {"differs": {"pydicom": "leaves the escape sequence in the text"}, "followed": "DCMTK, and PS3.5 annex K"}
    return {}


def cases():
    """All of them."""
    found = []
    for name, terms, text, data in texts():
        words = "\\".join(terms) or "none"
        content = file_with(name, terms, [(0x0008103E, "LO", data), (0x00081030, "LO", data)],
                            WindowCenter="100", WindowWidth="50")
        found.append(Case(
            f"text-{name}", "I", f"Specific Character Set {words}", [("image.dcm", content)],
            {"report": one_series(name=text, metadata={"SeriesDescription": text, "StudyDescription": text})},
            authority="PS3.5 6.1, PS3.3 C.12.1.1.2", made_by="this script, with Python's codecs", texts=[[text]], **told(terms)))
    for name, terms, data, text in names():
        found.append(Case(
            f"text-name-{name}", "I", "Person name, " + "\\".join(terms),
            [("image.dcm", file_with("n" + name, terms, [(0x00100010, "PN", data)]))],
            {"report": one_series(metadata={"PatientName": text})}, authority="PS3.5 6.2.1 and annexes H to K", made_by="this script, with Python's codecs", texts=[[text]], **told(terms)))
    data = jis("脳")
    found.append(Case(
        "text-window", "I", "Names of windows", [("image.dcm", file_with(
            "window", ["", "ISO 2022 IR 87"], [(0x00281055, "LO", data)], WindowCenter="40", WindowWidth="80"))],
        {"report": one_series(frames=[{"windows": [{"name": "脳", "center": 40, "width": 80}]}])}, authority="PS3.3 C.11.2.1.2", made_by="this script, with Python's codecs", texts=[["脳"]]))
    return found
