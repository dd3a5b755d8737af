//! A file of which some bytes read otherwise.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use super::directory::Patch;

/// The bytes of a file with other bytes in a few places, without a copy of the whole.
#[derive(Debug)]
pub(super) struct Patched<'a> {
    bytes: Cursor<&'a [u8]>,
    patches: Vec<Patch>,
}

impl<'a> Patched<'a> {
    /// The bytes with patches.
    pub(super) fn new(bytes: &'a [u8], patches: Vec<Patch>) -> Self {
        Self {
            bytes: Cursor::new(bytes),
            patches,
        }
    }
}

impl Read for Patched<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let start = self.bytes.position();
        let read = self.bytes.read(out)?;
        for (at, patch) in &self.patches {
            let end = start.saturating_add(read as u64);
            let (first, last) = (
                start.max(*at),
                end.min(at.saturating_add(patch.len() as u64)),
            );
            if first < last {
                let part = (first - at) as usize..(last - at) as usize;
                let place = (first - start) as usize..(last - start) as usize;
                out[place].copy_from_slice(&patch[part]);
            }
        }
        Ok(read)
    }
}

impl Seek for Patched<'_> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_seen_wherever_reading_begins() {
        let mut file = Patched::new(b"abcdef", vec![(2, b"XY".to_vec())]);
        let mut all = String::new();
        file.read_to_string(&mut all).unwrap();
        assert_eq!(all, "abXYef");
        file.seek(SeekFrom::Start(3)).unwrap();
        let mut two = [0; 2];
        file.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"Ye");
    }
}
