//! Bits of a JPEG-LS scan: after a byte of ones, only seven bits of the next one count (T.87, 9.1).

use super::DecodeError;

/// Reads bits, the highest of a byte first.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte to take.
    at: usize,
    /// Bits that are taken and not yet used, at the low end.
    held: u64,
    count: u32,
    after_ff: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            held: 0,
            count: 0,
            after_ff: false,
        }
    }

    /// Where the next marker is, or the end of the bytes. Bytes are taken ahead, and the first of a marker may be among
    /// them.
    pub(super) fn position(&self) -> usize {
        let start = self.at - usize::from(self.after_ff);
        let rest = self.bytes.get(start..).unwrap_or_default();
        let marker = |pair: &[u8]| pair[0] == 0xff && pair[1] >= 0x80 && pair[1] != 0xff;
        start + rest.windows(2).position(marker).unwrap_or(rest.len())
    }

    /// Takes bytes until more than 48 bits are held or the scan ends.
    fn fill(&mut self) {
        while self.count <= 48 {
            let Some(&byte) = self.bytes.get(self.at) else {
                return;
            };
            if self.after_ff && byte >= 0x80 {
                return; // a marker
            }
            let fresh = if self.after_ff { 7 } else { 8 };
            self.held = (self.held << fresh) | u64::from(byte);
            self.count += fresh;
            self.after_ff = byte == 0xff;
            self.at += 1;
        }
    }

    /// The next `n` bits, at most 32, as a number.
    pub(super) fn read(&mut self, n: u32) -> Result<u32, DecodeError> {
        if self.count < n {
            self.fill();
            if self.count < n {
                return Err(DecodeError::Truncated);
            }
        }
        self.count -= n;
        let mask = (1_u64 << n) - 1;
        Ok(((self.held >> self.count) & mask) as u32)
    }

    /// Counts zeros up to the next one, which is taken too.
    pub(super) fn zeros(&mut self, most: u32) -> Result<u32, DecodeError> {
        let mut zeros = 0;
        while self.read(1)? == 0 {
            zeros += 1;
            if zeros > most {
                return Err(DecodeError::Corrupt("a code without an end"));
            }
        }
        Ok(zeros)
    }
}
