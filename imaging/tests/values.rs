//! Values that depend on several attributes of a DICOM file, from its bytes to what is shown.

mod support;

use support::elements::{element, file, item};
use unimed_imaging::{Rescale, SampleKind, Samples, Series, Voi, open};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const EXPLICIT: &[u8] = b"1.2.840.10008.1.2.1";
const IMPLICIT: &[u8] = b"1.2.840.10008.1.2";
const JPEG_LS: &[u8] = b"1.2.840.10008.1.2.4.80";

/// An unsigned short of group 0028.
fn short(number: u16, value: u16) -> Vec<u8> {
    element(0x0028, number, b"US", &value.to_le_bytes())
}

/// A text of group 0028.
fn text(number: u16, vr: &[u8; 2], value: &str) -> Vec<u8> {
    element(0x0028, number, vr, value.as_bytes())
}

/// A grey image of one row.
struct Grey {
    columns: u16,
    allocated: u16,
    stored: u16,
    signed: bool,
    photometric: &'static str,
    pixels: Vec<u8>,
    more: Vec<Vec<u8>>,
}

impl Grey {
    /// Of 16-bit numbers.
    fn words(stored: u16, signed: bool, pixels: &[i32], more: &[Vec<u8>]) -> Self {
        Self {
            columns: pixels.len() as u16,
            allocated: 16,
            stored,
            signed,
            photometric: "MONOCHROME2",
            pixels: pixels
                .iter()
                .flat_map(|p| (*p as u16).to_le_bytes())
                .collect(),
            more: more.to_vec(),
        }
    }

    fn elements(&self) -> Vec<Vec<u8>> {
        let mut elements = vec![
            short(0x0002, 1),
            text(0x0004, b"CS", self.photometric),
            short(0x0010, 1),
            short(0x0011, self.columns),
            short(0x0100, self.allocated),
            short(0x0101, self.stored),
            short(0x0102, self.stored - 1),
            short(0x0103, u16::from(self.signed)),
            element(0x7fe0, 0x0010, b"OW", &self.pixels),
        ];
        elements.extend_from_slice(&self.more);
        elements
    }

    fn open(&self) -> Series {
        only(&file(EXPLICIT, self.elements()))
    }

    /// The same without value representations.
    fn open_implicit(&self) -> Series {
        let elements = self.elements();
        only(&file(
            IMPLICIT,
            elements.iter().map(|e| implicit(e)).collect(),
        ))
    }
}

fn only(bytes: &[u8]) -> Series {
    let mut all = open("a.dcm", bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// An explicit element as an implicit one; those of sequences have only items of lengths.
fn implicit(element: &[u8]) -> Vec<u8> {
    let long = matches!(&element[4..6], b"OB" | b"OW" | b"SQ" | b"UN");
    let value = if long { &element[12..] } else { &element[8..] };
    let mut inner = Vec::new();
    if &element[4..6] == b"SQ" {
        // One item of two or three elements with short or long lengths.
        let (mut at, mut elements) = (8, Vec::new());
        while at < value.len() {
            let length = if &value[at + 4..at + 6] == b"OW" {
                12 + u32::from_le_bytes(value[at + 8..at + 12].try_into().expect("four bytes"))
                    as usize
            } else {
                8 + usize::from(u16::from_le_bytes([value[at + 6], value[at + 7]]))
            };
            elements.push(implicit(&value[at..at + length]));
            at += length;
        }
        inner = item(&elements);
    }
    let value = if inner.is_empty() { value } else { &inner };
    let mut bytes = element[..4].to_vec();
    bytes.extend((value.len() as u32).to_le_bytes());
    bytes.extend(value);
    bytes
}

/// A lookup table sequence of one item.
fn table(sequence: u16, vr: &[u8; 2], [entries, first, bits]: [i32; 3], data: &[u16]) -> Vec<u8> {
    let words = |values: &[u16]| {
        values
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let descriptor = [entries as u16, first as u16, bits as u16];
    let item = item(&[
        element(0x0028, 0x3002, vr, &words(&descriptor)),
        element(0x0028, 0x3006, b"OW", &words(data)),
    ]);
    element(0x0028, sequence, b"SQ", &item)
}

/// The greys of the first frame in its first window.
fn shown(series: &Series) -> Vec<u8> {
    let image = series.rgb(0, &series.info.first_voi(0)).expect("a frame");
    image.pixels.iter().step_by(3).copied().collect()
}

fn values(series: &Series) -> Vec<f64> {
    let columns = 0..series.info.width;
    columns.filter_map(|x| series.value(0, x, 0)).collect()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_voi_table_begins_at_a_negative_number_where_rescaled_values_can_be_negative() {
    let rescale = [text(0x1052, b"DS", "-1024"), text(0x1053, b"DS", "1")];
    // From -1024 on: 0, 100, 200, 255.
    for vr in [b"US", b"SS"] {
        let voi = table(0x3010, vr, [4, -1024, 8], &[0, 100, 200, 255]);
        let more = [rescale.as_slice(), &[voi]].concat();
        let ct = Grey::words(12, false, &[0, 1, 2, 3, 4000], &more);
        for series in [ct.open(), ct.open_implicit()] {
            assert_eq!(values(&series)[..2], [-1024.0, -1023.0]);
            assert_eq!(shown(&series), [0, 100, 200, 255, 255]);
        }
        // Signed pixels that the rescale makes unsigned: the same bits are 64 512.
        let rescale = [text(0x1052, b"DS", "32768"), text(0x1053, b"DS", "1")];
        let voi = table(0x3010, vr, [4, 64_512, 8], &[0, 100, 200, 255]);
        let more = [rescale.as_slice(), &[voi]].concat();
        let series = Grey::words(16, true, &[-32_768, 31_743, 31_745, 32_767], &more).open();
        assert_eq!(values(&series)[1..3], [64_511.0, 64_513.0]);
        assert_eq!(shown(&series), [0, 0, 100, 255]);
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_modality_table_takes_the_sign_of_the_pixels_and_gives_none() {
    let modality = table(0x3000, b"US", [4, -2, 16], &[7, 40_000, 40_001, 65_535]);
    let voi = table(0x3010, b"SS", [2, 40_000, 8], &[50, 255]);
    let more = [modality, voi];
    let series = Grey::words(12, true, &[-2, -1, 0, 1], &more).open_implicit();
    assert_eq!(values(&series), [7.0, 40_000.0, 40_001.0, 65_535.0]);
    assert_eq!(series.info.range, (7.0, 65_535.0));
    assert_eq!(shown(&series), [50, 50, 255, 255]);
    // Unsigned pixels and a descriptor that says -2: 65 534.
    let modality = table(0x3000, b"SS", [2, -2, 16], &[9, 11]);
    let series = Grey::words(16, false, &[0, 65_534, 65_535], &[modality]).open();
    assert_eq!(values(&series), [9.0, 9.0, 11.0]);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn tables_of_65536_entries_and_of_packed_bytes_are_read() {
    let all: Vec<u16> = (0..=u16::MAX).rev().collect();
    let whole = table(0x3010, b"US", [0, 0, 16], &all[..65_530]);
    let series = Grey::words(16, false, &[0, 65_535], &[whole]).open();
    // Six entries short: the last one stands for what is beyond.
    let Voi::Table(table_read) = series.info.first_voi(0) else {
        panic!("no table");
    };
    assert_eq!((table_read.values.len(), table_read.first), (65_530, 0));
    let packed = table(0x3010, b"US", [4, 10, 8], &[0x6400, 0xffc8]);
    let series = Grey::words(8, false, &[9, 10, 11, 12, 13, 14], &[packed]).open();
    assert_eq!(shown(&series), [0, 0, 100, 200, 255, 255]);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_modality_transform_of_xa_and_xrf_is_not_shown() {
    let class = |uid: &str| element(0x0008, 0x0016, b"UI", format!("{uid}\0").as_bytes());
    let lut = table(0x3000, b"US", [4, 0, 16], &[0, 10_000, 30_000, 65_535]);
    let rescale = [text(0x1052, b"DS", "100"), text(0x1053, b"DS", "2")].concat();
    let window = [text(0x1050, b"DS", "2"), text(0x1051, b"DS", "4")].concat();
    for transform in [lut, rescale] {
        for (uid, stored) in [
            ("1.2.840.10008.5.1.4.1.1.12.1", true),
            ("1.2.840.10008.5.1.4.1.1.12.2", true),
            ("1.2.840.10008.5.1.4.1.1.12.3", true),
            // Enhanced XA, DX
            ("1.2.840.10008.5.1.4.1.1.12.1.1", false),
            ("1.2.840.10008.5.1.4.1.1.1.1", false),
        ] {
            let more = [class(uid), transform.clone(), window.clone()];
            let series = Grey::words(10, false, &[0, 1, 2, 3], &more).open();
            assert_eq!(values(&series) == [0.0, 1.0, 2.0, 3.0], stored, "{uid}");
            assert_eq!(shown(&series) == [0, 85, 170, 255], stored, "{uid}");
            assert_eq!(series.info.rescale == Rescale::IDENTITY, stored, "{uid}");
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn padding_is_known_by_the_sign_of_the_pixels_and_left_out() {
    let rescale = [text(0x1052, b"DS", "0"), text(0x1053, b"DS", "1")].concat();
    for (signed, padding, limit, want) in [
        (true, 63_536, None, [-2000.0, -2000.0]),
        (true, 63_536, Some(63_486), [-2050.0, -2000.0]),
        (false, 4095, None, [4095.0, 4095.0]),
        (false, 0, Some(7), [0.0, 7.0]),
    ] {
        let mut more = vec![rescale.clone(), short(0x0120, padding)];
        more.extend(limit.map(|limit| short(0x0121, limit)));
        let pixels = [want[0] as i32, want[1] as i32, 20, 30, 40];
        let series = Grey::words(16, signed, &pixels, &more).open();
        assert_eq!(series.info.frames[0].padding, Some(want));
        assert_eq!(series.info.range, (20.0, 40.0));
        let window = series.info.first_voi(0).to_window();
        assert_eq!((window.center, window.width), (30.0, 20.0));
        let frame = &series.info.frames[0];
        let padded = values(&series)
            .iter()
            .filter(|v| frame.is_padding(**v))
            .count();
        assert_eq!(padded, 2);
    }
    let plain = Grey::words(16, true, &[1, 2], &[]).open();
    assert_eq!(plain.info.frames[0].padding, None);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn slopes_and_windows_hold_with_their_partners_only() {
    for (more, note) in [
        (vec![text(0x1053, b"DS", "2")], "without an Intercept"),
        (vec![text(0x1052, b"DS", "2")], "without an Intercept"),
        (
            vec![text(0x1052, b"DS", "2"), text(0x1053, b"DS", "0")],
            "Rescale Slope of this file is 0",
        ),
    ] {
        let series = Grey::words(12, false, &[5, 6], &more).open();
        assert_eq!(values(&series), [5.0, 6.0]);
        assert!(
            series.info.notes[0].contains(note),
            "{:?}",
            series.info.notes
        );
    }
    let more = [
        text(0x1050, b"DS", "\\40\\7\\9"),
        text(0x1051, b"DS", "100\\400\\0"),
        text(0x1055, b"LO", "A\\B"),
    ];
    let series = Grey::words(12, false, &[5, 6], &more).open();
    let windows: Vec<_> = series.info.voi.iter().map(Voi::to_window).collect();
    let [window] = windows.as_slice() else {
        panic!("{windows:?}");
    };
    assert_eq!(
        (window.name.as_str(), window.center, window.width),
        ("B", 40.0, 400.0)
    );
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn whole_numbers_of_32_bits_and_doubles_are_exact() {
    let wide = |pixels: &[u32], signed| Grey {
        columns: pixels.len() as u16,
        allocated: 32,
        stored: 32,
        signed,
        pixels: pixels.iter().flat_map(|p| p.to_le_bytes()).collect(),
        ..Grey::words(16, false, &[], &[])
    };
    let series = wide(&[1, 16_777_217, 4_294_967_295], false).open();
    assert_eq!(series.info.kind, SampleKind::F64);
    assert_eq!(values(&series), [1.0, 16_777_217.0, 4_294_967_295.0]);
    let series = wide(&[1, 16_777_217, 4_294_967_295], true).open();
    assert_eq!(values(&series), [1.0, 16_777_217.0, -1.0]);
    let series = wide(&[1, 16_777_216], false).open();
    assert_eq!(series.info.kind, SampleKind::F32);
    // Double Float Pixel Data.
    let mut doubles = wide(&[0, 0], false).elements();
    doubles.pop();
    let bytes: Vec<u8> = [0.1, 1e300]
        .iter()
        .flat_map(|x: &f64| x.to_le_bytes())
        .collect();
    doubles.extend([short(0x0100, 64), element(0x7fe0, 0x0009, b"OD", &bytes)]);
    let series = only(&file(EXPLICIT, doubles));
    assert_eq!(series.frames[0], Samples::F64(vec![0.1, 1e300]));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn slices_of_different_rescale_are_exact() {
    let slice = |number: u8, slope: &str| {
        let number = number.to_string();
        let more = [
            element(0x0020, 0x000e, b"UI", b"1.2.3"),
            element(0x0020, 0x0013, b"IS", number.as_bytes()),
            text(0x1052, b"DS", "0"),
            text(0x1053, b"DS", slope),
            short(0x0120, 0),
        ];
        file(
            EXPLICIT,
            Grey::words(16, false, &[0, 3, 65_535], &more).elements(),
        )
    };
    let mut opener = unimed_imaging::Opener::new(unimed_imaging::Limits::default());
    opener.add("1.dcm", slice(1, "0.1"));
    opener.add("2.dcm", slice(2, "0.5"));
    let opened = opener.finish();
    let series = &opened.series[0];
    assert_eq!(
        series.frames[0],
        Samples::F64(vec![0.0, 3.0 * 0.1, 65_535.0 * 0.1])
    );
    assert_eq!(series.frames[1], Samples::F64(vec![0.0, 1.5, 32_767.5]));
    assert_eq!(series.info.range, (3.0 * 0.1, 32_767.5));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn chroma_that_says_half_and_is_whole_is_read_by_its_length() {
    let ybr = |columns: u16, rows: u16, pixels: &[u8]| {
        let elements = vec![
            short(0x0002, 3),
            text(0x0004, b"CS", "YBR_FULL_422"),
            short(0x0006, 0),
            short(0x0010, rows),
            short(0x0011, columns),
            short(0x0100, 8),
            short(0x0101, 8),
            short(0x0102, 7),
            short(0x0103, 0),
            element(0x7fe0, 0x0010, b"OB", pixels),
        ];
        let Samples::Rgb8(colors) = only(&file(EXPLICIT, elements)).frames.remove(0) else {
            panic!("no colour");
        };
        colors.iter().step_by(3).copied().collect::<Vec<u8>>()
    };
    // Red is luma and 1.402 times what chroma is above 128: 0 and 140.
    let whole = [10, 128, 128, 20, 128, 228, 30, 128, 128, 40, 128, 228];
    assert_eq!(ybr(2, 2, &whole), [10, 160, 30, 180]);
    assert_eq!(
        ybr(2, 2, &[10, 20, 128, 128, 30, 40, 128, 228]),
        [10, 20, 170, 180]
    );
    // Three columns: pairs that go on in the next row, pairs that end with the row, whole chroma.
    let pairs = [10, 20, 128, 128, 30, 40, 128, 228, 50, 60, 128, 128];
    assert_eq!(ybr(3, 2, &pairs), [10, 20, 170, 180, 50, 60]);
    let rows = [
        10, 20, 128, 128, 30, 0, 128, 228, 40, 50, 128, 128, 60, 0, 128, 228,
    ];
    assert_eq!(ybr(3, 2, &rows), [10, 20, 170, 40, 50, 200]);
    let whole = [10, 128, 128, 20, 128, 228, 30, 128, 128];
    assert_eq!(ybr(3, 1, &whole), [10, 160, 30]);
    // A frame of an odd number of pixels ends with half a pair.
    let odd = [10, 20, 128, 128, 30, 0, 128, 228];
    assert_eq!(ybr(3, 1, &odd), [10, 20, 170]);
}

/// 8 x 8 numbers, of which the first eight are 0x0fff, 0xffff, 0x0800, 0x07ff, 0, 1, 100, 0x1234 and all others 0, as
/// CharLS codes them with 16 bits.
const OF_16_BITS: &[u8] = &[
    0xff, 0xd8, 0xff, 0xf7, 0x00, 0x0b, 0x10, 0x00, 0x08, 0x00, 0x08, 0x01, 0x01, 0x11, 0x00, 0xff,
    0xf8, 0x00, 0x0d, 0x01, 0xff, 0xff, 0x00, 0x12, 0x00, 0x43, 0x01, 0x14, 0x00, 0x40, 0xff, 0xda,
    0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x50, 0x08, 0x00, 0x80, 0x1c, 0x00,
    0x9f, 0xfc, 0x80, 0x0c, 0xc5, 0x00, 0xf3, 0xe0, 0x3f, 0xe8, 0x0f, 0xff, 0x00, 0x10, 0x02, 0x00,
    0x40, 0x19, 0x8a, 0x01, 0xe7, 0xe0, 0x07, 0xff, 0x7c, 0xff, 0xd9, 0x00,
];
/// The same with the lower 12 bits of each.
const OF_12_BITS: &[u8] = &[
    0xff, 0xd8, 0xff, 0xf7, 0x00, 0x0b, 0x0c, 0x00, 0x08, 0x00, 0x08, 0x01, 0x01, 0x11, 0x00, 0xff,
    0xda, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x40, 0x80, 0x00, 0x00, 0x00, 0x00, 0x3f,
    0xfb, 0x00, 0x07, 0xfc, 0x41, 0x11, 0x40, 0x00, 0xbf, 0x0a, 0x04, 0x08, 0x10, 0x20, 0x88, 0xa0,
    0x00, 0x5f, 0x81, 0xff, 0x7f, 0xff, 0xd9, 0x00,
];

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn compressed_samples_have_the_bits_and_the_sign_that_the_header_says() {
    let read = |stream: &[u8], stored: u16, signed: bool| {
        let mut pixels = vec![0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0x00, 0xe0];
        pixels.extend((stream.len() as u32).to_le_bytes());
        pixels.extend(stream);
        pixels.extend([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
        let mut elements = Grey::words(stored, signed, &[0; 8], &[]).elements();
        elements.pop();
        elements.push(short(0x0010, 8));
        let mut data = element(0x7fe0, 0x0010, b"OB", &pixels);
        data[8..12].copy_from_slice(&[0xff; 4]);
        elements.push(data);
        values(&only(&file(JPEG_LS, elements)))
    };
    let low = [4095.0, 4095.0, 2048.0, 2047.0, 0.0, 1.0, 100.0, 564.0];
    let negative = [-1.0, -1.0, -2048.0, 2047.0, 0.0, 1.0, 100.0, 564.0];
    assert_eq!(read(OF_16_BITS, 12, false), low);
    assert_eq!(read(OF_16_BITS, 12, true), negative);
    let all = [4095.0, -1.0, 2048.0, 2047.0, 0.0, 1.0, 100.0, 4660.0];
    assert_eq!(read(OF_16_BITS, 16, true), all);
    assert_eq!(read(OF_12_BITS, 12, true), negative);
    // Twelve bits cannot hold the sign of sixteen.
    assert_eq!(read(OF_12_BITS, 16, true), low);
    assert_eq!(read(OF_12_BITS, 16, false), low);
}
