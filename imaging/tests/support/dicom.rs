//! Writes small DICOM files (PS3.10, Explicit VR Little Endian), so that a test can state every value that matters.

use std::collections::BTreeMap;

/// A data set: elements by tag, encoded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Set(BTreeMap<(u16, u16), ([u8; 2], Vec<u8>)>);

impl Set {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn put(mut self, tag: (u16, u16), vr: &str, mut value: Vec<u8>) -> Self {
        if value.len() % 2 == 1 {
            value.push(if vr == "UI" || vr == "OB" { 0 } else { b' ' });
        }
        let vr = vr.as_bytes();
        self.0.insert(tag, ([vr[0], vr[1]], value));
        self
    }

    /// Text of any value representation; several values are divided by backslashes.
    pub(crate) fn text(self, tag: (u16, u16), vr: &str, value: &str) -> Self {
        self.put(tag, vr, value.as_bytes().to_vec())
    }

    /// US.
    pub(crate) fn us(self, tag: (u16, u16), values: &[u16]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.put(tag, "US", bytes)
    }

    /// UL.
    pub(crate) fn ul(self, tag: (u16, u16), values: &[u32]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.put(tag, "UL", bytes)
    }

    /// SL.
    pub(crate) fn sl(self, tag: (u16, u16), values: &[i32]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.put(tag, "SL", bytes)
    }

    /// FD.
    pub(crate) fn fl(self, tag: (u16, u16), values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.put(tag, "FL", bytes)
    }

    pub(crate) fn fd(self, tag: (u16, u16), values: &[f64]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.put(tag, "FD", bytes)
    }

    /// AT.
    pub(crate) fn at(self, tag: (u16, u16), values: &[(u16, u16)]) -> Self {
        let bytes = values.iter().flat_map(|(group, element)| {
            let [a, b] = group.to_le_bytes();
            let [c, d] = element.to_le_bytes();
            [a, b, c, d]
        });
        let bytes = bytes.collect();
        self.put(tag, "AT", bytes)
    }

    /// DS.
    pub(crate) fn ds(self, tag: (u16, u16), values: &[f64]) -> Self {
        let texts: Vec<String> = values.iter().map(f64::to_string).collect();
        self.text(tag, "DS", &texts.join("\\"))
    }

    /// A sequence, its items of defined length.
    pub(crate) fn items(self, tag: (u16, u16), items: &[Self]) -> Self {
        let mut value = Vec::new();
        for item in items {
            let bytes = item.bytes();
            value.extend([0xfe, 0xff, 0x00, 0xe0]);
            value.extend((bytes.len() as u32).to_le_bytes());
            value.extend(bytes);
        }
        self.put(tag, "SQ", value)
    }

    /// Rows, columns and frames of unsigned 16-bit grey.
    pub(crate) fn grey(self, columns: u16, rows: u16, pixels: &[u16]) -> Self {
        let frames = pixels.len() / (usize::from(columns) * usize::from(rows));
        let bytes: Vec<u8> = pixels.iter().flat_map(|v| v.to_le_bytes()).collect();
        let set = self
            .us((0x0028, 0x0002), &[1])
            .us((0x0028, 0x0010), &[rows])
            .us((0x0028, 0x0011), &[columns])
            .us((0x0028, 0x0100), &[16])
            .us((0x0028, 0x0101), &[16])
            .us((0x0028, 0x0102), &[15])
            .us((0x0028, 0x0103), &[0])
            .put((0x7fe0, 0x0010), "OW", bytes);
        let set = if set.0.contains_key(&(0x0028, 0x0004)) {
            set
        } else {
            set.text((0x0028, 0x0004), "CS", "MONOCHROME2")
        };
        if frames > 1 {
            set.text((0x0028, 0x0008), "IS", &frames.to_string())
        } else {
            set
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for ((group, element), (vr, value)) in &self.0 {
            out.extend(group.to_le_bytes());
            out.extend(element.to_le_bytes());
            out.extend(vr);
            if matches!(vr, b"OB" | b"OW" | b"SQ" | b"UN" | b"UT" | b"OF" | b"OD") {
                out.extend([0, 0]);
                out.extend((value.len() as u32).to_le_bytes());
            } else {
                out.extend((value.len() as u16).to_le_bytes());
            }
            out.extend(value);
        }
        out
    }

    /// The file.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mut out = vec![0; 128];
        out.extend(b"DICM");
        let meta = Self::new().text((0x0002, 0x0010), "UI", "1.2.840.10008.1.2.1");
        out.extend(meta.bytes());
        out.extend(self.bytes());
        out
    }
}
