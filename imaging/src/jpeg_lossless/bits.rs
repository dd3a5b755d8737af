//! Bits of the coded samples: a zero byte that follows a byte of ones is stuffing (T.81, F.1.2.3).

use super::DecodeError;

/// Reads bits, the highest of a byte first, up to the next marker. Behind it zeros are read, and counted.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte to take.
    at: usize,
    /// The next bits, at the high end.
    held: u64,
    /// How many bits are held.
    count: u32,
    /// How many of them, the last ones, are not in the stream. More than `count` when some have been used.
    made_up: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            held: 0,
            count: 0,
            made_up: 0,
        }
    }

    /// Makes sure that 32 bits are held, which is more than any difference takes.
    #[inline(always)]
    pub(super) fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        let next = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<4>);
        if let Some(&next) = next {
            let word = u32::from_be_bytes(next);
            // No byte of ones: the complement has no zero byte.
            let zeros = !word;
            if zeros.wrapping_sub(0x0101_0101) & !zeros & 0x8080_8080 == 0 {
                self.held |= u64::from(word) << (32 - self.count);
                self.count += 32;
                self.at += 4;
                return;
            }
        }
        self.fill_slowly();
    }

    #[cold]
    fn fill_slowly(&mut self) {
        while self.count <= 56 {
            let (byte, length) = match self.bytes.get(self.at) {
                Some(0xff) if self.bytes.get(self.at + 1) == Some(&0) => (0xff, 2),
                Some(0xff) | None => {
                    self.made_up += 64 - self.count;
                    self.count = 64;
                    return;
                }
                Some(&byte) => (byte, 1),
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
            self.at += length;
        }
    }

    /// The next 16 bits, which must be held.
    #[inline(always)]
    pub(super) fn peek(&self) -> usize {
        (self.held >> 48) as usize
    }

    /// Steps over fewer bits than are held.
    #[inline(always)]
    pub(super) fn skip(&mut self, count: u32) {
        self.held <<= count;
        self.count -= count;
    }

    /// Takes 1 to 16 bits, which must be held.
    #[inline(always)]
    pub(super) fn take(&mut self, count: u32) -> i32 {
        let value = (self.held >> 32) as u32 >> (32 - count);
        self.skip(count);
        value.cast_signed()
    }

    /// Fails when bits have been used that the stream does not have.
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        if self.made_up <= self.count {
            return Ok(());
        }
        // At the end of the bytes, or at a marker that comes too early?
        let left = self.bytes.get(self.at..).unwrap_or_default();
        match left {
            [] | [0xff] => Err(DecodeError::Truncated),
            _ => Err(DecodeError::Corrupt(
                "a scan or restart interval with too few samples",
            )),
        }
    }

    /// How many bytes have been taken.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Steps over the padding of a restart interval and its marker, whose number is `expected` (0 to 7).
    pub(super) fn restart(&mut self, expected: u8) -> Result<(), DecodeError> {
        self.check()?;
        const STEP: DecodeError = DecodeError::Corrupt("restart markers out of step");
        if self.count - self.made_up >= 8 {
            return Err(STEP);
        }
        let mut at = self.at;
        while self.bytes.get(at).ok_or(DecodeError::Truncated)? == &0xff {
            at += 1;
        }
        if at == self.at || self.bytes[at] != 0xd0 + expected {
            return Err(STEP);
        }
        *self = Self {
            at: at + 1,
            ..Self::new(self.bytes)
        };
        Ok(())
    }
}
