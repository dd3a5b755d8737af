//! Whole files, with letters in their pictures.

use super::*;
use crate::{Samples, open};
use dicom_core::value::PrimitiveValue;
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::meta::FileMetaTableBuilder;
use dicom_object::{DefaultDicomObject, InMemDicomObject};

/// H and E, five columns by seven rows, the leftmost column the highest bit.
const H: [u8; 7] = [0x11, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11];
const E: [u8; 7] = [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f];
const SIDE: usize = 256;

/// Frames of grey with a word of six letters in a corner of each, or without.
fn pixels(frames: usize, letters: bool) -> Vec<u16> {
    let mut frame = vec![40_u16; SIDE * SIDE];
    for (place, rows) in [H, E, E, H, E, H]
        .into_iter()
        .enumerate()
        .filter(|_| letters)
    {
        // Each dot is two pixels wide and high.
        for (y, bits) in rows.into_iter().enumerate() {
            for x in (0..5).filter(|x| bits >> (4 - x) & 1 == 1) {
                for dot in 0..4 {
                    let (row, column) = (8 + 2 * y + dot / 2, 8 + 12 * place + 2 * x + dot % 2);
                    frame[row * SIDE + column] = 1000;
                }
            }
        }
    }
    frame.repeat(frames)
}

fn file(frames: usize, letters: bool) -> Vec<u8> {
    let text = |tag: Tag, vr, value: &str| DataElement::new(tag, vr, PrimitiveValue::from(value));
    let number = |tag: Tag, value: u16| DataElement::new(tag, VR::US, PrimitiveValue::from(value));
    let side = SIDE as u16;
    let object = InMemDicomObject::from_element_iter([
        text(tags::SOP_CLASS_UID, VR::UI, "1.2.840.10008.5.1.4.1.1.7.3"),
        text(tags::SOP_INSTANCE_UID, VR::UI, "1.2.3.4"),
        text(tags::PATIENT_NAME, VR::PN, "Doe^Jane"),
        text(tags::NUMBER_OF_FRAMES, VR::IS, &frames.to_string()),
        text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2"),
        number(tags::ROWS, side),
        number(tags::COLUMNS, side),
        number(tags::SAMPLES_PER_PIXEL, 1),
        number(tags::BITS_ALLOCATED, 16),
        number(tags::BITS_STORED, 12),
        number(tags::HIGH_BIT, 11),
        number(tags::PIXEL_REPRESENTATION, 0),
        DataElement::new(
            tags::PIXEL_DATA,
            VR::OW,
            PrimitiveValue::U16(pixels(frames, letters).into()),
        ),
    ]);
    let meta = FileMetaTableBuilder::new().transfer_syntax("1.2.840.10008.1.2.1");
    let mut bytes = Vec::new();
    let file = object.with_meta(meta).unwrap();
    file.write_all(&mut bytes).unwrap();
    bytes
}

fn deidentified(bytes: &[u8], cover: bool) -> Result<Deidentified, DeidentifyError> {
    Deidentifier::new(Vec::new(), cover, [1; 32])
        .unwrap()
        .file(bytes)
}

fn read(bytes: &[u8]) -> DefaultDicomObject {
    dicom_object::from_reader(&bytes[128..]).unwrap()
}

fn said(bytes: &[u8]) -> Option<String> {
    let object = read(bytes);
    let element = object.get(tags::BURNED_IN_ANNOTATION)?;
    Some(element.to_str().unwrap().into_owned())
}

#[test]
fn letters_are_told_of_and_covered_where_that_is_wanted() {
    let original = file(3, true);
    let told = deidentified(&original, false).unwrap();
    let Picture::Searched {
        frames: 3,
        places,
        covered: false,
    } = told.picture
    else {
        panic!("{:?}", told.picture);
    };
    assert!(places >= 3);
    assert_eq!(said(&told.bytes).as_deref(), Some("YES"));
    let opened = open("told.dcm", &told.bytes).unwrap();
    assert_eq!(
        opened[0].frames,
        open("o.dcm", &original).unwrap()[0].frames
    );

    let covered = deidentified(&original, true).unwrap();
    assert!(matches!(
        covered.picture,
        Picture::Searched { covered: true, .. }
    ));
    assert_eq!(said(&covered.bytes), None, "a search proves nothing");
    let opened = open("covered.dcm", &covered.bytes).unwrap();
    let plain = Samples::U16(vec![40; SIDE * SIDE]);
    assert!(
        opened[0].frames.iter().all(|frame| *frame == plain),
        "nothing but ground is left"
    );
    assert_eq!(opened[0].frames.len(), 3);
    assert!(!covered.bytes.windows(3).any(|part| part == b"Doe"));
}

#[test]
fn a_picture_without_letters_stays_and_nothing_is_claimed() {
    let original = file(1, false);
    for cover in [false, true] {
        let new = deidentified(&original, cover).unwrap();
        assert_eq!(
            new.picture,
            Picture::Searched {
                frames: 1,
                places: 0,
                covered: false
            }
        );
        assert_eq!(said(&new.bytes), None);
        let opened = open("new.dcm", &new.bytes).unwrap();
        assert_eq!(
            opened[0].frames,
            open("o.dcm", &original).unwrap()[0].frames
        );
    }
}

/// Files of the conformance set that have no letters, in every transfer syntax that is read, and of every form: they open again
/// with the same pixels.
#[test]
#[cfg(not(target_arch = "wasm32"))]
fn pixels_of_the_conformance_set_come_through_unchanged() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/conformance/set");
    let mut folders = vec![std::path::PathBuf::from(root)];
    let (mut alike, mut syntaxes) = (0, std::collections::BTreeSet::new());
    let mut refused = std::collections::BTreeMap::<String, usize>::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            if !is_dicom(&bytes) {
                continue;
            }
            let new = match deidentified(&bytes, false) {
                Ok(new) => new,
                Err(error) => {
                    // What no reader opens is refused here too.
                    if open("", &bytes).is_ok() {
                        *refused.entry(error.to_string()).or_default() += 1;
                    }
                    continue;
                }
            };
            assert!(is_dicom(&new.bytes));
            let Ok(before) = open("", &bytes) else {
                continue;
            };
            let after = open("", &new.bytes);
            let after = after.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let frames = |series: &[crate::Series]| {
                series
                    .iter()
                    .flat_map(|one| one.frames.clone())
                    .collect::<Vec<_>>()
            };
            assert_eq!(frames(&before), frames(&after), "{}", path.display());
            syntaxes.insert(read(&new.bytes).meta().transfer_syntax().to_owned());
            alike += 1;
        }
    }
    assert!(
        alike > 600 && syntaxes.len() > 8,
        "{alike} in {syntaxes:?}, refused: {refused:?}"
    );
    assert!(refused.values().sum::<usize>() < 20, "{refused:?}");
}

#[test]
fn errors_say_what_to_do() {
    let error = deidentified(b"\x89PNG", false).unwrap_err().to_string();
    assert!(error.contains("not a DICOM file"), "{error}");
    let both = [
        ProfileOption::RetainFullDates,
        ProfileOption::RetainModifiedDates,
    ];
    let error = Deidentifier::new(both.to_vec(), false, [0; 32]).unwrap_err();
    assert_eq!(error, DeidentifyError::Dates);
    let error = Deidentifier::new(vec![ProfileOption::CleanGraphics], false, [0; 32]).unwrap_err();
    assert!(
        error.to_string().contains("Clean Graphics Option"),
        "{error}"
    );
    // MPEG-4 video is passed on as it is, but not where letters shall be covered.
    let object = read(&file(1, true));
    let meta = FileMetaTableBuilder::new().transfer_syntax("1.2.840.10008.1.2.4.102");
    let mut object = object.into_inner();
    let video = dicom_core::value::PixelFragmentSequence::new_fragments(vec![vec![0_u8; 8]]);
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OB, video));
    let mut bytes = Vec::new();
    object
        .with_meta(meta)
        .unwrap()
        .write_all(&mut bytes)
        .unwrap();
    let passed = deidentified(&bytes, false).unwrap();
    assert!(matches!(passed.picture, Picture::Unread { .. }));
    let refused = deidentified(&bytes, true).unwrap_err();
    assert!(
        matches!(refused, DeidentifyError::Search { .. }),
        "{refused}"
    );
}
