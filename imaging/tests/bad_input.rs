//! Files that are broken, lie about themselves or are no images: a sentence each, and nothing large is allocated.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::io::{Cursor, Write};

use support::elements::{element, item, small};
use support::random::Random;
use unimed_imaging::{ImagingError, Limits, Opener, open};
use zip::write::SimpleFileOptions;

fn said(name: &str, bytes: &[u8]) -> String {
    match open(name, bytes) {
        Ok(series) => panic!("{name} opened as {} series", series.len()),
        Err(error) => error.to_string(),
    }
}

fn test_file(name: &str) -> Vec<u8> {
    support::read("pydicom", &format!("pydicom/data/test_files/{name}"))
}

#[test]
fn what_is_no_image_is_told_what_can_be_opened() {
    assert_eq!(
        said("a.dcm", b""),
        "This file is empty (0 bytes). Copy or download it again."
    );
    assert!(said("scan.dcm", b"Dear colleague").contains("Choose PNG, JPEG"));
    assert!(said("report.dcm", b"%PDF-1.4 ...").contains("This is a PDF file"));
    let jpeg_ls = b"\xff\xd8\xff\xf7\0\x0b\x08\0\x04\0\x04\x01\x01\x11\0";
    for (bytes, name) in [
        (&jpeg_ls[..], "JPEG-LS"),
        (b"\xff\x4f\xff\x51\0\x2f", "JPEG 2000"),
        (b"\xff\x0a\x7a\x02", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    ] {
        let message = said("picture", bytes);
        let found = format!("This is a {name} file");
        assert!(message.contains(&found), "{message}");
    }
}

#[test]
fn names_do_not_count() {
    let png = include_bytes!("data/formats/gray16.png");
    let series = open("image.dcm", png).unwrap();
    assert_eq!(series[0].info.format.to_string(), "PNG");
    let dicom = test_file("MR_small.dcm");
    assert_eq!(open("photo.jpg", &dicom).unwrap()[0].info.modality, "MR");
}

/// A little-endian TIFF of one strip that says this size.
fn tiff(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let entries: [(u16, u16, u32); 9] = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 16),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 122),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, width.wrapping_mul(height).wrapping_mul(2)),
    ];
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(0_u32.to_le_bytes());
    bytes
}

#[test]
fn a_huge_tiff_is_refused_by_its_header() {
    let text = said("huge.tif", &tiff(30_000, 30_000));
    assert!(
        text.contains("30000 x 30000 = 900000000 pixels; at most 20000000"),
        "{text}"
    );
    let mut small = tiff(2, 1);
    small.extend([1, 2, 3, 4]);
    let series = open("small.tif", &small).unwrap();
    assert_eq!(series[0].value(0, 1, 0), Some(1027.0));
}

#[test]
fn cut_files_are_told_from_whole_ones() {
    let ends = "ends before the picture is complete";
    let formats: [(&str, &[u8]); 3] = [
        ("png", include_bytes!("data/formats/gray16.png")),
        ("jpg", include_bytes!("data/formats/color.jpg")),
        ("tif", include_bytes!("data/formats/gray16.tiff")),
    ];
    for (name, bytes) in formats {
        assert!(open(name, bytes).is_ok(), "{name}");
        assert!(open(name, &bytes[..bytes.len() * 2 / 3]).is_err(), "{name}");
    }
    for name in [
        "CT_small.dcm",
        "MR_small_implicit.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_RLE.dcm",
    ] {
        let bytes = test_file(name);
        for share in [2, 3, 5] {
            let text = said(name, &bytes[..bytes.len() * share / 6]);
            assert!(text.contains(ends), "{name}, {share}/6: {text}");
        }
    }
    let volume = support::read("nibabel", "nibabel/tests/data/anatomical.nii");
    assert!(said("a.nii", &volume[..volume.len() - 1]).contains(ends));
    assert!(said("a.nii", &volume[..300]).contains("Choose PNG"));
    let packed = support::read("nibabel", "nibabel/tests/data/example4d.nii.gz");
    assert!(said("a.nii.gz", &packed[..packed.len() / 2]).contains("This gzip file"));
}

/// A small file with sequences and tables of value representation UN, some in the other's form.
fn of_unknown() -> Vec<u8> {
    let un = |group, number, value: &[u8]| element(group, number, b"UN", value);
    let spacing = [&[0x28, 0, 0x30, 0, 8, 0, 0, 0][..], b"0.5\\0.25"].concat();
    let measures = item(&[spacing]);
    let mut sequence = vec![0x28, 0, 0x10, 0x91];
    sequence.extend((measures.len() as u32).to_le_bytes());
    sequence.extend(measures);
    let own = item(&[un(0x0028, 0x1052, b"-10"), un(0x0028, 0x1053, b"2 ")]);
    let mut endless = un(0x5200, 0x9230, &item(&[sequence]));
    endless[8..12].copy_from_slice(&[0xff; 4]);
    endless.extend([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
    let table = item(&[
        un(0x0028, 0x3002, &[2, 0, 0, 0xfc, 8, 0]),
        un(0x0028, 0x3006, &[0, 255]),
    ]);
    small(&[
        un(0x0028, 0x3010, &table),
        un(0x5200, 0x9229, &item(&[un(0x0028, 0x9145, &own)])),
        endless,
    ])
}

#[test]
fn the_file_of_unknown_values_is_read_before_it_is_damaged() {
    let series = open("unknown.dcm", &of_unknown()).expect("it is whole");
    let info = &series[0].info;
    assert_eq!(
        info.spacing(0).map(|s| (s.row_mm, s.column_mm)),
        Some((0.5, 0.25))
    );
    assert_eq!(series[0].value(0, 1, 1), Some(-4.0));
    assert_eq!(info.voi[0].to_window().center, -1023.5);
}

/// Whatever the damage, there is an answer: no panic, no endless loop.
#[test]
fn damaged_files_never_panic() {
    let files = [
        "CT_small.dcm",
        "MR_small_RLE.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_jp2klossless.dcm",
        "SC_rgb_jpeg_dcmtk.dcm",
        "SC_rgb_jls_lossy_sample.dcm",
        "image_dfl.dcm",
        "examples_palette.dcm",
    ];
    let mut random = Random::new(7);
    let mut wholes: Vec<_> = files.map(|name| (name, test_file(name))).to_vec();
    wholes.push(("unknown.dcm", of_unknown()));
    for (name, whole) in wholes {
        let tries = if whole.len() < 2000 { 3000 } else { 12 };
        for _ in 0..tries {
            let mut bytes = whole.clone();
            random.damage(&mut bytes, 8);
            let _ = open(name, &bytes);
        }
    }
}

#[test]
fn archives_cannot_fill_the_memory() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    archive.start_file("zeros.nii", options).unwrap();
    for _ in 0..40 {
        archive.write_all(&[0; 1 << 20]).unwrap();
    }
    archive.start_file("fine.png", options).unwrap();
    archive
        .write_all(include_bytes!("data/formats/gray16.png"))
        .unwrap();
    let bytes = archive.finish().unwrap().into_inner();
    let mut opener = Opener::new(Limits {
        bytes: 10 << 20,
        files: 100,
    });
    opener.add("bomb.zip", bytes);
    let opened = opener.finish();
    assert_eq!(opened.series.len(), 1, "the rest opens");
    assert_eq!(opened.problems.len(), 1);
    assert_eq!(opened.problems[0].file, "bomb.zip/zeros.nii");
    assert_eq!(
        opened.problems[0].error,
        ImagingError::TooLarge {
            needed_mib: 40,
            limit_mib: 10
        }
    );
    let mut opener = Opener::new(Limits {
        bytes: 10 << 20,
        files: 1,
    });
    opener.add("a.png", include_bytes!("data/formats/gray16.png"));
    opener.add("b.png", include_bytes!("data/formats/gray16.png"));
    assert_eq!(
        opener.finish().problems[0].error,
        ImagingError::TooManyFiles
    );
}

#[test]
fn unknown_compression_is_named() {
    let mut bytes = test_file("MR_small_jp2klossless.dcm");
    let uid = b"1.2.840.10008.1.2.4.90";
    let at = bytes.windows(uid.len()).position(|w| w == uid).unwrap();
    bytes[at..at + uid.len()].copy_from_slice(b"1.2.840.10008.1.2.4.93");
    let text = said("video.dcm", &bytes);
    assert!(
        text.contains(
            "JPEG 2000 Part 2 Multi-component Image Compression (1.2.840.10008.1.2.4.93)"
        ),
        "{text}"
    );
}
