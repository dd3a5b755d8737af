//! The smallest DICOM file around what a target is about, so that the fuzzer spends its time there.

#[expect(dead_code, reason = "the tests of imaging use the rest of it")]
#[path = "../../../imaging/tests/support/elements.rs"]
mod elements;

/// The Image Pixel module (PS3.3, C.7.6.3).
#[derive(Debug, Clone, Copy)]
pub(super) struct ImagePixel {
    columns: u16,
    rows: u16,
    samples: u16,
    bits: u16,
    photometric: &'static str,
}

impl ImagePixel {
    pub(super) const fn grey(columns: u16, rows: u16, bits: u16) -> Self {
        Self {
            columns,
            rows,
            samples: 1,
            bits,
            photometric: "MONOCHROME2",
        }
    }

    pub(super) const fn palette(columns: u16, rows: u16) -> Self {
        Self {
            photometric: "PALETTE COLOR",
            ..Self::grey(columns, rows, 8)
        }
    }

    pub(super) const fn color(columns: u16, rows: u16, photometric: &'static str) -> Self {
        Self {
            columns,
            rows,
            samples: 3,
            bits: 8,
            photometric,
        }
    }
}

/// Columns, rows, components and depth of a JPEG 2000 code stream (ITU-T T.800, A.5.1), as its SIZ segment has them.
pub(super) fn size_of_code_stream(bytes: &[u8]) -> Option<ImagePixel> {
    let at = bytes.windows(2).position(|pair| pair == [0xff, 0x51])?;
    let word = |offset: usize| {
        let bytes = bytes.get(at + offset..at + offset + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let side = |offset: usize| u16::try_from(word(offset)?.checked_sub(word(offset + 8)?)?).ok();
    let (columns, rows) = (side(6)?, side(10)?);
    // Whole frames are compared elsewhere; here many small ones are better than few large ones.
    if u32::from(columns) * u32::from(rows) > 1 << 16 {
        return None;
    }
    let samples = u16::from_be_bytes([*bytes.get(at + 38)?, *bytes.get(at + 39)?]);
    let depth = u16::from(*bytes.get(at + 40)? & 0x7f) + 1;
    Some(match samples {
        3 => ImagePixel::color(columns, rows, "YBR_RCT"),
        _ => ImagePixel::grey(columns, rows, if depth > 8 { 16 } else { 8 }),
    })
}

/// A file of one compressed frame in the transfer syntax.
pub(super) fn compressed(syntax: &str, image: &ImagePixel, frame: &[u8]) -> Vec<u8> {
    DataSet::new(syntax).encapsulated(image, frame)
}

/// A file under way: elements in the order of their tags.
#[derive(Debug)]
pub(super) struct DataSet(Vec<u8>);

impl DataSet {
    fn new(syntax: &str) -> Self {
        let mut uid = syntax.as_bytes().to_vec();
        uid.resize(uid.len().next_multiple_of(2), 0);
        Self(elements::file(&uid, Vec::new()))
    }

    /// Explicit VR Little Endian, uncompressed.
    pub(super) fn explicit() -> Self {
        Self::new("1.2.840.10008.1.2.1")
    }

    /// One more element.
    pub(super) fn element(mut self, tag: [u16; 2], vr: &[u8; 2], value: &[u8]) -> Self {
        self.0.extend(elements::element(tag[0], tag[1], vr, value));
        self
    }

    /// The Image Pixel module but for its pixels.
    fn image(self, image: &ImagePixel) -> Self {
        let rest = self.0;
        let module = Self(Vec::new())
            .us(0x0002, image.samples)
            .element([0x0028, 0x0004], b"CS", image.photometric.as_bytes())
            .us(0x0006, 0)
            .us(0x0010, image.rows)
            .us(0x0011, image.columns)
            .us(0x0100, image.bits)
            .us(0x0101, image.bits)
            .us(0x0102, image.bits - 1)
            .us(0x0103, 0);
        Self([rest, module.0].concat())
    }

    fn us(self, element: u16, value: u16) -> Self {
        self.element([0x0028, element], b"US", &value.to_le_bytes())
    }

    /// The file with its pixels as they are.
    pub(super) fn native(self, image: &ImagePixel, pixels: &[u8]) -> Vec<u8> {
        self.image(image).element([0x7fe0, 0x0010], b"OW", pixels).0
    }

    /// The file with one fragment.
    fn encapsulated(self, image: &ImagePixel, fragment: &[u8]) -> Vec<u8> {
        let mut file = self.image(image).0;
        file.extend(b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff");
        file.extend(b"\xfe\xff\x00\xe0\0\0\0\0");
        file.extend(b"\xfe\xff\x00\xe0");
        let length = fragment.len().next_multiple_of(2);
        file.extend((length as u32).to_le_bytes());
        file.extend(fragment);
        file.resize(file.len() + length - fragment.len(), 0);
        file.extend(b"\xfe\xff\xdd\xe0\0\0\0\0");
        file
    }
}
