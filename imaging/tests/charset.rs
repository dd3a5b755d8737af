//! Text in the character sets of DICOM, from the file to what a reader of it sees.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use support::elements::{element, item, small};
use unimed_imaging::{SeriesInfo, Voi, open};

fn info(elements: &[Vec<u8>]) -> SeriesInfo {
    open("a.dcm", &small(elements))
        .expect("opens")
        .remove(0)
        .info
}

fn row<'a>(info: &'a SeriesInfo, name: &str) -> &'a str {
    let row = info.metadata.iter().find(|row| row.name == name);
    &row.unwrap_or_else(|| panic!("no row {name}")).value
}

#[test]
fn japanese_is_read_in_names_descriptions_windows_and_metadata() {
    let info = info(&[
        element(0x0008, 0x0005, b"CS", b"\\ISO 2022 IR 87"),
        element(0x0008, 0x103e, b"LO", b"\x1b$BF,It\x1b(B CT"),
        element(
            0x0010,
            0x0010,
            b"PN",
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        ),
        element(0x0028, 0x1050, b"DS", b"1\\2"),
        element(0x0028, 0x1051, b"DS", b"2\\4"),
        // The second byte of the first character is a backslash's.
        element(0x0028, 0x1055, b"LO", b"\x1b$B?\\\x1b(B\\\x1b$B9|\x1b(B"),
    ]);
    assert_eq!(info.name, "頭部 CT");
    assert_eq!(row(&info, "SeriesDescription"), "頭部 CT");
    assert_eq!(
        row(&info, "PatientName"),
        "Yamada^Tarou=山田^太郎=やまだ^たろう"
    );
    let names: Vec<&str> = info.voi.iter().map(Voi::name).collect();
    assert_eq!(names, ["須", "骨"]);
    assert_eq!(info.notes, Vec::<String>::new());
}

#[test]
fn units_and_explanations_of_tables_are_decoded_inside_of_items() {
    let table = item(&[
        element(0x0028, 0x3002, b"US", &[4, 0, 0, 0, 8, 0]),
        element(0x0028, 0x3003, b"LO", "骨密".as_bytes()),
        element(0x0028, 0x3006, b"OW", &[0, 0, 10, 0, 20, 0, 30, 0]),
    ]);
    let info = info(&[
        element(0x0008, 0x0005, b"CS", b"ISO_IR 192"),
        element(0x0028, 0x1052, b"DS", b"0"),
        element(0x0028, 0x1053, b"DS", b"2"),
        element(0x0028, 0x1054, b"LO", "µm".as_bytes()),
        element(0x0028, 0x3010, b"SQ", &table),
    ]);
    assert_eq!(info.unit, "µm");
    assert_eq!(info.voi[0].name(), "骨密");
}

#[test]
fn text_without_a_known_character_set_is_shown_with_a_note() {
    let undeclared = info(&[element(0x0008, 0x103e, b"LO", b"Sch\xe4del")]);
    assert_eq!(undeclared.name, "Schädel");
    assert_eq!(
        undeclared.notes,
        [
            "Some text has characters beyond ASCII, and the file names no character set for them. They are read as Latin-1 and may be wrong."
        ]
    );
    let unknown = info(&[
        element(0x0008, 0x0005, b"CS", b"ISO_IR 999"),
        element(0x0008, 0x103e, b"LO", b"Sch\xe4del"),
    ]);
    assert_eq!(unknown.name, "Schädel");
    assert_eq!(
        unknown.notes,
        [
            "The file names a character set that is not known: ISO_IR 999. Its text is read as Latin-1 and may be wrong."
        ]
    );
}
