use super::super::attributes::{float, floats, int, item, items, text};
use super::super::charset::decode_all;
use super::super::parse::parse;
use super::super::walk::walk;
use super::*;

const ENDLESS: u32 = u32::MAX;

/// An element in implicit form; `length` only where it differs from the value's.
fn implicit(group: u16, element: u16, length: Option<u32>, value: &[u8]) -> Vec<u8> {
    let mut bytes = [group.to_le_bytes(), element.to_le_bytes()].concat();
    bytes.extend(length.unwrap_or(value.len() as u32).to_le_bytes());
    bytes.extend(value);
    bytes
}

/// An element in explicit form with a long length field.
fn explicit(big: bool, tag: [u16; 2], vr: &[u8; 2], length: u32, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for half in tag {
        bytes.extend(if big {
            half.to_be_bytes()
        } else {
            half.to_le_bytes()
        });
    }
    bytes.extend(vr);
    bytes.extend([0, 0]);
    bytes.extend(if big {
        length.to_be_bytes()
    } else {
        length.to_le_bytes()
    });
    bytes.extend(value);
    bytes
}

fn unknown(big: bool, tag: [u16; 2], value: &[u8]) -> Vec<u8> {
    explicit(big, tag, b"UN", value.len() as u32, value)
}

fn open(bytes: &[u8], encoding: Encoding) -> InMemDicomObject {
    let found = walk(bytes, encoding).unwrap();
    let mut budget = Budget::of_picture(bytes.len());
    let mut object = parse(bytes, encoding, &found.unknown, &mut budget).unwrap();
    decode_all(&mut object);
    object
}

/// Pixel Measures Sequence in implicit form, inside of functional groups, with lengths or with end marks.
fn groups(endless: bool) -> Vec<u8> {
    let sequence = |group, element, inside: &[u8]| {
        if endless {
            let item = implicit(0xfffe, 0xe000, Some(ENDLESS), inside);
            let marks = [
                implicit(0xfffe, 0xe00d, None, &[]),
                implicit(0xfffe, 0xe0dd, None, &[]),
            ];
            let value = [item, marks.concat()].concat();
            implicit(group, element, Some(ENDLESS), &value)
        } else {
            implicit(
                group,
                element,
                None,
                &implicit(0xfffe, 0xe000, None, inside),
            )
        }
    };
    let spacing = implicit(0x0028, 0x0030, None, b"0.5\\0.25");
    let measures = sequence(0x0028, 0x9110, &spacing);
    sequence(0x5200, 0x9229, &measures)[8..].to_vec()
}

fn spacing(object: &InMemDicomObject) -> Vec<f64> {
    let shared = item(object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).expect("shared groups");
    let measures = item(shared, tags::PIXEL_MEASURES_SEQUENCE).expect("pixel measures");
    floats(measures, tags::PIXEL_SPACING)
}

#[test]
fn sequences_of_defined_and_undefined_length_have_items() {
    for (big, encoding) in [
        (false, Encoding::ExplicitLittle),
        (true, Encoding::ExplicitBig),
    ] {
        for endless in [false, true] {
            let tag = [0x5200, 0x9229];
            let value = groups(endless);
            // With an end mark only an undefined length is right, without one only a defined one.
            let length = if endless { ENDLESS } else { value.len() as u32 };
            let mut file = explicit(big, tag, b"UN", length, &value);
            file.extend(unknown(big, [0x5200, 0x9230], &[]));
            let object = open(&file, encoding);
            assert_eq!(spacing(&object), [0.5, 0.25], "{encoding:?} {endless}");
            assert!(items(&object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).is_empty());
        }
    }
}

#[test]
fn an_end_mark_may_belong_to_a_sequence_inside() {
    // Defined lengths of UN and item around a sequence of undefined length, whose end mark comes last.
    let spacing_inside = implicit(0x0028, 0x0030, None, b"0.5\\0.25");
    let marked = [
        implicit(0xfffe, 0xe000, None, &spacing_inside),
        implicit(0xfffe, 0xe0dd, None, &[]),
    ];
    let measures = implicit(0x0028, 0x9110, Some(ENDLESS), &marked.concat());
    let value = implicit(0xfffe, 0xe000, None, &measures);
    let file = unknown(false, [0x5200, 0x9229], &value);
    let object = open(&file, Encoding::ExplicitLittle);
    assert_eq!(spacing(&object), [0.5, 0.25]);
    // A private element of a defined length stays what it is.
    let file = unknown(false, [0x0009, 0x1001], &value);
    let object = open(&file, Encoding::ExplicitLittle);
    let private = object.get(Tag(0x0009, 0x1001)).unwrap();
    assert_eq!(private.to_bytes().unwrap(), &value[..]);
}

#[test]
fn what_stands_behind_an_undefined_length_is_read_too() {
    let mut file = explicit(false, [0x0040, 0x0275], b"SQ", ENDLESS, &[]);
    file.extend(implicit(0xfffe, 0xe000, Some(ENDLESS), &[]));
    file.extend(explicit(
        false,
        [0x5200, 0x9229],
        b"UN",
        ENDLESS,
        &groups(true),
    ));
    file.extend(unknown(false, [0x5200, 0x9231], b"later"));
    file.extend(implicit(0xfffe, 0xe00d, None, &[]));
    file.extend(implicit(0xfffe, 0xe0dd, None, &[]));
    let object = open(&file, Encoding::ExplicitLittle);
    let inside = item(&object, tags::REQUEST_ATTRIBUTES_SEQUENCE).unwrap();
    assert_eq!(spacing(inside), [0.5, 0.25]);
    assert_eq!(
        inside.get(Tag(0x5200, 0x9231)).unwrap().to_bytes().unwrap(),
        &b"later"[..]
    );
}

#[test]
fn values_of_every_kind_are_little_endian_at_every_depth() {
    for (big, encoding) in [
        (false, Encoding::ExplicitLittle),
        (true, Encoding::ExplicitBig),
    ] {
        let leaves = [
            unknown(big, [0x0008, 0x0060], b"CT"),                     // CS
            unknown(big, [0x0018, 0x6020], &(-7_i32).to_le_bytes()),   // SL
            unknown(big, [0x0018, 0x602c], &0.125_f64.to_le_bytes()),  // FD
            unknown(big, [0x0018, 0x6018], &70_000_u32.to_le_bytes()), // UL
            unknown(big, [0x0028, 0x0010], &513_u16.to_le_bytes()),    // US
            unknown(big, [0x0028, 0x1041], &(-1_i16).to_le_bytes()),   // SS
            unknown(big, [0x0028, 0x0009], &[0x18, 0x00, 0x63, 0x10]), // AT
            unknown(big, [0x0028, 0x1050], b"40\\-600"),               // DS
            unknown(big, [0x0028, 0x3006], &[1, 2, 3, 4]),             // US or OW
            unknown(big, [0x0009, 0x1001], b"mine"),                   // private
        ]
        .concat();
        let nested = explicit(big, [0x0008, 0x1115], b"SQ", 8 + leaves.len() as u32, &{
            let mut item = dataset_item(big, leaves.len() as u32);
            item.extend(&leaves);
            item
        });
        let object = open(&[leaves.clone(), nested].concat(), encoding);
        for object in [
            &object,
            item(&object, tags::REFERENCED_SERIES_SEQUENCE).unwrap(),
        ] {
            assert_eq!(text(object, tags::MODALITY).unwrap(), "CT");
            assert_eq!(int(object, tags::REFERENCE_PIXEL_X0), Some(-7));
            assert_eq!(float(object, tags::PHYSICAL_DELTA_X), Some(0.125));
            assert_eq!(int(object, tags::REGION_LOCATION_MIN_X0), Some(70_000));
            assert_eq!(int(object, tags::ROWS), Some(513));
            assert_eq!(
                int(object, tags::PIXEL_INTENSITY_RELATIONSHIP_SIGN),
                Some(-1)
            );
            let pointer = object.get(tags::FRAME_INCREMENT_POINTER).unwrap();
            assert_eq!(pointer.value().to_tag().unwrap(), tags::FRAME_TIME);
            assert_eq!(floats(object, tags::WINDOW_CENTER), [40.0, -600.0]);
            let table = object.get(tags::LUT_DATA).unwrap();
            assert_eq!(table.to_multi_int::<u16>().unwrap(), [0x0201, 0x0403]);
            assert_eq!(object.get(Tag(0x0009, 0x1001)).unwrap().vr(), VR::UN);
        }
    }
}

#[test]
fn what_may_have_a_sign_has_that_of_the_pixels_at_every_depth() {
    for (big, encoding) in [
        (false, Encoding::ExplicitLittle),
        (true, Encoding::ExplicitBig),
    ] {
        for (signed, padding, first) in [(1_u16, -1000, -1024), (0, 64_536, 64_512)] {
            let descriptor = [4_i16, -1024, 16].map(i16::to_le_bytes).concat();
            let table = implicit(0x0028, 0x3002, None, &descriptor);
            let file = [
                unknown(big, [0x0028, 0x0103], &signed.to_le_bytes()),
                unknown(big, [0x0028, 0x0120], &(-1000_i16).to_le_bytes()),
                unknown(
                    big,
                    [0x0028, 0x3000],
                    &implicit(0xfffe, 0xe000, None, &table),
                ),
            ]
            .concat();
            let object = open(&file, encoding);
            assert_eq!(int(&object, tags::PIXEL_PADDING_VALUE), Some(padding));
            let table = item(&object, tags::MODALITY_LUT_SEQUENCE).unwrap();
            let descriptor = table.get(tags::LUT_DESCRIPTOR).unwrap();
            assert_eq!(
                descriptor.to_multi_int::<i32>().unwrap(),
                [4, first, 16],
                "{encoding:?}"
            );
        }
    }
}

fn dataset_item(big: bool, length: u32) -> Vec<u8> {
    let mut bytes = if big {
        vec![0xff, 0xfe, 0xe0, 0x00]
    } else {
        vec![0xfe, 0xff, 0x00, 0xe0]
    };
    bytes.extend(if big {
        length.to_be_bytes()
    } else {
        length.to_le_bytes()
    });
    bytes
}

#[test]
fn a_private_sequence_of_undefined_length_has_items_and_other_private_values_stay() {
    let item = implicit(0xfffe, 0xe000, None, &implicit(0x0008, 0x0060, None, b"MR"));
    let value = [item.clone(), implicit(0xfffe, 0xe0dd, None, &[])].concat();
    let file = [
        explicit(false, [0x0009, 0x1001], b"UN", ENDLESS, &value),
        unknown(false, [0x0009, 0x1002], &item),
    ]
    .concat();
    let object = open(&file, Encoding::ExplicitLittle);
    let inside = super::super::attributes::item(&object, Tag(0x0009, 0x1001)).unwrap();
    assert_eq!(text(inside, tags::MODALITY).unwrap(), "MR");
    let other = object.get(Tag(0x0009, 0x1002)).unwrap();
    assert_eq!(other.to_bytes().unwrap(), item);
}

#[test]
fn items_in_the_files_own_form_are_read_where_the_standards_form_does_not_fit() {
    let leaf = explicit(false, [0x0028, 0x1052], b"UN", 5, b"-1024");
    let item = [dataset_item(false, leaf.len() as u32), leaf].concat();
    let file = unknown(false, [0x0028, 0x9145], &item);
    let object = open(&file, Encoding::ExplicitLittle);
    let inside =
        super::super::attributes::item(&object, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE).unwrap();
    assert_eq!(float(inside, tags::RESCALE_INTERCEPT), Some(-1024.0));
}

#[test]
fn characters_are_those_of_the_set_around() {
    let name = implicit(0x0008, 0x0104, None, "é ".as_bytes());
    let file = [
        // ISO_IR 192 is UTF-8.
        unknown(false, [0x0008, 0x0005], b"ISO_IR 192"),
        unknown(false, [0x0008, 0x103e], "Tête".as_bytes()),
        unknown(
            false,
            [0x0040, 0xa043],
            &implicit(0xfffe, 0xe000, None, &name),
        ),
    ]
    .concat();
    let object = open(&file, Encoding::ExplicitLittle);
    assert_eq!(text(&object, tags::SERIES_DESCRIPTION).unwrap(), "Tête");
    let code = item(&object, tags::CONCEPT_NAME_CODE_SEQUENCE).unwrap();
    assert_eq!(text(code, tags::CODE_MEANING).unwrap(), "é");
}

#[test]
fn what_is_damaged_or_too_deep_stays_unknown() {
    // An item that is longer than the value, and one whose element is.
    let long = implicit(0xfffe, 0xe000, Some(400), b"abcd");
    let inner = implicit(0x0028, 0x1052, Some(0xffff_fff0), b"1 ");
    let inner = implicit(0xfffe, 0xe000, None, &inner);
    let mut deep = Vec::new();
    for _ in 0..2000 {
        let item = implicit(0xfffe, 0xe000, None, &deep);
        deep = implicit(0x0028, 0x9145, None, &item);
    }
    for value in [&long, &inner, &deep[8..].to_vec(), &b"no items".to_vec()] {
        let object = open(
            &unknown(false, [0x0028, 0x9145], value),
            Encoding::ExplicitLittle,
        );
        let element = object
            .get(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE)
            .unwrap();
        assert_eq!(element.vr(), VR::UN);
        assert_eq!(element.to_bytes().unwrap().len(), value.len());
    }
    // In implicit form the same depth is refused before it is parsed.
    assert!(walk(&deep, Encoding::ImplicitLittle).is_err());
    // Sequences of UN in sequences of UN in the file's own form are parsed one in the other.
    let mut nested = unknown(false, [0x0028, 0x1052], b"1 ");
    for _ in 0..200 {
        let item = [dataset_item(false, nested.len() as u32), nested].concat();
        nested = unknown(false, [0x0028, 0x9145], &item);
    }
    let mut object = &open(&nested, Encoding::ExplicitLittle);
    let mut depth = 0;
    while let Some(inside) = item(object, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE) {
        (object, depth) = (inside, depth + 1);
    }
    assert_eq!(depth, DEEPEST - 1);
}
