//! Huffman codes of differences (T.81, C.2, F.2.2.3 and H.1.2.2).

use super::DecodeError;
use super::bits::Bits;

/// Codes of up to this many bits are looked up at once, often with the difference that follows.
const QUICK: u32 = 11;

/// What stands at the beginning of some bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    /// Bits to step over; 0 when the code is longer than [`QUICK`].
    length: u8,
    /// Bits of the difference that follow the code; 0 when `difference` is the whole answer.
    more: u8,
    difference: i16,
}

const NOTHING: Entry = Entry {
    length: 0,
    more: 0,
    difference: 0,
};

/// The codes of one table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    quick: Box<[Entry]>,
    /// For each length of 1 to 16 bits: the first code of more bits, with zeros up to 16 bits, and what to add to a
    /// code to find its value.
    ends: [(u32, i32); 16],
    values: Vec<u8>,
}

impl Table {
    /// From the number of codes of each length and their values, which are the sizes of differences: 0 to 16.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Result<Self, DecodeError> {
        if values.iter().any(|v| *v > 16) {
            return Err(DecodeError::Corrupt("a difference of more than 16 bits"));
        }
        let mut ends = [(0, 0); 16];
        let (mut code, mut index) = (0_u32, 0_i32);
        let mut quick = vec![NOTHING; 1 << QUICK].into_boxed_slice();
        for (length, (&count, end)) in (1_u32..).zip(counts.iter().zip(&mut ends)) {
            end.1 = index - code.cast_signed();
            for _ in 0..count {
                if code >> length != 0 {
                    return Err(DecodeError::Corrupt("more Huffman codes than fit"));
                }
                let size = values.get(index as usize).copied().unwrap_or(0);
                if length <= QUICK {
                    let spare = QUICK - length;
                    let first = (code << spare) as usize;
                    for (rest, entry) in quick[first..][..1 << spare].iter_mut().enumerate() {
                        *entry = quick_entry(length, size, rest as u32, spare);
                    }
                }
                code += 1;
                index += 1;
            }
            end.0 = code << (16 - length);
            code <<= 1;
        }
        Ok(Self {
            quick,
            ends,
            values: values.to_vec(),
        })
    }

    /// The next difference, modulo 65536; `None` when the bits are no code.
    #[inline(always)]
    pub(super) fn difference(&self, bits: &mut Bits<'_>) -> Option<u16> {
        bits.fill();
        let entry = self.quick[bits.peek() >> (16 - QUICK)];
        if entry.length == 0 {
            return self.long(bits);
        }
        bits.skip(u32::from(entry.length));
        if entry.more == 0 {
            return Some(entry.difference.cast_unsigned());
        }
        let more = u32::from(entry.more);
        Some(extend(bits.take(more), more) as u16)
    }

    /// A difference whose code is longer than [`QUICK`].
    #[cold]
    fn long(&self, bits: &mut Bits<'_>) -> Option<u16> {
        let next = bits.peek() as u32;
        let length = (QUICK + 1..=16).find(|n| next < self.ends[*n as usize - 1].0)?;
        let code = (next >> (16 - length)).cast_signed();
        let index = code + self.ends[length as usize - 1].1;
        let size = u32::from(*self.values.get(usize::try_from(index).ok()?)?);
        bits.skip(length);
        Some(match size {
            0 => 0,
            16 => 0x8000,
            _ => extend(bits.take(size), size) as u16,
        })
    }
}

/// The entry for a code whose last `spare` bits of the index are `rest`.
fn quick_entry(length: u32, size: u8, rest: u32, spare: u32) -> Entry {
    let bits = u32::from(size);
    let whole = |length: u32, difference: i32| Entry {
        length: length as u8,
        more: 0,
        difference: difference as i16,
    };
    match size {
        0 => whole(length, 0),
        // 32768, and no bits follow (table H.2).
        16 => whole(length, 0x8000),
        _ if bits <= spare => {
            let value = (rest >> (spare - bits)).cast_signed();
            whole(length + bits, extend(value, bits))
        }
        _ => Entry {
            length: length as u8,
            more: size,
            difference: 0,
        },
    }
}

/// The number that `bits` bits stand for: the lower half of them is negative (T.81, F.2.2.1).
#[inline(always)]
fn extend(value: i32, bits: u32) -> i32 {
    if value >> (bits - 1) == 0 {
        value - (1 << bits) + 1
    } else {
        value
    }
}
