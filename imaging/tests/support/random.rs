//! Numbers that look random and are the same in every run, for tests that damage files.
#![allow(dead_code, reason = "not every test that compiles this uses all of it")]

/// A linear congruential generator (Knuth's constants); its upper half is drawn from.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to below `below`.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }

    /// Writes any byte to `count` places.
    pub(crate) fn damage(&mut self, bytes: &mut [u8], count: usize) {
        for _ in 0..count {
            let at = self.below(bytes.len());
            bytes[at] = self.below(256) as u8;
        }
    }

    /// Changes bytes as somebody would who knows that they hold lengths, offsets and counts: mostly numbers that could be
    /// one, else any byte, or a part is repeated, moved or left out. Nothing is said about their format.
    pub(crate) fn mutate(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self.below(8) {
            0..=3 if self.below(2) == 1 && self.change_decimal(bytes) => {}
            0..=3 => self.change_number(bytes),
            4 => {
                let places = self.below(8) + 1;
                self.damage(bytes, places);
            }
            5 => {
                let (from, length) = self.part(bytes.len());
                let to = self.below(bytes.len());
                let part = bytes[from..from + length].to_vec();
                bytes.splice(to..to, part);
            }
            6 => {
                let (from, length) = self.part(bytes.len());
                bytes.drain(from..from + length);
            }
            _ => bytes.truncate(self.below(bytes.len()) + 1),
        }
    }

    /// Writes another number over one in decimal digits, as JSON and DICOM have them; `false` where none is found.
    fn change_decimal(&mut self, bytes: &mut Vec<u8>) -> bool {
        const NUMBERS: [&str; 12] = [
            "0",
            "-1",
            "1",
            "0.5",
            "1e30",
            "255",
            "65536",
            "2147483648",
            "4294967296",
            "9007199254740993",
            "18446744073709551615",
            "18446744073709551616",
        ];
        let start = self.below(bytes.len());
        let digit = |byte: &u8| byte.is_ascii_digit();
        let Some(from) = bytes[start..].iter().position(digit).map(|at| start + at) else {
            return false;
        };
        let length = bytes[from..].iter().take_while(|&byte| digit(byte)).count();
        let number = NUMBERS[self.below(NUMBERS.len())];
        bytes.splice(from..from + length, number.bytes());
        true
    }

    /// Where a part begins and how long it is; most are short.
    fn part(&mut self, length: usize) -> (usize, usize) {
        let from = self.below(length);
        let most = [8, 64, 1024, length][self.below(4)].min(length - from);
        (from, self.below(most.max(1)) + 1)
    }

    /// Writes another number over one that could be a length, offset or count: it does not reach beyond the end.
    fn change_number(&mut self, bytes: &mut [u8]) {
        const EDGES: [u64; 12] = [
            0,
            1,
            2,
            0x7f,
            0xff,
            0x7fff,
            0xffff,
            0x1_0000,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_fffe,
            0xffff_ffff,
        ];
        for _ in 0..16 {
            let width = [1, 2, 4, 8][self.below(4)];
            let big = self.below(2) == 1;
            let at = self.below(bytes.len());
            let Some(field) = bytes.get(at..at + width) else {
                continue;
            };
            let value = field.iter().enumerate().fold(0_u64, |value, (i, byte)| {
                let place = if big { width - 1 - i } else { i };
                value | u64::from(*byte) << (8 * place)
            });
            if value == 0 || value > bytes.len() as u64 {
                continue;
            }
            let other = match self.below(4) {
                0 => EDGES[self.below(EDGES.len())],
                1 => value.wrapping_add(1 << self.below(4)),
                2 => value.wrapping_sub(1 << self.below(4)),
                _ => value << self.below(32),
            };
            for i in 0..width {
                let place = if big { width - 1 - i } else { i };
                bytes[at + i] = (other >> (8 * place)) as u8;
            }
            return;
        }
        self.damage(bytes, 1);
    }
}
