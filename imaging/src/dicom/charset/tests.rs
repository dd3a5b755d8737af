//! Texts as pydicom 3.0.2 and DCMTK 3.6.7 read them, where they agree.

use dicom_dictionary_std::tags;

use super::*;

fn values(terms: &str, vr: VR, bytes: &[u8]) -> Vec<String> {
    let terms: Vec<&str> = terms.split('\\').collect();
    decode(bytes, &Sets::of(&terms), vr).values
}

fn one(terms: &str, vr: VR, bytes: &[u8]) -> String {
    values(terms, vr, bytes).join("|")
}

#[test]
fn names_of_the_standard_are_read_with_their_three_component_groups() {
    // PS3.5, H.3.1, H.3.2, I.2, J.1 and J.2.
    let japanese =
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
    assert_eq!(
        one("\\ISO 2022 IR 87", VR::PN, japanese),
        "Yamada^Tarou=山田^太郎=やまだ^たろう"
    );
    let katakana = b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J";
    assert_eq!(
        one("ISO 2022 IR 13\\ISO 2022 IR 87", VR::PN, katakana),
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"
    );
    let korean = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf";
    assert_eq!(
        one("\\ISO 2022 IR 149", VR::PN, korean),
        "Hong^Gildong=洪^吉洞=홍^길동"
    );
    let utf8 = "Wang^XiaoDong=王^小東=".as_bytes();
    assert_eq!(one("ISO_IR 192", VR::PN, utf8), "Wang^XiaoDong=王^小東");
    let gb18030 = b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab= ";
    assert_eq!(one("GB18030", VR::PN, gb18030), "Wang^XiaoDong=王^小东");
}

#[test]
fn chinese_of_iso_ir_58_is_read_line_by_line() {
    // PS3.5, K.3.
    let lines = b"1. \x1b$)A\xb5\xda\xd2\xbb\xd0\xd0\r\n2. \x1b$)A\xb5\xda\xb6\xfe\xd0\xd0\r\n";
    assert_eq!(
        one("\\ISO 2022 IR 58", VR::UT, lines),
        "1. 第一行\r\n2. 第二行\r\n"
    );
}

#[test]
fn bytes_that_look_like_a_delimiter_are_none_within_a_character() {
    // GBK: 90 5C; GB 18030 also 81 5C; JIS X 0208: 3F 5C, a character whose second byte is a backslash.
    assert_eq!(values("GBK", VR::LO, b"\x90\x5cA\\\x81\x5c"), ["怽A", "乗"]);
    assert_eq!(
        values("GB18030", VR::LO, b"\x90\x5c\\\x90\x5c"),
        ["怽", "怽"]
    );
    assert_eq!(values("GB18030", VR::PN, b"\x81\x5e^A="), ["乛^A"]);
    assert_eq!(
        values(
            "\\ISO 2022 IR 87",
            VR::LO,
            b"\x1b$B?\\\x1b(B\\\x1b$B\\?\x1b(B"
        ),
        ["須", "椰"]
    );
}

#[test]
fn delimiters_put_the_first_character_set_in_force_again() {
    let sets = "ISO 2022 IR 100\\ISO 2022 IR 144";
    assert_eq!(values(sets, VR::LO, b"\x1b-L\xdc\\\xd6l"), ["м", "Öl"]);
    assert_eq!(
        one(sets, VR::PN, b"\x1b-L\xdc^\xd6=\x1b-L\xdc=\xd6"),
        "м^Ö=м=Ö"
    );
    assert_eq!(
        one(sets, VR::LT, b"\x1b-L\xdc\\\xdc\r\n\xd6\t\xd6"),
        "м\\м\r\nÖ\tÖ"
    );
    // Carets and equals signs are text outside of names.
    assert_eq!(one(sets, VR::LO, b"\x1b-L\xdc^\xdc=\xdc"), "м^м=м");
}

#[test]
fn an_escape_to_another_set_ends_kanji() {
    // As pydicom 3.0.2 reads them; it writes the first and the third.
    let latin = "ISO 2022 IR 100\\ISO 2022 IR 87";
    let head = b"\x1b$BF,It\x1b-A CT \xe9";
    assert_eq!(one(latin, VR::LO, head), "頭部 CT é");
    // The backslash is no second byte of a character.
    let several = b"\x1b$BF,It\x1b-A CT\\\x1b$BF,";
    assert_eq!(values(latin, VR::LO, several), ["頭部 CT", "頭"]);
    let cyrillic = "ISO 2022 IR 144\\ISO 2022 IR 159";
    let more = b"\x1b$(Dl?\x1b-L abc \xd6";
    assert_eq!(one(cyrillic, VR::LO, more), "鷗 abc ж");
    let korean = "\\ISO 2022 IR 87\\ISO 2022 IR 149";
    let both = b"\x1b$BF,It\x1b$)C\xb5\xce CT";
    assert_eq!(one(korean, VR::LO, both), "頭部두 CT");
}

#[test]
fn every_single_byte_set_is_known() {
    let read = |terms: &str, bytes: &[u8]| one(terms, VR::LO, bytes);
    assert_eq!(read("ISO_IR 100", b"Sch\xe4del"), "Schädel");
    assert_eq!(read("ISO_IR 101", b"G\xb3owa"), "Głowa");
    assert_eq!(read("ISO_IR 109", b"\xe6\xf8"), "ĉĝ");
    assert_eq!(read("ISO_IR 110", b"\xab\xa6"), "ĢĻ");
    assert_eq!(read("ISO_IR 126", b"\xca\xe5\xf6\xe1\xeb\xde"), "Κεφαλή");
    assert_eq!(read("ISO_IR 127", b"\xd1\xc3\xd3"), "رأس");
    assert_eq!(read("ISO_IR 138", b"\xf8\xe0\xf9"), "ראש");
    assert_eq!(read("ISO_IR 144", b"\xd3\xde\xdb\xde\xd2\xd0"), "голова");
    assert_eq!(read("ISO_IR 148", b"Ba\xfe\xdd\xfd"), "Başİı");
    assert_eq!(read("ISO_IR 166", b"\xc8\xd5\xc3\xc9\xd0"), "ศีรษะ");
    assert_eq!(read("ISO_IR 203", b"\xbd\xa4"), "œ€");
    assert_eq!(read("ISO_IR 13", b"\xb1\xc0\xcf~"), "ｱﾀﾏ‾");
    assert_eq!(one("ISO_IR 13", VR::ST, b"\\100 "), "¥100");
    assert_eq!(values("ISO_IR 13", VR::LO, b"\xb1\\\xc0"), ["ｱ", "ﾀ"]);
    // As often written.
    assert_eq!(read("ISO-IR 144", b"\xd3"), "г");
    assert_eq!(read("iso2022_IR_144", b"\xd3"), "г");
    assert_eq!(read("UTF-8", "г".as_bytes()), "г");
}

#[test]
fn supplementary_kanji_and_signs_are_those_of_the_standards() {
    let sets = "\\ISO 2022 IR 87\\ISO 2022 IR 159";
    assert_eq!(
        one(sets, VR::LO, b"\x1b$(D0!\x1b(B \x1b$BF,\x1b(B"),
        "丂 頭"
    );
    assert_eq!(one(sets, VR::LO, b"\x1b$B!A!B!]\x1b(B"), "〜‖−");
    assert_eq!(one(sets, VR::LO, b"\x1b$(D\"7\x1b(B"), "~");
}

#[test]
fn broken_bytes_are_shown_as_such() {
    for (terms, bytes) in [
        ("\\ISO 2022 IR 87", b"\x1b$B\x7e\x7e".as_slice()),
        ("\\ISO 2022 IR 87", b"\x1b$B;"),
        ("\\ISO 2022 IR 149", b"\x1b$)C\xff"),
        ("ISO_IR 192", b"\xff\xfe"),
        ("GB18030", b"\x81"),
        ("GBK", b"\xff\xff"),
        ("ISO_IR 127", b"\xa1"),
        ("ISO_IR 13", b"\xff"),
        ("ISO 2022 IR 58", b"\xff"),
        ("", b"\x1b"),
        ("", b"\x1b$"),
    ] {
        let text = one(terms, VR::LO, bytes);
        assert!(text.contains('\u{fffd}'), "{terms} {bytes:?}: {text:?}");
    }
}

#[test]
fn padding_is_no_text() {
    assert_eq!(values("", VR::LO, b"a \\ b\0"), ["a", " b"]);
    assert_eq!(values("", VR::LT, b" a\\b \0"), [" a\\b"]);
    assert_eq!(values("", VR::PN, b"A^B==\\C="), ["A^B", "C"]);
}

/// An explicit little-endian element.
fn element(tag: [u16; 2], vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut bytes = [tag[0].to_le_bytes(), tag[1].to_le_bytes()].concat();
    bytes.extend(vr);
    if vr == b"SQ" {
        bytes.extend([0, 0]);
        bytes.extend((value.len() as u32).to_le_bytes());
    } else {
        bytes.extend((value.len() as u16).to_le_bytes());
    }
    bytes.extend(value);
    bytes
}

fn item(elements: &[Vec<u8>]) -> Vec<u8> {
    let value = elements.concat();
    let mut bytes = vec![0xfe, 0xff, 0x00, 0xe0];
    bytes.extend((value.len() as u32).to_le_bytes());
    bytes.extend(value);
    bytes
}

fn parsed(elements: &[Vec<u8>]) -> (InMemDicomObject, Vec<String>) {
    let bytes = elements.concat();
    let encoding = crate::dicom::walk::Encoding::ExplicitLittle;
    let mut budget = crate::budget::Budget::of_picture(bytes.len());
    let mut object = crate::dicom::parse::parse(&bytes, encoding, &[], &mut budget).unwrap();
    let notes = decode_all(&mut object);
    (object, notes)
}

fn text_of(object: &InMemDicomObject, tag: [u16; 2]) -> String {
    let element = object.get(Tag(tag[0], tag[1])).unwrap();
    element.to_str().unwrap().into_owned()
}

#[test]
fn items_name_their_own_character_set_or_take_over() {
    const CHARACTERS: [u16; 2] = [0x0008, 0x0005];
    const MEANING: [u16; 2] = [0x0008, 0x0104];
    const CODES: [u16; 2] = [0x0040, 0x0008];
    let inner = item(&[element(MEANING, b"LO", b"\xe0\xe3\xda\xd0")]);
    let own = item(&[
        element(CHARACTERS, b"CS", b"ISO_IR 144"),
        element(CODES, b"SQ", &inner),
    ]);
    let over = item(&[element([0x0040, 0x0007], b"LO", b"Sch\xe4del ")]);
    let (object, notes) = parsed(&[
        element(CHARACTERS, b"CS", b"ISO_IR 100"),
        element([0x0040, 0x0275], b"SQ", &[own, over].concat()),
        element([0x0040, 0x0280], b"ST", b"\xd6l \\ "),
    ]);
    let items = object
        .get(tags::REQUEST_ATTRIBUTES_SEQUENCE)
        .unwrap()
        .items()
        .unwrap();
    let code = &items[0]
        .get(tags::SCHEDULED_PROTOCOL_CODE_SEQUENCE)
        .unwrap()
        .items()
        .unwrap()[0];
    assert_eq!(text_of(code, MEANING), "рука");
    assert_eq!(text_of(&items[1], [0x0040, 0x0007]), "Schädel");
    // What an item declares ends with it.
    assert_eq!(text_of(&object, [0x0040, 0x0280]), "Öl \\");
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn elements_of_unknown_representation_are_decoded_too() {
    let mut unknown = vec![0x08, 0x00, 0x3e, 0x10, b'U', b'N', 0, 0, 6, 0, 0, 0];
    unknown.extend(b"\xcd\xb7 CT ");
    let (object, _) = parsed(&[element([0x0008, 0x0005], b"CS", b"GB18030 "), unknown]);
    assert_eq!(text_of(&object, [0x0008, 0x103e]), "头 CT");
}

#[test]
fn what_cannot_be_known_is_said() {
    let name = |bytes: &[u8]| element([0x0008, 0x103e], b"LO", bytes);
    let charset = |term: &[u8]| element([0x0008, 0x0005], b"CS", term);
    let (object, notes) = parsed(&[name(b"Sch\xe4del ")]);
    assert_eq!(text_of(&object, [0x0008, 0x103e]), "Schädel");
    assert!(notes[0].contains("names no character set"), "{notes:?}");
    let (object, notes) = parsed(&[charset(b"ISO_IR 999"), name(b"Sch\xe4del ")]);
    assert_eq!(text_of(&object, [0x0008, 0x103e]), "Schädel");
    assert!(notes[0].contains("not known: ISO_IR 999"), "{notes:?}");
    assert_eq!(notes.len(), 1);
    let (_, notes) = parsed(&[charset(b"ISO_IR 192"), name(b"Sch\xe4del ")]);
    assert!(notes[0].contains("does not fit"), "{notes:?}");
    let korean = parsed(&[charset(b"\\ISO 2022 IR 149 "), name(b"\x1b$)C\xb8\xd3")]);
    assert_eq!(text_of(&korean.0, [0x0008, 0x103e]), "머");
    assert_eq!(korean.1, Vec::<String>::new());
}
