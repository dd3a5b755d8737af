//! Small TIFF files written entry by entry.

/// An entry of a directory: tag, type, values.
type Entry = (u16, u16, Vec<u64>);

/// Byte order, and the directories with the pixels that belong to them.
pub(crate) struct Writer {
    pub(crate) big: bool,
    pages: Vec<(Vec<Entry>, Vec<u8>)>,
    /// What follows behind everything.
    pub(crate) tail: Vec<u8>,
}

pub(crate) const SHORT: u16 = 3;
pub(crate) const LONG: u16 = 4;
const ASCII: u16 = 2;

impl Writer {
    pub(crate) fn new(big: bool) -> Self {
        Self {
            big,
            pages: Vec::new(),
            tail: Vec::new(),
        }
    }

    /// A page in one strip; `more` are entries as tag, type and values.
    pub(crate) fn page(
        mut self,
        [width, height, bits, photometric, samples]: [u64; 5],
        more: &[(u16, u16, &[u64])],
        pixels: &[u8],
    ) -> Self {
        let short = |tag, value| (tag, SHORT, vec![value]);
        let mut entries = vec![
            short(256, width),
            short(257, height),
            (258, SHORT, vec![bits; samples as usize]),
            short(259, 1),
            short(262, photometric),
            short(277, samples),
            short(278, height),
        ];
        for (tag, kind, values) in more {
            entries.retain(|(t, ..)| t != tag);
            entries.push((*tag, *kind, values.to_vec()));
        }
        self.pages.push((entries, pixels.to_vec()));
        self
    }

    /// Gives the last page a description.
    pub(crate) fn described(mut self, text: &str) -> Self {
        let values = text.bytes().chain([0]).map(u64::from).collect();
        if let Some((entries, _)) = self.pages.last_mut() {
            entries.push((270, ASCII, values));
        }
        self
    }

    fn put(&self, out: &mut Vec<u8>, value: u64, size: usize) {
        let little = &value.to_le_bytes()[..size];
        if self.big {
            out.extend(little.iter().rev());
        } else {
            out.extend(little);
        }
    }

    /// The file: each page's directory, its long values, its pixels.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut out = if self.big {
            b"MM\0\x2a".to_vec()
        } else {
            b"II\x2a\0".to_vec()
        };
        self.put(&mut out, 8, 4);
        for (number, (entries, pixels)) in self.pages.iter().enumerate() {
            let size = |kind: u16| match kind {
                SHORT => 2,
                LONG => 4,
                _ => 1,
            };
            let mut entries = entries.clone();
            let has_strips = entries.iter().any(|(tag, ..)| *tag == 273 || *tag == 324);
            if !has_strips {
                entries.push((273, LONG, vec![0]));
                entries.push((279, LONG, vec![pixels.len() as u64]));
            }
            entries.sort_by_key(|(tag, ..)| *tag);
            let start = out.len();
            let long = start + 2 + 12 * entries.len() + 4;
            let bytes = |(_, kind, values): &Entry| size(*kind) * values.len();
            let long_bytes: usize = entries.iter().map(bytes).filter(|n| *n > 4).sum();
            let pixels_at = (long + long_bytes) as u64;
            self.put(&mut out, entries.len() as u64, 2);
            let mut values_behind = Vec::new();
            for entry in &entries {
                let (tag, kind, values) = entry;
                self.put(&mut out, u64::from(*tag), 2);
                self.put(&mut out, u64::from(*kind), 2);
                self.put(&mut out, values.len() as u64, 4);
                // Offsets of strips and tiles count from the pixels.
                let shift = if matches!(tag, 273 | 324) {
                    pixels_at
                } else {
                    0
                };
                let mut written = Vec::new();
                for value in values {
                    self.put(&mut written, value + shift, size(*kind));
                }
                if written.len() > 4 {
                    self.put(&mut out, (long + values_behind.len()) as u64, 4);
                    values_behind.extend(written);
                } else {
                    written.resize(4, 0);
                    out.extend(written);
                }
            }
            let next = pixels_at + pixels.len() as u64;
            let is_last = number + 1 == self.pages.len();
            self.put(&mut out, if is_last { 0 } else { next }, 4);
            out.extend(values_behind);
            out.extend(pixels);
        }
        out.extend(&self.tail);
        out
    }
}
