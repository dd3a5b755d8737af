//! TIFF: every directory is a picture, numbers are those of the file, and what is left out is said.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use support::tiff::{LONG, SHORT, Writer};
use unimed_imaging::{Limits, Opener, Samples, Series, decode, open};

const WHITE_IS_ZERO: u64 = 0;
const BLACK_IS_ZERO: u64 = 1;
const RGB: u64 = 2;
const PALETTE: u64 = 3;

fn opened(file: &[u8]) -> Vec<Series> {
    open("a.tif", file).expect("opens")
}

fn one(file: impl AsRef<[u8]>) -> Series {
    let mut all = opened(file.as_ref());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// What is seen of a frame, as greys.
fn shown(series: &Series, frame: usize) -> Vec<u8> {
    let image = series
        .rgb(frame, &series.info.first_voi(frame))
        .expect("draws");
    image.pixels.chunks_exact(3).map(|p| p[0]).collect()
}

fn gray(width: u64, height: u64) -> [u64; 5] {
    [width, height, 8, BLACK_IS_ZERO, 1]
}

#[test]
fn pages_of_other_sizes_and_kinds_are_further_series() {
    let file = Writer::new(false)
        .page(gray(2, 1), &[], &[1, 2])
        .page(gray(1, 1), &[], &[9])
        .page([1, 1, 8, RGB, 3], &[], &[4, 5, 6])
        .page(gray(2, 1), &[], &[3, 4])
        .page([2, 1, 16, BLACK_IS_ZERO, 1], &[], &[0, 1, 0, 2])
        .finish();
    let all = opened(&file);
    let frames: Vec<&[Samples]> = all.iter().map(|s| s.frames.as_slice()).collect();
    assert_eq!(
        frames,
        [
            &[Samples::U8(vec![1, 2]), Samples::U8(vec![3, 4])][..],
            &[Samples::U8(vec![9])],
            &[Samples::Rgb8(vec![4, 5, 6])],
            &[Samples::U16(vec![256, 512])],
        ]
    );
    let numbers: Vec<usize> = all[0].info.frames.iter().map(|f| f.number).collect();
    assert_eq!(numbers, [0, 3]);
    assert_eq!(
        all[2].info.notes,
        ["The pages of this file differ in size or kind, so they are shown as 4 images."]
    );
}

#[test]
fn colour_pages_are_a_stack() {
    let page = [1, 1, 8, RGB, 3];
    let file = Writer::new(true)
        .page(page, &[], &[1, 2, 3])
        .page(page, &[], &[4, 5, 6]);
    let series = one(file.finish());
    assert_eq!(
        series.frames,
        [Samples::Rgb8(vec![1, 2, 3]), Samples::Rgb8(vec![4, 5, 6])]
    );
    assert_eq!(series.info.notes, Vec::<String>::new());
}

#[test]
fn copies_and_masks_are_left_out_with_a_count() {
    let file = Writer::new(false)
        .page(gray(2, 1), &[], &[1, 2])
        .page(gray(1, 1), &[(254, LONG, &[1])], &[3])
        .page([2, 1, 1, 4, 1], &[(254, LONG, &[4])], &[0])
        // Marked as a copy, and as large as the others: shown.
        .page(gray(2, 1), &[(254, LONG, &[1])], &[5, 6]);
    let series = one(file.finish());
    assert_eq!(
        series.frames,
        [Samples::U8(vec![1, 2]), Samples::U8(vec![5, 6])]
    );
    assert_eq!(
        series.info.notes,
        ["Not shown: 2 of 4 pages, which the file marks as smaller copies or masks of others."]
    );
}

#[test]
fn pages_that_cannot_be_read_are_counted_and_named() {
    let file = Writer::new(false)
        .page(gray(2, 1), &[], &[1, 2])
        .page(gray(2, 1), &[(259, SHORT, &[34_712])], &[3, 4])
        .page(gray(2, 1), &[], &[5, 6]);
    let series = one(file.finish());
    assert_eq!(series.frames.len(), 2);
    let note = &series.info.notes[0];
    assert!(
        note.starts_with("1 of 3 pages could not be read."),
        "{note}"
    );
    assert!(note.contains("compression method"), "{note}");
    let lab = Writer::new(false).page([1, 1, 8, 8, 3], &[], &[1, 2, 3]);
    let error = open("a.tif", &lab.finish()).unwrap_err().to_string();
    assert!(error.contains("CIE L*a*b* colour"), "{error}");
}

#[test]
fn white_is_zero_keeps_the_numbers_and_is_shown_inverted() {
    let invert = |bits, format: u64, pixels: &[u8]| {
        let page = [2, 1, bits, WHITE_IS_ZERO, 1];
        let file = Writer::new(false).page(page, &[(339, SHORT, &[format])], pixels);
        let series = one(file.finish());
        assert!(series.info.is_inverted(0), "{bits} bits, format {format}");
        let values = [0, 1].map(|x| series.value(0, x, 0).unwrap());
        (values, shown(&series, 0))
    };
    assert_eq!(invert(1, 1, &[0b0100_0000]), ([0.0, 1.0], vec![255, 0]));
    assert_eq!(invert(2, 1, &[0b0011_0000]), ([0.0, 3.0], vec![255, 0]));
    assert_eq!(invert(4, 1, &[0x0f]), ([0.0, 15.0], vec![255, 0]));
    assert_eq!(invert(8, 1, &[0, 255]), ([0.0, 255.0], vec![255, 0]));
    assert_eq!(invert(16, 1, &[0, 0, 5, 0]), ([0.0, 5.0], vec![255, 0]));
    assert_eq!(
        invert(16, 2, &[251, 255, 5, 0]),
        ([-5.0, 5.0], vec![255, 0])
    );
    let floats = [0.25_f32.to_le_bytes(), 3.5_f32.to_le_bytes()].concat();
    assert_eq!(invert(32, 3, &floats), ([0.25, 3.5], vec![255, 0]));
    let doubles = [(-1.0_f64).to_le_bytes(), 2.0_f64.to_le_bytes()].concat();
    assert_eq!(invert(64, 3, &doubles), ([-1.0, 2.0], vec![255, 0]));
    // The picture that the model is given is the one that is seen.
    let file = Writer::new(false).page([2, 1, 8, WHITE_IS_ZERO, 1], &[], &[0, 255]);
    assert_eq!(
        decode(&file.finish()).unwrap().image.pixels,
        [255, 255, 255, 0, 0, 0]
    );
}

#[test]
fn palettes_of_every_depth_become_colour() {
    for (bits, pixels, entry) in [
        (1, &[0b0100_0000][..], 1),
        (2, &[0b0011_0000], 3),
        (4, &[0x0f], 15),
        (8, &[0, 255], 255),
    ] {
        let entries = 1 << bits;
        let mut map = vec![0_u64; 3 * entries];
        (map[0], map[entries], map[2 * entries]) = (0x0a00, 0x0b00, 0x0cff);
        (map[entry], map[entries + entry], map[2 * entries + entry]) = (0xffff, 0x8000, 0x0100);
        let page = [2, 1, bits, PALETTE, 1];
        for big in [false, true] {
            let file = Writer::new(big).page(page, &[(320, SHORT, &map)], pixels);
            let file = file.finish();
            let want = vec![10, 11, 12, 255, 128, 1];
            assert_eq!(decode(&file).unwrap().image.pixels, want, "{bits} bits");
            assert_eq!(one(file).frames, [Samples::Rgb8(want)], "{bits} bits");
        }
    }
    let short = Writer::new(false).page([1, 1, 8, PALETTE, 1], &[(320, SHORT, &[1, 2, 3])], &[0]);
    let error = open("a.tif", &short.finish()).unwrap_err().to_string();
    assert!(
        error.contains("a palette of 3 numbers, 768 are needed"),
        "{error}"
    );
}

#[test]
fn grey_pages_are_turned_as_the_file_asks_for() {
    // 2 x 2 in quarters: a b / c d.
    let want: [[u8; 4]; 8] = [
        [1, 2, 3, 4],
        [2, 1, 4, 3],
        [4, 3, 2, 1],
        [3, 4, 1, 2],
        [1, 3, 2, 4],
        [3, 1, 4, 2],
        [4, 2, 3, 1],
        [2, 4, 1, 3],
    ];
    for (mark, want) in (1..).zip(want) {
        let file = Writer::new(false).page(gray(2, 2), &[(274, SHORT, &[mark])], &[1, 2, 3, 4]);
        assert_eq!(
            one(file.finish()).frames,
            [Samples::U8(want.to_vec())],
            "mark {mark}"
        );
    }
    let tall = Writer::new(false).page(gray(3, 1), &[(274, SHORT, &[6])], &[1, 2, 3]);
    let series = one(tall.finish());
    assert_eq!((series.info.width, series.info.height), (1, 3));
}

#[test]
fn planes_and_tiles_are_put_together() {
    // Three planes of one tile each; the picture ends inside of the tiles.
    let mut tiles = Vec::new();
    for plane in [10, 20, 30] {
        let mut tile = vec![0; 256];
        tile[..2].copy_from_slice(&[plane, plane + 1]);
        tile[16..18].copy_from_slice(&[plane + 2, plane + 3]);
        tiles.extend(tile);
    }
    let tiled: &[(u16, u16, &[u64])] = &[
        (284, SHORT, &[2]),
        (322, SHORT, &[16]),
        (323, SHORT, &[16]),
        (324, LONG, &[0, 256, 512]),
        (325, LONG, &[256, 256, 256]),
    ];
    let file = Writer::new(false).page([2, 2, 8, RGB, 3], tiled, &tiles);
    let want = vec![10, 20, 30, 11, 21, 31, 12, 22, 32, 13, 23, 33];
    assert_eq!(one(file.finish()).frames, [Samples::Rgb8(want)]);
    // Two channels of grey in strips are two frames.
    let strips: &[(u16, u16, &[u64])] = &[
        (284, SHORT, &[2]),
        (273, LONG, &[0, 2]),
        (279, LONG, &[2, 2]),
        (338, SHORT, &[0]),
    ];
    let file = Writer::new(true).page([2, 1, 8, BLACK_IS_ZERO, 2], strips, &[1, 2, 3, 4]);
    let series = one(file.finish());
    assert_eq!(
        series.frames,
        [Samples::U8(vec![1, 2]), Samples::U8(vec![3, 4])]
    );
    assert_eq!(
        series.info.notes,
        ["A page has 2 channels, which are shown one after the other."]
    );
}

/// LZW codes of 9 bits, one a byte (TIFF 6.0, section 13): the table is cleared before longer ones are due.
fn lzw(bytes: &[u8]) -> Vec<u8> {
    const CLEAR: u16 = 256;
    const END: u16 = 257;
    let mut codes = Vec::new();
    for part in bytes.chunks(200) {
        codes.push(CLEAR);
        codes.extend(part.iter().map(|byte| u16::from(*byte)));
    }
    codes.push(END);
    let bits: Vec<u8> = codes
        .iter()
        .flat_map(|code| (0..9).rev().map(move |bit| (code >> bit & 1) as u8))
        .collect();
    bits.chunks(8)
        .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit) << (8 - bits.len()))
        .collect()
}

#[test]
fn lzw_tiles_may_reach_beyond_the_right_edge() {
    // Two tiles of 16 x 16, of which the second shows one to fifteen columns.
    let tile = |first: usize| -> Vec<u8> { (0..256).map(|i| (first + 7 * i) as u8).collect() };
    let [left, right] = [tile(0), tile(3)].map(|tile| lzw(&tile));
    for width in 17..32_usize {
        let tiled: &[(u16, u16, &[u64])] = &[
            (259, SHORT, &[5]),
            (322, SHORT, &[16]),
            (323, SHORT, &[16]),
            (324, LONG, &[0, left.len() as u64]),
            (325, LONG, &[left.len() as u64, right.len() as u64]),
        ];
        let pixels = [left.clone(), right.clone()].concat();
        let file = Writer::new(true).page(gray(width as u64, 16), tiled, &pixels);
        let series = one(file.finish());
        let value = |x: usize, y: usize| match x {
            0..16 => 7 * (16 * y + x),
            _ => 3 + 7 * (16 * y + x - 16),
        };
        let want = (0..16 * width).map(|i| value(i % width, i / width) as u8);
        assert_eq!(series.frames, [Samples::U8(want.collect())], "{width}");
    }
}

#[test]
fn bits_that_begin_with_the_lowest_are_turned() {
    const LOWEST_FIRST: (u16, u16, &[u64]) = (266, SHORT, &[2]);
    let file = Writer::new(false).page(
        [10, 1, 1, BLACK_IS_ZERO, 1],
        &[LOWEST_FIRST],
        &[0b0000_0111, 0b0000_0010],
    );
    let series = one(file.finish());
    assert_eq!(
        shown(&series, 0),
        [255, 255, 255, 0, 0, 0, 0, 0, 0, 255],
        "{:?}",
        series.frames
    );
    // Whole bytes as well, as libtiff and tifffile have it.
    let file = Writer::new(true).page(gray(2, 1), &[LOWEST_FIRST], &[0b0000_0001, 0b0011_0000]);
    assert_eq!(
        one(file.finish()).frames,
        [Samples::U8(vec![0b1000_0000, 0b0000_1100])]
    );
    // Two strips, each in PackBits: a run of 3 and three single bytes.
    let strips = [[0xfe_u8, 0x01].as_slice(), &[0x02, 0x80, 0x40, 0xc0]].map(|strip| {
        [strip[0].reverse_bits()]
            .into_iter()
            .chain(strip[1..].iter().copied())
            .collect::<Vec<u8>>()
    });
    let packed: &[(u16, u16, &[u64])] = &[
        LOWEST_FIRST,
        (259, SHORT, &[32773]),
        (273, LONG, &[0, 2]),
        (278, SHORT, &[1]),
        (279, LONG, &[2, 4]),
    ];
    let file = Writer::new(false).page(gray(3, 2), packed, &strips.concat());
    assert_eq!(
        one(file.finish()).frames,
        [Samples::U8(vec![0x80, 0x80, 0x80, 0x01, 0x02, 0x03])]
    );
}

#[test]
fn a_page_that_is_a_volume_is_refused_by_name() {
    let file = Writer::new(false).page(gray(2, 1), &[(32997, LONG, &[3])], &[1, 2, 3, 4, 5, 6]);
    let message = open("a.tif", &file.finish()).unwrap_err().to_string();
    assert!(message.contains("3 slices in one page"), "{message}");
    let file = Writer::new(false).page(gray(2, 1), &[(32997, LONG, &[1])], &[1, 2]);
    assert_eq!(one(file.finish()).frames, [Samples::U8(vec![1, 2])]);
}

#[test]
fn transparency_lies_over_white_and_other_extras_are_told() {
    let page = |kind: u64| {
        let file = Writer::new(false).page(
            [1, 1, 8, RGB, 4],
            &[(338, SHORT, &[kind])],
            &[100, 0, 50, 51],
        );
        one(file.finish())
    };
    // Unassociated: 51 of 255 is a fifth. Associated: the colour is multiplied already.
    assert_eq!(page(2).frames, [Samples::Rgb8(vec![224, 204, 214])]);
    assert_eq!(page(1).frames, [Samples::Rgb8(vec![255, 204, 254])]);
    let unknown = page(0);
    assert_eq!(unknown.frames, [Samples::Rgb8(vec![100, 0, 50])]);
    assert_eq!(
        unknown.info.notes,
        ["Not shown: further values of each pixel, such as transparency (1)."]
    );
}

#[test]
fn imagej_stacks_with_one_directory_are_whole() {
    let description = "ImageJ=1.53t\nimages=3\nslices=3\nunit=micron\n";
    let mut file = Writer::new(true)
        .page([2, 1, 16, BLACK_IS_ZERO, 1], &[], &[0, 1, 0, 2])
        .described(description);
    file.tail = vec![0, 3, 0, 4, 1, 0, 2, 0];
    let series = one(file.finish());
    let want: [&[u16]; 3] = [&[1, 2], &[3, 4], &[256, 512]];
    assert_eq!(series.frames, want.map(|v| Samples::U16(v.to_vec())));
    assert_eq!(series.info.slices, 3);
    assert_eq!(series.info.spacing(0), None);
    assert_eq!(series.info.notes, Vec::<String>::new());
    // One that ends too early says so.
    let short = Writer::new(false)
        .page(gray(2, 1), &[], &[1, 2])
        .described(description);
    let series = one(short.finish());
    assert_eq!(series.frames, [Samples::U8(vec![1, 2])]);
    assert_eq!(
        series.info.notes,
        ["ImageJ wrote that this file holds 3 images; 1 are in it."]
    );
}

#[test]
fn lists_of_pages_that_run_in_circles_end() {
    let mut file = Writer::new(false)
        .page(gray(2, 1), &[], &[1, 2])
        .page(gray(2, 1), &[], &[3, 4])
        .finish();
    // The last page's list goes on at the first one's.
    let end = file.len() - 2 - 4;
    file[end..end + 4].copy_from_slice(&8_u32.to_le_bytes());
    let series = one(file);
    assert_eq!(series.frames.len(), 2);
    assert_eq!(
        series.info.notes,
        ["The list of pages breaks off after page 2; there may be more."]
    );
}

#[test]
fn damaged_files_are_told_and_never_panic() {
    let palette = vec![0_u64; 3 << 4];
    let planes: &[(u16, u16, &[u64])] = &[
        (284, SHORT, &[2]),
        (322, SHORT, &[16]),
        (323, SHORT, &[16]),
        (324, LONG, &[0, 256]),
        (325, LONG, &[256, 256]),
        (338, SHORT, &[2]),
        (254, LONG, &[0]),
        (330, LONG, &[8]),
    ];
    let files = [
        Writer::new(false).page([17, 3, 4, PALETTE, 1], &[(320, SHORT, &palette)], &[7; 27]),
        Writer::new(true).page([12, 14, 8, BLACK_IS_ZERO, 2], planes, &[9; 512]),
        Writer::new(false)
            .page(
                [3, 2, 16, BLACK_IS_ZERO, 1],
                &[(317, SHORT, &[2])],
                &[1; 12],
            )
            .described("ImageJ=1.53t\nimages=2\n"),
        Writer::new(true)
            .page([3, 2, 8, RGB, 3], &[(274, SHORT, &[6])], &[1; 18])
            .page([3, 2, 1, WHITE_IS_ZERO, 1], &[], &[1; 2]),
    ];
    for file in files {
        let file = file.finish();
        assert!(open("a.tif", &file).is_ok());
        for at in 0..file.len().min(420) {
            for value in [0, 1, 2, 0x10, 0x7f, 0x80, 0xff] {
                let mut damaged = file.clone();
                damaged[at] = value;
                let limits = Limits {
                    bytes: 1 << 20,
                    files: 1,
                };
                let mut opener = Opener::new(limits);
                opener.add("a.tif", damaged.clone());
                let opened = opener.finish();
                assert!(!opened.series.is_empty() || !opened.problems.is_empty());
                // The other way in has no budget of its own.
                let _ = unimed_imaging::decode_with_limit(&damaged, 1 << 16);
            }
        }
    }
}

/// Wrapped streams of the conformance set, as their own files have them: with whole components, subsampled ones, and a scan a
/// component, which is where the decoder that the `tiff` crate brings along (zune-jpeg 0.5.15) goes wrong without an error.
#[test]
fn jpeg_inside_has_the_numbers_of_the_picture() {
    const YCBCR: u64 = 6;
    let set = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/conformance/set/jpeg");
    for name in [
        "jpeg-444-one-scan",
        "jpeg-420-one-scan",
        "jpeg-420-one-scan-a-component",
        "jpeg-422-progressive",
    ] {
        let folder = std::path::Path::new(set).join(name);
        let file = std::fs::read_dir(folder).expect("a folder").next();
        let bytes = std::fs::read(file.expect("a file").expect("is there").path()).expect("reads");
        let picture = decode(&bytes).expect("a JPEG").image;
        let page = [picture.width as u64, picture.height as u64, 8, YCBCR, 3];
        let compression: (u16, u16, &[u64]) = (259, SHORT, &[7]);
        let whole = Writer::new(false).page(page, &[compression], &bytes);
        assert_eq!(
            one(whole.finish()).frames,
            [Samples::Rgb8(picture.pixels)],
            "{name}"
        );
        let cut = Writer::new(false).page(page, &[compression], &bytes[..bytes.len() / 2]);
        open("a.tif", &cut.finish()).expect_err("half a stream");
        let wider = [page[0] + 8, page[1], 8, YCBCR, 3];
        let wider = Writer::new(false).page(wider, &[compression], &bytes);
        open("a.tif", &wider.finish()).expect_err("a stream that is too small");
    }
}

/// Wrong from November 29 on for a few hours: each line came component after component.
#[test]
fn jpeg_samples_that_are_stored_as_they_are_come_pixel_by_pixel() {
    // What is near: red, green and blue of the pixels at (7, 5) and (33, 20), of which the files were made.
    let cases = [
        (
            &include_bytes!("data/tiff/jpeg-rgb.tif")[..],
            [[42, 205, 36], [198, 55, 159]],
        ),
        // (255 - ink) (255 - black) / 255, as Pillow converts.
        (
            &include_bytes!("data/tiff/jpeg-cmyk.tif")[..],
            [[197, 46, 202], [38, 132, 64]],
        ),
    ];
    for (file, pixels) in cases {
        let series = one(file);
        let image = series.rgb(0, &series.info.first_voi(0)).expect("draws");
        for (at, expected) in [(7, 5), (33, 20)].into_iter().zip(pixels) {
            let start = 3 * (at.1 * image.width + at.0);
            let found = &image.pixels[start..start + 3];
            let near = found
                .iter()
                .zip(expected)
                .all(|(&a, b)| i32::from(a).abs_diff(b) <= 6);
            assert!(near, "{found:?} instead of {expected:?} at {at:?}");
        }
    }
}
