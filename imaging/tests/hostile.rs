//! Files that ask for far more than they are worth: each ends in a sentence, within the memory and time that files of its
//! size may take. Those that end a decoder elsewhere are not among them.

#![cfg(not(target_arch = "wasm32"))]

#[path = "support/elements.rs"]
mod elements;
#[path = "support/meter.rs"]
mod meter;

use std::io::{Cursor, Write};
use std::time::Duration;

use elements::{element, file, item, small};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use meter::{Counting, measured};
use unimed_imaging::{ImagingError, Limits, Opened, Opener};
use zip::write::SimpleFileOptions;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MIB: u64 = 1 << 20;

/// Opens files, and holds them to the rules: at most 64 MiB and eight times their size, two seconds and two for each
/// megabyte. `pixels` is what is decoded of them by right.
fn open(files: &[(&str, &[u8])], pixels: u64) -> Opened {
    let size: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let (opened, taken) = measured(|| {
        let mut opener = Opener::new(Limits::default());
        for (name, bytes) in files {
            opener.add(name, *bytes);
        }
        opener.finish()
    });
    let most = 64 * MIB + 8 * size as u64 + 3 * pixels;
    assert!(taken.bytes <= most, "{taken:?} of {size} bytes");
    // Tests without optimization take as much as fifty times the time.
    let slow = if cfg!(debug_assertions) { 50 } else { 1 };
    let most = Duration::from_micros(2_000_000 + 2 * size as u64) * slow;
    assert!(taken.time <= most, "{taken:?} of {size} bytes");
    opened
}

fn error(files: &[(&str, &[u8])]) -> ImagingError {
    let opened = open(files, 0);
    assert_eq!(opened.series.len(), 0);
    opened.problems.into_iter().next().expect("a problem").error
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("made by the test");
    encoder.finish().expect("made by the test")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default();
        archive
            .start_file(*name, options)
            .expect("made by the test");
        archive.write_all(bytes).expect("made by the test");
    }
    archive.finish().expect("made by the test").into_inner()
}

const PNG: &[u8] = include_bytes!("data/formats/gray16.png");

#[test]
fn archives_in_archives_are_counted_from_the_first_one() {
    let mut nested = zip(&[("a.png", PNG)]);
    nested = zip(&[("2.zip", &gzip(&nested)), ("b.png", PNG)]);
    assert_eq!(open(&[("1.zip", &nested)], MIB).series.len(), 2);
    nested = zip(&[("1.zip", &nested), ("c.png", PNG)]);
    let opened = open(&[("0.zip", &nested)], MIB);
    assert_eq!(opened.series.len(), 2, "the rest opens");
    let problem = &opened.problems[0];
    assert_eq!(problem.file, "0.zip/1.zip/2.zip");
    assert_eq!(
        problem.error,
        ImagingError::NestedArchive { found: 4, limit: 3 }
    );
    assert_eq!(
        problem.error.to_string(),
        "Here 4 archives lie in each other; at most 3 are opened. Unpack the outer ones and open the files in them."
    );
}

#[test]
fn what_archives_come_to_is_counted_over_the_whole_drop() {
    // It begins like a TIFF file, so that its first bytes do not tell.
    let mut zeros = vec![0; 30 << 20];
    zeros[..4].copy_from_slice(b"II*\0");
    let one = zip(&[("a.tif", &zeros)]);
    drop(zeros);
    let inner = zip(&[
        ("1.zip", &one),
        ("2.zip", &one),
        ("3.zip", &one),
        ("4.zip", &one),
    ]);
    let opened = open(&[("bomb.zip", &inner)], 10 * MIB);
    let last = opened.problems.last().expect("a problem");
    assert_eq!(last.file, "bomb.zip/4.zip/a.tif");
    assert!(
        matches!(last.error, ImagingError::InflatesTooFar { .. }),
        "{last:?}"
    );
    // What is no image is not inflated to see that.
    let text = vec![b'x'; 40 << 20];
    let notes = zip(&[("notes.txt", &text)]);
    let (_, taken) = measured(|| drop(open(&[("notes.zip", &notes)], 0)));
    assert!(taken.bytes < 2 * MIB, "{taken:?}");
}

#[test]
fn every_file_is_told_of_before_it_is_read_and_may_be_passed_over() {
    let archive = zip(&[
        ("a.png", PNG),
        ("b.png.gz", &gzip(PNG)),
        ("c.txt", b"no image"),
    ]);
    let files = [("1.zip", &archive[..]), ("2.png", PNG), ("3.png", PNG)];
    let mut told = Vec::new();
    let mut opener = Opener::new(Limits::default());
    for (name, bytes) in files {
        opener.add_watched(name, bytes, &mut |name| {
            told.push(name.to_owned());
            !["1.zip/a.png", "3.png"].contains(&name)
        });
    }
    assert_eq!(
        told,
        [
            "1.zip",
            "1.zip/a.png",
            "1.zip/b.png.gz",
            "1.zip/c.txt",
            "2.png",
            "3.png"
        ]
    );
    let opened = opener.finish();
    let names: Vec<&str> = opened.series.iter().map(|s| s.info.name.as_str()).collect();
    assert_eq!(names, ["1.zip/b.png", "2.png"]);
    assert_eq!(opened.problems.len(), 1);
}

#[test]
fn an_archive_lists_no_more_files_than_its_bytes_can() {
    let whole = zip(&[("a.png", PNG)]);
    let end = whole.len() - 22;
    let zip64 = |files: u64| {
        let mut bytes = whole[..end].to_vec();
        let start = whole[end + 16..end + 20].to_vec();
        let size = whole[end + 12..end + 16].to_vec();
        bytes.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
        bytes.extend([files.to_le_bytes(), files.to_le_bytes()].concat());
        bytes.extend([&size[..], &[0; 4], &start, &[0; 4]].concat());
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend((end as u64).to_le_bytes());
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
        bytes
    };
    assert_eq!(open(&[("a.zip", &zip64(1))], MIB).series.len(), 1);
    let found = error(&[("a.zip", &zip64(1 << 40))]);
    assert!(
        found
            .to_string()
            .contains("more files than its bytes can list"),
        "{found}"
    );
}

/// A DICOM file of frames of one pixel, as they are or deflated.
fn frames_of_one_pixel(frames: usize, more: &[Vec<u8>], deflated: bool) -> Vec<u8> {
    let us = |number, value: u16| element(0x0028, number, b"US", &value.to_le_bytes());
    let mut elements = vec![
        element(0x0028, 0x0004, b"CS", b"MONOCHROME2"),
        element(0x0028, 0x0008, b"IS", frames.to_string().as_bytes()),
        us(0x0002, 1),
        us(0x0010, 1),
        us(0x0011, 1),
        us(0x0100, 8),
        us(0x0101, 8),
        us(0x0102, 7),
        us(0x0103, 0),
        element(0x7fe0, 0x0010, b"OW", &vec![7; frames]),
    ];
    elements.extend_from_slice(more);
    if !deflated {
        return file(b"1.2.840.10008.1.2.1\0", elements);
    }
    let mut whole = file(b"1.2.840.10008.1.2.1.99", elements);
    let head = 132 + 8 + 22;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&whole[head..]).expect("made by the test");
    whole.truncate(head);
    whole.extend(encoder.finish().expect("made by the test"));
    whole
}

#[test]
fn frames_of_one_pixel_are_worth_what_their_file_is() {
    let bytes = frames_of_one_pixel(1_000_000, &[], true);
    assert!(bytes.len() < 3000);
    let found = error(&[("dots.dcm", &bytes)]);
    assert!(
        matches!(
            found,
            ImagingError::TooManyFrames {
                frames: 1_000_000,
                ..
            }
        ),
        "{found:?}"
    );
    // Twenty files have no more than one.
    let bytes = frames_of_one_pixel(10_000, &[], true);
    let files: Vec<(&str, &[u8])> = vec![("dots.dcm", &bytes); 20];
    let opened = open(&files, 0);
    assert!(
        (4..8).contains(&opened.series.len()),
        "{}",
        opened.series.len()
    );
    assert_eq!(opened.series.len() + opened.problems.len(), 20);
    // NIfTI counts slices and times.
    let mut volume = vec![0; 352 + 1_000_000];
    volume[..4].copy_from_slice(&348_i32.to_le_bytes());
    for (i, n) in [4_i16, 1, 1, 1000, 1000].into_iter().enumerate() {
        volume[40 + 2 * i..][..2].copy_from_slice(&n.to_le_bytes());
    }
    volume[70] = 2;
    volume[344..348].copy_from_slice(b"n+1\0");
    let found = error(&[("dots.nii.gz", &gzip(&volume))]);
    assert!(
        matches!(found, ImagingError::TooManyFrames { .. }),
        "{found:?}"
    );
}

#[test]
fn lists_that_frames_share_are_counted_for_every_frame() {
    let us = |group, number, value: u16| element(group, number, b"US", &value.to_le_bytes());
    // Real World Value Mapping: a table of 8000 values for each of 5000 frames.
    let table = vec![1; 8 * 8000];
    let mapping = item(&[
        element(0x0040, 0x9212, b"FD", &table[..64_000]),
        us(0x0040, 0x9211, 7999),
        us(0x0040, 0x9216, 0),
    ]);
    let mapped = element(0x0040, 0x9096, b"SQ", &mapping);
    let found = error(&[("map.dcm", &frames_of_one_pixel(5000, &[mapped], false))]);
    assert!(
        matches!(found, ImagingError::TooManyFrames { frames: 5000, .. }),
        "{found:?}"
    );
    // Ultrasound regions: 1000 for each of 5000 frames.
    let region = item(&[
        element(0x0018, 0x6018, b"UL", &[0; 4]),
        element(0x0018, 0x601a, b"UL", &[0; 4]),
        element(0x0018, 0x601c, b"UL", &[1, 0, 0, 0]),
        element(0x0018, 0x601e, b"UL", &[1, 0, 0, 0]),
    ]);
    let regions = element(0x0018, 0x6011, b"SQ", &region.repeat(1000));
    let found = error(&[("regions.dcm", &frames_of_one_pixel(5000, &[regions], false))]);
    assert!(
        matches!(found, ImagingError::TooManyFrames { frames: 5000, .. }),
        "{found:?}"
    );
    // Numbers of the whole data set are not read again for every frame.
    let long: Vec<u8> = b"1.5\\".repeat(16_000);
    let echoes = element(0x0018, 0x0081, b"DS", &long);
    let opened = open(
        &[("echo.dcm", &frames_of_one_pixel(20_000, &[echoes], false))],
        MIB,
    );
    assert_eq!(opened.series[0].frames.len(), 20_000);
}

/// A file of 2 x 2 pixels with other values of the Image Pixel module.
fn pixels(more: &[Vec<u8>]) -> String {
    // The module's own elements come first and are replaced by those that follow with the same tag.
    error(&[("a.dcm", &small(more))]).to_string()
}

#[test]
fn sizes_are_not_cut_and_their_products_do_not_wrap() {
    let us = |number, value: u16| element(0x0028, number, b"US", &value.to_le_bytes());
    let is = |number, value: &str| element(0x0028, number, b"IS", value.as_bytes());
    assert_eq!(
        pixels(&[us(0x0010, 0)]),
        "This DICOM file is damaged (Rows is 0, and at least 1 is needed). Copy or download it again."
    );
    // 2^32 + 1 rows and frames are not one; 2^62 times 4 pixels are not none.
    assert!(pixels(&[is(0x0010, "4294967297")]).contains("at most 20000000"));
    assert!(pixels(&[is(0x0008, "4294967297")]).contains("ends before the picture is complete"));
    let huge = pixels(&[is(0x0010, "4611686018427387904"), is(0x0011, "4")]);
    assert!(huge.contains("at most 20000000"), "{huge}");
    // Colour of single bits, in a form that no standard describes.
    let bits = pixels(&[
        us(0x0002, 3),
        element(0x0028, 0x0004, b"CS", b"RGB"),
        us(0x0100, 1),
        us(0x0101, 1),
        us(0x0102, 0),
    ]);
    assert_eq!(
        bits,
        "This DICOM file uses a form that cannot be read here (RGB of 1 bit a sample). Export it again as 8- or 16-bit grey or as RGB, and open the result."
    );
}

#[test]
fn what_a_parser_would_read_in_another_way_is_refused() {
    let name = element(0x0010, 0x0010, b"PN", b"A^B ");
    let sequence = |value: &[u8]| small(&[element(0x0008, 0x1140, b"SQ", value)]);
    let said = |bytes: &[u8]| error(&[("a.dcm", bytes)]).to_string();
    assert!(
        open(
            &[("a.dcm", &sequence(&item(std::slice::from_ref(&name))))],
            0
        )
        .problems
        .is_empty()
    );
    // An item that goes on behind its last element; a mark where an element belongs; something else than an item.
    let longer = item(&[name.clone(), vec![0; 4]]);
    assert!(said(&sequence(&longer)).contains("an item longer than what it holds"));
    let mark = vec![0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0];
    assert!(said(&sequence(&item(&[name.clone(), mark]))).contains("end mark where an element"));
    assert!(said(&sequence(&name)).contains("something else than items"));
    // More elements than memory: two million empty items.
    let empty = item(&[]).repeat(2_000_000);
    let found = said(&sequence(&empty));
    assert!(found.contains("a header of 20000"), "{found}");
}

#[test]
fn a_size_is_compared_with_the_bytes_before_there_is_room_for_it() {
    let us = |number, value: u16| element(0x0028, number, b"US", &value.to_le_bytes());
    let stream = |syntax: &[u8], bits: u16, fragment: &[u8]| {
        let mut elements = vec![
            element(0x0028, 0x0004, b"CS", b"MONOCHROME2"),
            us(0x0002, 1),
            us(0x0010, 4000),
            us(0x0011, 5000),
            us(0x0100, bits),
            us(0x0101, bits),
            us(0x0102, bits - 1),
            us(0x0103, 0),
        ];
        let mut pixels = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0".to_vec();
        pixels.extend(item(&[fragment.to_vec()]));
        pixels.extend([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
        elements.push(pixels);
        file(syntax, elements)
    };
    // 20 million pixels in a few bytes, in every compression.
    let mut rle = [0; 70];
    (rle[0], rle[4]) = (1, 64);
    let jpegls = b"\xff\xd8\xff\xf7\0\x0b\x08\x0f\xa0\x13\x88\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\0\0\0\0";
    let lossless = b"\xff\xd8\xff\xc3\0\x0b\x10\x0f\xa0\x13\x88\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\x01\0\0\0\0";
    let baseline = b"\xff\xd8\xff\xc0\0\x0b\x08\x0f\xa0\x13\x88\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\0\0\0";
    for (syntax, bits, fragment) in [
        (&b"1.2.840.10008.1.2.5\0"[..], 8, &rle[..]),
        (b"1.2.840.10008.1.2.4.80", 8, jpegls),
        (b"1.2.840.10008.1.2.4.70", 16, lossless),
        (b"1.2.840.10008.1.2.4.50", 8, baseline),
    ] {
        let bytes = stream(syntax, bits, fragment);
        let (found, taken) = measured(|| error(&[("a.dcm", &bytes)]));
        assert!(matches!(found, ImagingError::Truncated { .. }), "{found:?}");
        assert!(
            taken.bytes < MIB,
            "{taken:?} in {}",
            String::from_utf8_lossy(syntax)
        );
    }
    // Pictures.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x0f\xa0\0\0\x13\x88\x10\x06\0\0\0".to_vec();
    png.extend([0; 4]);
    png.extend(b"\0\0\0\x04IDAT\0\0\0\0\0\0\0\0");
    let mut bmp = vec![0; 54];
    bmp[..2].copy_from_slice(b"BM");
    (bmp[10], bmp[14], bmp[26], bmp[28]) = (54, 40, 1, 32);
    bmp[18..20].copy_from_slice(&5000_u16.to_le_bytes());
    bmp[22..24].copy_from_slice(&4000_u16.to_le_bytes());
    let (jpeg, tiff) = (baseline.to_vec(), tiff(5000, 4000, 8));
    for (name, bytes) in [
        ("a.png", &png),
        ("a.bmp", &bmp),
        ("a.jpg", &jpeg),
        ("a.tif", &tiff),
    ] {
        let (found, taken) = measured(|| error(&[(name, bytes)]));
        assert!(
            !matches!(found, ImagingError::TooLarge { .. }),
            "{name}: {found:?}"
        );
        assert!(taken.bytes < MIB, "{name}: {taken:?}");
    }
}

/// A TIFF file of one Deflate strip without any bytes.
fn tiff(width: u32, height: u32, compression: u32) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let entries: [(u16, u32); 9] = [
        (256, width),
        (257, height),
        (258, 16),
        (259, compression),
        (262, 1),
        (273, 122),
        (277, 1),
        (278, height),
        (279, 2),
    ];
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(4_u16.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 8]);
    bytes
}

#[test]
fn directories_that_lie_over_each_other_are_read_as_often_as_they_fit() {
    // 1000 inner directories, which are all the outer one, of 20 000 entries.
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend(20_000_u16.to_le_bytes());
    let offsets = 8 + 2 + 20_000 * 12 + 4;
    bytes.extend(330_u16.to_le_bytes());
    bytes.extend(4_u16.to_le_bytes());
    bytes.extend(1000_u32.to_le_bytes());
    bytes.extend((offsets as u32).to_le_bytes());
    bytes.resize(offsets, 0);
    bytes.extend([8, 0, 0, 0].repeat(1000));
    let found = error(&[("a.tif", &bytes)]);
    assert!(
        found.to_string().contains("a page without a size"),
        "{found}"
    );
}

#[test]
fn entries_have_no_more_values_than_the_file_holds() {
    let mut bytes = tiff(2, 2, 1);
    bytes[8 + 2 + 8 * 12 + 4..][..4].copy_from_slice(&8_000_000_u32.to_le_bytes());
    let (found, taken) = measured(|| error(&[("a.tif", &bytes)]));
    assert!(matches!(found, ImagingError::Truncated { .. }), "{found:?}");
    assert!(taken.bytes < MIB, "{taken:?}");
}

#[test]
fn a_file_that_fails_takes_nothing_from_the_next() {
    // Each claims 20 million pixels of 16 bits, and has none of them but enough bytes.
    let mut cut = tiff(5000, 4000, 8);
    cut[8 + 2 + 8 * 12 + 8..][..4].copy_from_slice(&100_000_u32.to_le_bytes());
    cut.resize(122 + 100_000, 0);
    let mut files: Vec<(&str, &[u8])> = vec![("cut.tif", &cut); 60];
    files.push(("good.png", PNG));
    let opened = open(&files, 80 * MIB);
    assert_eq!((opened.series.len(), opened.problems.len()), (1, 60));
    assert!(opened.problems.iter().all(|p| p.file == "cut.tif"));
}

#[test]
fn thousands_of_files_of_one_name_are_not_compared_each_with_each() {
    let files: Vec<Vec<u8>> = (0..4000)
        .map(|number: u32| {
            let own = [
                element(0x0008, 0x0018, b"UI", b"1.2.3\0"),
                element(0x0020, 0x0013, b"IS", number.to_string().as_bytes()),
            ];
            frames_of_one_pixel(1, &own, false)
        })
        .collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|bytes| ("a.dcm", &bytes[..])).collect();
    let opened = open(&files, MIB);
    assert_eq!(opened.problems, []);
}
