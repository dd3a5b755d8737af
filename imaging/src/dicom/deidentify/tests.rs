//! Every row of the table, in files that are written and read again.

use super::action::{Action, Step};
use super::*;
use dicom_core::dicom_value;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::header::Tag;
use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_object::StandardDataDictionary;
use dicom_object::mem::InMemElement;

const SECRET: Secret = Secret([7; 32]);
const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const INSTANCE: &str = "1.2.826.0.1.41590.1";

/// The representation of a known attribute.
fn vr_of(tag: Tag) -> Option<VR> {
    StandardDataDictionary
        .by_tag(tag)
        .map(|entry| entry.vr().relaxed())
}

/// A value of a kind that is found again in the bytes of a file.
fn telling(vr: VR) -> DicomValue {
    PrimitiveValue::from(match vr {
        VR::DA => "19610203",
        VR::TM => "031415.926",
        VR::DT => "19610203031415.926",
        VR::DS => "61.41592",
        VR::IS => "6141592",
        VR::AS => "061Y",
        VR::UI => "1.2.826.0.1.41590.2",
        VR::UR => "http://zq7.example/doe",
        VR::AT => return dicom_value!(Tags, [Tag(0x5a51, 0x3751)]).into(),
        VR::US => return PrimitiveValue::from(0x5a51_u16).into(),
        VR::OB | VR::OW | VR::UN => return PrimitiveValue::from(b"Zq7^Doe!".to_vec()).into(),
        _ => "ZQ7 DOE",
    })
    .into()
}

type DicomValue = dicom_core::DicomValue<InMemDicomObject, Vec<u8>>;

/// An attribute with such a value; a sequence has it in an item.
fn element(tag: Tag) -> Option<InMemElement> {
    let vr = vr_of(tag)?;
    if vr == VR::SQ {
        let item = InMemDicomObject::from_element_iter([
            DataElement::new(tags::PATIENT_NAME, VR::PN, "ZQ7 DOE"),
            DataElement::new(tags::REFERENCED_SOP_CLASS_UID, VR::UI, CT),
            DataElement::new(tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, telling(VR::UI)),
        ]);
        return Some(DataElement::new(tag, vr, DataSetSequence::from(vec![item])));
    }
    Some(DataElement::new(tag, vr, telling(vr)))
}

/// Parts of the values above, as they would stand in a file.
fn survivors(bytes: &[u8]) -> Vec<String> {
    let needles: Vec<Vec<u8>> = [
        "19610203", "031415", "61.41592", "6141592", "061Y", "41590", "zq7", "ZQ7", "Zq7",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    let found = |needle: &&Vec<u8>| bytes.windows(needle.len()).any(|part| part == *needle);
    let found = needles.iter().filter(found);
    found
        .map(|needle| String::from_utf8_lossy(needle).into_owned())
        .collect()
}

/// A file with these elements beside those that each has.
fn file(elements: impl IntoIterator<Item = InMemElement>) -> Vec<u8> {
    let mut object = InMemDicomObject::from_element_iter([
        DataElement::new(tags::SOP_CLASS_UID, VR::UI, CT),
        DataElement::new(tags::SOP_INSTANCE_UID, VR::UI, INSTANCE),
        DataElement::new(tags::MODALITY, VR::CS, "CT"),
    ]);
    object.extend(elements);
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(syntax::EXPLICIT_LITTLE)
        .source_application_entity_title("ZQ7 DOE")
        .private_information_creator_uid("1.2.826.0.1.41590.3")
        .private_information(b"Zq7^Doe!".to_vec());
    let mut bytes = Vec::new();
    let file = object.with_meta(meta).unwrap();
    file.write_all(&mut bytes).unwrap();
    // The preamble may hold anything.
    bytes[..8].copy_from_slice(b"Zq7^Doe!");
    bytes
}

fn written(bytes: &[u8], chosen: &[ProfileOption]) -> Written {
    deidentify(bytes, chosen, &SECRET, Letters::Unknown, None).unwrap()
}

fn read(bytes: &[u8]) -> InMemDicomObject {
    source::read(bytes).unwrap().object
}

fn text_of(object: &InMemDicomObject, tag: Tag) -> String {
    text(object, tag).unwrap_or_default()
}

/// What became of one attribute.
fn became(tag: Tag, chosen: &[ProfileOption]) -> Option<InMemElement> {
    let bytes = written(&file(element(tag)), chosen).bytes;
    read(&bytes).take(tag)
}

#[test]
fn the_table_is_that_of_the_standard() {
    assert_eq!(table::rows().count(), 652);
    let basic = |tag| table::row(tag).map(|row| row.basic);
    assert_eq!(basic(tags::PATIENT_NAME), Some(Action::Empty));
    assert_eq!(basic(tags::STUDY_INSTANCE_UID), Some(Action::Uid));
    assert_eq!(
        basic(tags::REFERENCED_IMAGE_SEQUENCE),
        Some(Action::RemoveOrEmptyOrUid)
    );
    assert_eq!(basic(Tag(0x6002, 0x3000)), Some(Action::Remove));
    assert_eq!(basic(Tag(0x5004, 0x1234)), Some(Action::Remove));
    assert_eq!(basic(Tag(0x0009, 0x0010)), Some(Action::Remove));
    for plain in [
        tags::MODALITY,
        tags::ROWS,
        tags::SLICE_THICKNESS,
        Tag(0x6000, 0x0010),
    ] {
        assert_eq!(basic(plain), None, "{plain}");
        assert!(!is_identifying(plain));
    }
    // The dictionary is of an earlier edition and lacks a few; identifiers and dates have their kinds of value.
    let unknown = table::rows()
        .filter(|(tag, _)| vr_of(*tag).is_none())
        .count();
    assert!(unknown < 40, "{unknown}");
    for (tag, row) in table::rows() {
        let Some(vr) = vr_of(tag) else { continue };
        assert!(row.basic != Action::Uid || vr == VR::UI, "{tag}");
        let has = |wanted| row.options.iter().any(|(option, _)| *option == wanted);
        assert_eq!(
            has(ProfileOption::RetainFullDates),
            has(ProfileOption::RetainModifiedDates)
        );
        assert!(
            vr != VR::PN || has(ProfileOption::RetainInstitution) || row.options.len() < 2,
            "{tag}"
        );
    }
}

#[test]
fn every_row_is_followed_and_no_value_survives() {
    let known: Vec<_> = table::rows()
        .filter(|(tag, _)| tag.group() >= 8)
        .filter_map(|(tag, row)| Some((tag, row, element(tag)?)))
        .collect();
    assert!(known.len() > 600);
    let all = file(known.iter().map(|(_, _, element)| element.clone()));
    assert_eq!(survivors(&all).len(), 9, "the values can be found");
    let new = written(&all, &[]);
    assert_eq!(survivors(&new.bytes), [""; 0]);
    let new = read(&new.bytes);
    for (tag, row, old) in &known {
        let found = new.get(*tag);
        let empty = found.is_some_and(|found| {
            found.to_str().is_ok_and(|text| text.is_empty())
                || found.items().is_some_and(<[_]>::is_empty)
        });
        match row.basic(old.vr()) {
            Step::Remove => assert!(found.is_none(), "{tag}"),
            Step::Empty => assert!(empty, "{tag}"),
            Step::Uid | Step::Dummy => {
                let found = found.unwrap_or_else(|| panic!("{tag} is gone"));
                assert!(!empty && found.value() != old.value(), "{tag}");
                assert_eq!(found.vr(), old.vr(), "{tag}");
            }
            step => panic!("{tag}: {step:?} is not of the basic profile"),
        }
    }
}

#[test]
fn options_keep_what_the_table_says_and_nothing_else() {
    for option in ProfileOption::OFFERED {
        let mut concerned = 0;
        for (tag, row) in table::rows().filter(|(tag, _)| tag.group() >= 8) {
            let Some(old) = element(tag) else { continue };
            let said = row.options.iter().find(|(one, _)| *one == option);
            let step = row.step(old.vr(), &[option]);
            match said {
                Some((_, Action::Keep)) => assert_eq!(step, Step::Keep, "{tag}"),
                Some((_, Action::Clean)) => {
                    assert!(
                        matches!(step, Step::Shift | Step::Words | Step::Keep)
                            || step == row.basic(old.vr())
                    );
                }
                _ => assert_eq!(step, row.basic(old.vr()), "{tag}"),
            }
            concerned += usize::from(said.is_some());
        }
        assert!(concerned > 9, "{option:?}");
    }
    let kept = became(tags::INSTITUTION_NAME, &[ProfileOption::RetainInstitution]).unwrap();
    assert_eq!(kept.to_str().unwrap(), "ZQ7 DOE");
    let kept = became(tags::PATIENT_AGE, &[ProfileOption::RetainPatient]).unwrap();
    assert_eq!(kept.to_str().unwrap(), "061Y");
    let kept = became(tags::STUDY_DATE, &[ProfileOption::RetainFullDates]).unwrap();
    assert_eq!(kept.to_str().unwrap(), "19610203");
    assert!(
        became(tags::ALLERGIES, &[ProfileOption::RetainPatient]).is_none(),
        "cleaned by no program"
    );
    // Sequences that are kept are looked through.
    let kept = became(
        tags::INSTITUTION_CODE_SEQUENCE,
        &[ProfileOption::RetainInstitution],
    )
    .unwrap();
    let item = &kept.items().unwrap()[0];
    assert_eq!(text_of(item, tags::PATIENT_NAME), "");
    assert_ne!(
        text_of(item, tags::REFERENCED_SOP_INSTANCE_UID),
        "1.2.826.0.1.41590.2"
    );
}

#[test]
fn descriptions_keep_words_that_identify_nobody() {
    let chosen = [ProfileOption::CleanDescriptors];
    let bytes = file([
        DataElement::new(tags::SERIES_DESCRIPTION, VR::LO, "AX T1 Mrs. Doe"),
        DataElement::new(tags::STUDY_DESCRIPTION, VR::LO, "Jane Doe"),
    ]);
    let new = read(&written(&bytes, &chosen).bytes);
    assert_eq!(text_of(&new, tags::SERIES_DESCRIPTION), "AX T1");
    assert!(new.get(tags::STUDY_DESCRIPTION).is_none());
}

#[test]
fn identifiers_are_replaced_alike_in_all_files_of_a_run() {
    let reference = DataElement::new(
        tags::REFERENCED_IMAGE_SEQUENCE,
        VR::SQ,
        DataSetSequence::from(vec![InMemDicomObject::from_element_iter([
            DataElement::new(tags::REFERENCED_SOP_CLASS_UID, VR::UI, CT),
            DataElement::new(tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, INSTANCE),
        ])]),
    );
    let first = written(&file([]), &[]);
    let second = read(&written(&file([reference]), &[]).bytes);
    let items = second.get(tags::REFERENCED_IMAGE_SEQUENCE).unwrap();
    let item = &items.items().unwrap()[0];
    assert_eq!(
        text_of(item, tags::REFERENCED_SOP_INSTANCE_UID),
        first.instance
    );
    assert_eq!(text_of(item, tags::REFERENCED_SOP_CLASS_UID), CT);
    let meta = dicom_object::from_reader(&first.bytes[128..]).unwrap();
    let meta = meta.meta();
    assert_eq!(
        meta.media_storage_sop_instance_uid().trim_end_matches('\0'),
        first.instance
    );
    assert_eq!(
        meta.media_storage_sop_class_uid().trim_end_matches('\0'),
        CT
    );
    assert_eq!(meta.source_application_entity_title(), None);
    assert!(first.instance.starts_with("2.25."));
    let other = deidentify(&file([]), &[], &Secret([8; 32]), Letters::Unknown, None).unwrap();
    assert_ne!(other.instance, first.instance, "another run");
    assert_eq!(
        written(&file([]), &[ProfileOption::RetainUids]).instance,
        INSTANCE
    );
}

#[test]
fn dates_of_a_patient_move_together() {
    let chosen = [ProfileOption::RetainModifiedDates];
    let of = |patient: &str, date: &str, time: &str| {
        let bytes = file([
            DataElement::new(tags::PATIENT_ID, VR::LO, patient),
            DataElement::new(tags::STUDY_DATE, VR::DA, date),
            DataElement::new(tags::STUDY_TIME, VR::TM, "101112"),
            DataElement::new(tags::ACQUISITION_DATE_TIME, VR::DT, time),
        ]);
        read(&written(&bytes, &chosen).bytes)
    };
    let day = |object: &InMemDicomObject, tag| {
        let date = text_of(object, tag);
        dicom_core::chrono::NaiveDate::parse_from_str(&date[..8], "%Y%m%d").unwrap()
    };
    let one = of("A", "20240301", "20240302111213");
    let other = of("A", "20240401", "20240402111213");
    assert_eq!(
        (day(&other, tags::STUDY_DATE) - day(&one, tags::STUDY_DATE)).num_days(),
        31
    );
    assert_eq!(
        (day(&one, tags::ACQUISITION_DATE_TIME) - day(&one, tags::STUDY_DATE)).num_days(),
        1
    );
    assert_eq!(text_of(&one, tags::STUDY_TIME), "101112");
    assert_eq!(
        text_of(&one, tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED),
        "MODIFIED"
    );
    assert_ne!(
        text_of(&of("B", "20240301", ""), tags::STUDY_DATE),
        text_of(&one, tags::STUDY_DATE)
    );
    let wrong = of("A", "Doe", "Doe");
    assert_eq!(
        text_of(&wrong, tags::STUDY_DATE),
        "",
        "no date is treated by the basic profile"
    );
    assert_eq!(
        text_of(&wrong, tags::ACQUISITION_DATE_TIME),
        "19000101000000"
    );
}

#[test]
fn what_nobody_knows_goes_and_what_the_table_lacks_is_told_by_its_kind() {
    let sequence = |item: InMemDicomObject| DataSetSequence::from(vec![item]);
    let inner = InMemDicomObject::from_element_iter([
        DataElement::new(Tag(0x0011, 0x0010), VR::LO, "ZQ7"),
        DataElement::new(tags::PATIENT_ADDRESS, VR::LO, "ZQ7 DOE"),
        DataElement::new(tags::CODE_MEANING, VR::LO, "stays"),
    ]);
    let outer = InMemDicomObject::from_element_iter([DataElement::new(
        tags::VIEW_CODE_SEQUENCE,
        VR::SQ,
        sequence(inner),
    )]);
    let bytes = file([
        DataElement::new(Tag(0x0009, 0x0010), VR::LO, "ZQ7"),
        DataElement::new(Tag(0x0009, 0x1001), VR::UN, telling(VR::UN)),
        DataElement::new(Tag(0x0018, 0xfff0), VR::LO, "ZQ7 DOE"),
        DataElement::new(Tag(0x6000, 0x0022), VR::LO, "ZQ7 DOE"),
        DataElement::new(
            tags::SOP_INSTANCE_UID_OF_CONCATENATION_SOURCE,
            VR::UI,
            INSTANCE,
        ),
        DataElement::new(tags::RETRIEVE_URL, VR::UR, telling(VR::UR)),
        DataElement::new(tags::EVALUATOR_NAME, VR::PN, "ZQ7^DOE"),
        DataElement::new(tags::SECONDARY_REVIEW_DATE, VR::DA, telling(VR::DA)),
        DataElement::new(tags::CODING_SCHEME_UID, VR::UI, "2.16.840.1.113883.6.96"),
        DataElement::new(tags::VIEW_CODE_SEQUENCE, VR::SQ, sequence(outer)),
    ]);
    let new = written(&bytes, &[]);
    assert_eq!(survivors(&new.bytes), [""; 0]);
    let object = read(&new.bytes);
    assert_eq!(
        text_of(&object, tags::SOP_INSTANCE_UID_OF_CONCATENATION_SOURCE),
        new.instance
    );
    assert_eq!(
        text_of(&object, tags::CODING_SCHEME_UID),
        "2.16.840.1.113883.6.96"
    );
    let item = |object: &InMemDicomObject| {
        object
            .get(tags::VIEW_CODE_SEQUENCE)
            .unwrap()
            .items()
            .unwrap()[0]
            .clone()
    };
    assert_eq!(text_of(&item(&item(&object)), tags::CODE_MEANING), "stays");
    let changes = new.record.changes();
    let private = changes.last().unwrap();
    assert_eq!(
        (private.name.as_str(), private.count),
        ("private attributes", 3)
    );
    assert!(
        changes
            .iter()
            .any(|one| one.rule == "not in the dictionary")
    );
    assert!(
        changes
            .iter()
            .all(|one| !format!("{one:?}").contains("ZQ7"))
    );
}

#[test]
fn names_and_numbers_go_wherever_they_are_written() {
    let bytes = file([
        DataElement::new(tags::PATIENT_NAME, VR::PN, "Winterbottom^Jo"),
        DataElement::new(tags::PATIENT_ID, VR::LO, "X-4711-Y"),
        DataElement::new(tags::IMAGE_ID, VR::SH, "WINTERBOTTOM 3"),
        DataElement::new(tags::MANUFACTURER, VR::LO, "Jo & Co"),
        DataElement::new(tags::SOFTWARE_VERSIONS, VR::LO, "x-4711-y"),
    ]);
    let new = written(&bytes, &[]);
    let object = read(&new.bytes);
    assert_eq!(text_of(&object, tags::IMAGE_ID), dummy::WORD);
    assert_eq!(text_of(&object, tags::SOFTWARE_VERSIONS), dummy::WORD);
    assert_eq!(
        text_of(&object, tags::MANUFACTURER),
        "Jo & Co",
        "too short to tell"
    );
}

#[test]
fn the_file_says_what_was_done() {
    let chosen = [ProfileOption::RetainUids, ProfileOption::RetainDevice];
    let object = read(&written(&file([]), &chosen).bytes);
    assert_eq!(text_of(&object, tags::PATIENT_IDENTITY_REMOVED), "YES");
    assert_eq!(
        text_of(&object, tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED),
        "REMOVED"
    );
    let codes = object
        .get(tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE)
        .unwrap();
    let codes: Vec<_> = codes
        .items()
        .unwrap()
        .iter()
        .map(|item| text_of(item, tags::CODE_VALUE))
        .collect();
    assert_eq!(codes, ["113100", "113110", "113109"]);
    let method = text_of(&object, tags::DEIDENTIFICATION_METHOD);
    assert!(
        method.contains("PS3.15 2026c") && method.contains("Retain UIDs Option"),
        "{method}"
    );
    for option in ProfileOption::ALL {
        assert!(option.code()[1].len() <= 64);
    }
}

#[test]
fn a_report_keeps_its_form_and_no_word() {
    let new = became(tags::CONTENT_SEQUENCE, &[]).unwrap();
    let item = &new.items().unwrap()[0];
    assert_eq!(text_of(item, tags::VALUE_TYPE), "TEXT");
    assert_eq!(text_of(item, tags::TEXT_VALUE), dummy::WORD);
}

#[test]
fn letters_of_all_character_sets_stay_what_they_are() {
    let mut bytes = file([
        DataElement::new(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 100"),
        DataElement::new(tags::INSTITUTION_NAME, VR::LO, "Z\u{fc}rich"),
    ]);
    let latin = b"Z\xfcrich";
    assert!(bytes.windows(6).any(|part| part == latin));
    let new = written(&bytes, &[ProfileOption::RetainInstitution]);
    let object = read(&new.bytes);
    assert_eq!(text_of(&object, tags::INSTITUTION_NAME), "Zürich");
    assert_eq!(text_of(&object, tags::SPECIFIC_CHARACTER_SET), "ISO_IR 192");
    bytes.truncate(200);
    assert!(matches!(
        deidentify(&bytes, &[], &SECRET, Letters::Unknown, None),
        Err(Fault::Read(_) | Fault::NoClass)
    ));
}

/// 16-bit pixels of 12 bits, with an overlay in bit 12.
fn pixels(with_overlay: bool) -> Vec<InMemElement> {
    let number = |tag, value: u16| DataElement::new(tag, VR::US, PrimitiveValue::from(value));
    let mut all = vec![
        number(tags::ROWS, 2),
        number(tags::COLUMNS, 2),
        number(tags::SAMPLES_PER_PIXEL, 1),
        DataElement::new(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2"),
        number(tags::BITS_ALLOCATED, 16),
        number(tags::BITS_STORED, 12),
        number(tags::HIGH_BIT, 11),
        number(tags::PIXEL_REPRESENTATION, 0),
    ];
    if with_overlay {
        all.push(number(Tag(0x6000, 0x0100), 16));
        all.push(number(Tag(0x6000, 0x0102), 12));
    }
    let words = dicom_value!(U16, [0x1001, 0x0fff, 0x1fff, 0x0000]);
    all.push(DataElement::new(tags::PIXEL_DATA, VR::OW, words));
    all
}

#[test]
fn pixels_are_what_they_were_and_overlays_in_their_bits_are_gone() {
    let words = |with_overlay| {
        let new = written(&file(pixels(with_overlay)), &[]);
        let object = dicom_object::from_reader(&new.bytes[128..]).unwrap();
        assert!(object.get(Tag(0x6000, 0x0102)).is_none());
        object
            .get(tags::PIXEL_DATA)
            .unwrap()
            .to_multi_int::<u16>()
            .unwrap()
    };
    assert_eq!(words(false), [0x1001, 0x0fff, 0x1fff, 0x0000]);
    assert_eq!(words(true), [0x0001, 0x0fff, 0x0fff, 0x0000]);
}

#[test]
fn burned_in_annotation_is_not_denied_without_a_look() {
    let said = |said: Option<&str>, letters| {
        let said = said.map(|said| DataElement::new(tags::BURNED_IN_ANNOTATION, VR::CS, said));
        let bytes = file(pixels(false).into_iter().chain(said));
        let new = deidentify(&bytes, &[], &SECRET, letters, None).unwrap();
        text_of(&read(&new.bytes), tags::BURNED_IN_ANNOTATION)
    };
    assert_eq!(said(Some("NO"), Letters::None), "NO");
    assert_eq!(said(Some("NO"), Letters::Covered), "NO");
    assert_eq!(said(Some("NO"), Letters::Unknown), "");
    assert_eq!(said(Some("NO"), Letters::Left), "YES");
    assert_eq!(said(Some("YES"), Letters::None), "YES");
    assert_eq!(said(Some("YES"), Letters::Covered), "YES");
    assert_eq!(said(None, Letters::None), "");
    assert_eq!(said(None, Letters::Left), "YES");
}

#[test]
fn what_is_no_single_object_is_refused() {
    let directory = DataElement::new(
        tags::DIRECTORY_RECORD_SEQUENCE,
        VR::SQ,
        DataSetSequence::from(vec![InMemDicomObject::new_empty()]),
    );
    let refused = deidentify(&file([directory]), &[], &SECRET, Letters::Unknown, None);
    assert!(matches!(refused, Err(Fault::Directory)));
    let nothing =
        InMemDicomObject::from_element_iter([DataElement::new(tags::MODALITY, VR::CS, "CT")]);
    let meta = FileMetaTableBuilder::new().transfer_syntax(syntax::EXPLICIT_LITTLE);
    let mut bytes = Vec::new();
    nothing
        .with_meta(meta)
        .unwrap()
        .write_all(&mut bytes)
        .unwrap();
    let refused = deidentify(&bytes, &[], &SECRET, Letters::Unknown, None);
    assert!(matches!(refused, Err(Fault::NoClass)));
}

#[cfg(not(target_arch = "wasm32"))]
mod any_object {
    use super::*;
    use proptest::prelude::*;

    /// Data sets of attributes of the table, in sequences of any known kind.
    fn object(depth: u32) -> BoxedStrategy<InMemDicomObject> {
        let tags: Vec<Tag> = table::rows()
            .map(|(tag, _)| tag)
            .filter(|tag| tag.group() >= 8 && vr_of(*tag).is_some())
            .collect();
        let sequences = [
            Tag(0x0008, 0x1115),
            Tag(0x0008, 0x1140),
            Tag(0x0040, 0x0275),
            Tag(0x0040, 0xa730),
            Tag(0x0054, 0x0220),
            Tag(0x0009, 0x1010),
        ];
        let plain = proptest::sample::subsequence(tags, 0..12);
        let plain = plain.prop_map(|tags| tags.into_iter().filter_map(element).collect::<Vec<_>>());
        if depth == 0 {
            return plain.prop_map(InMemDicomObject::from_element_iter).boxed();
        }
        let items = proptest::collection::vec(object(depth - 1), 0..3);
        (plain, proptest::sample::select(sequences.to_vec()), items)
            .prop_map(|(mut elements, tag, items)| {
                elements.push(DataElement::new(tag, VR::SQ, DataSetSequence::from(items)));
                InMemDicomObject::from_element_iter(elements)
            })
            .boxed()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_value_survives_at_any_depth(object in object(3)) {
            let new = written(&file(object), &[]);
            prop_assert_eq!(survivors(&new.bytes), [""; 0]);
        }
    }
}
