//! Targets for the readers of images. Each takes any bytes, and must neither panic, hang nor ask for more memory than
//! [`LIMITS`] allows.

mod wrapper;

use unimed_imaging::report::{Report, dumps};
use unimed_imaging::{
    ImagingError, Limits, Opened, Opener, decode_with_limit, jpeg_lossless, jpegls, probe,
};

use wrapper::{DataSet, ImagePixel};

/// A target: its name, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this crate, in the order of their names.
pub const TARGETS: [Target; 11] = [
    ("archive", archive),
    ("charset", charset),
    ("dicom", dicom),
    ("jpeg_2000", jpeg_2000),
    ("jpegls", jpegls),
    ("lossless_jpeg", lossless_jpeg),
    ("nifti", nifti),
    ("palette", palette),
    ("picture", picture),
    ("rle", rle),
    ("tiff", tiff),
];

/// Little enough that a run in the limits of a fuzzer says something about memory.
const LIMITS: Limits = Limits {
    bytes: 16 << 20,
    files: 64,
};
/// Larger pictures are decoded like smaller ones, and only take longer.
const MAX_PIXELS: u64 = 1 << 20;

/// Opens a file and asks for all that a viewer would: header, values, frames as shown, planes.
fn open(bytes: &[u8]) {
    let mut opener = Opener::new(LIMITS);
    opener.add("input", bytes);
    examine(&opener.finish());
}

fn examine(opened: &Opened) {
    for problem in &opened.problems {
        assert!(!problem.error.to_string().is_empty());
    }
    let report = Report::of(opened);
    assert_eq!(report.series.len(), opened.series.len());
    let _ = report.table();
    for (number, series) in opened.series.iter().enumerate() {
        for frame in &series.frames {
            frame
                .check(series.info.width, series.info.height)
                .expect("frames have the size of their series");
        }
        let drawn = dumps(number, series, |dump| {
            assert!(!dump.bytes.is_empty());
            Ok::<(), ImagingError>(())
        });
        drawn.expect("what was opened can be drawn");
    }
}

/// A DICOM file (PS3.10), with its preamble or without.
pub fn dicom(bytes: &[u8]) {
    open(bytes);
}

/// NIfTI-1, NIfTI-2 or Analyze, as it is or in gzip.
pub fn nifti(bytes: &[u8]) {
    open(bytes);
}

/// TIFF, read for the viewer (every page, with its depth) and for the model (8-bit colour).
pub fn tiff(bytes: &[u8]) {
    if matches!(bytes, [b'I', b'I', ..] | [b'M', b'M', ..]) {
        picture(bytes);
    }
}

/// PNG, JPEG, WebP or BMP, read for the viewer and for the model.
pub fn picture(bytes: &[u8]) {
    let said = probe(bytes);
    if let Ok(decoded) = decode_with_limit(bytes, MAX_PIXELS) {
        let header = said.expect("what decodes has a header");
        assert!(header.width > 0 && header.height > 0);
        let image = decoded.image;
        assert_eq!(image.pixels.len(), 3 * image.width * image.height);
    }
    open(bytes);
}

/// ZIP and gzip, in each other.
pub fn archive(bytes: &[u8]) {
    if matches!(bytes, [b'P', b'K', ..] | [0x1f, 0x8b, ..]) {
        open(bytes);
    }
}

/// Text in a Specific Character Set: the first line is the attribute's value, the rest a name, a description and a
/// paragraph.
pub fn charset(bytes: &[u8]) {
    let end = bytes.iter().position(|b| *b == b'\n');
    let (terms, text) = bytes.split_at(end.unwrap_or(bytes.len()));
    let text = text.get(1..).unwrap_or_default();
    // As long as the length of a short value representation can say (PS3.5, 7.1.2).
    let [terms, text] = [terms, text].map(|value| &value[..value.len().min(65_534)]);
    let image = ImagePixel::grey(1, 1, 8);
    let file = DataSet::explicit()
        .element([0x0008, 0x0005], b"CS", terms)
        .element([0x0008, 0x103e], b"LO", text)
        .element([0x0010, 0x0010], b"PN", text)
        .element([0x0020, 0x4000], b"LT", text)
        .native(&image, &[7]);
    open(&file);
}

/// A JPEG 2000 code stream as the only frame of a DICOM file whose header agrees with the stream's own size.
pub fn jpeg_2000(bytes: &[u8]) {
    let image = wrapper::size_of_code_stream(bytes).unwrap_or(ImagePixel::grey(8, 8, 8));
    open(&wrapper::compressed(
        "1.2.840.10008.1.2.4.91",
        &image,
        bytes,
    ));
}

/// A JPEG-LS stream by itself.
pub fn jpegls(bytes: &[u8]) {
    stream(
        bytes,
        |bytes| {
            let header = jpegls::read_header(bytes).ok()?;
            Some([header.width, header.height, header.components])
        },
        |bytes| jpegls::decode(bytes).ok(),
    );
}

/// A lossless JPEG stream by itself.
pub fn lossless_jpeg(bytes: &[u8]) {
    stream(
        bytes,
        |bytes| {
            let header = jpeg_lossless::read_header(bytes).ok()?;
            Some([header.width, header.height, header.components])
        },
        |bytes| jpeg_lossless::decode(bytes).ok(),
    );
}

/// Decodes a stream whose header claims columns, rows and components that fit into the limits.
fn stream(
    bytes: &[u8],
    size: impl Fn(&[u8]) -> Option<[usize; 3]>,
    decode: impl Fn(&[u8]) -> Option<Vec<u16>>,
) {
    let Some([width, height, components]) = size(bytes) else {
        // What has no readable header has no samples; nothing was asked for on the way.
        assert_eq!(decode(bytes), None);
        return;
    };
    assert!(width > 0 && height > 0 && components > 0);
    let count = width as u64 * height as u64 * components as u64;
    if count <= MAX_PIXELS
        && let Some(samples) = decode(bytes)
    {
        assert_eq!(samples.len() as u64, count);
    }
}

/// RLE (PS3.5, annex G): the first byte chooses among five pixel formats, the rest is the frame of 16 x 16 pixels.
pub fn rle(bytes: &[u8]) {
    let Some((form, frame)) = bytes.split_first() else {
        return;
    };
    let image = match form % 5 {
        0 => ImagePixel::grey(16, 16, 8),
        1 => ImagePixel::grey(16, 16, 16),
        2 => ImagePixel::grey(16, 16, 32),
        3 => ImagePixel::color(16, 16, "RGB"),
        _ => ImagePixel::color(16, 16, "YBR_FULL"),
    };
    open(&wrapper::compressed("1.2.840.10008.1.2.5", &image, frame));
}

/// A segmented palette (PS3.3, C.7.9.2): four bytes for the descriptor, the rest is every channel's segments.
pub fn palette(bytes: &[u8]) {
    let Some((&[a, b, c, d], segments)) = bytes.split_first_chunk::<4>() else {
        return;
    };
    let bits = if d % 2 == 0 { 8 } else { 16 };
    let descriptor = [a, b, c, d / 2, bits, 0];
    let mut set = DataSet::explicit();
    for channel in 1..=3 {
        set = set
            .element([0x0028, 0x1100 + channel], b"US", &descriptor)
            .element([0x0028, 0x1220 + channel], b"OW", segments);
    }
    let image = ImagePixel::palette(16, 16);
    let indices: Vec<u8> = (0..=255).collect();
    open(&set.native(&image, &indices));
}
