//! The defined terms of Specific Character Set (DICOM PS3.3, C.12.1.1.2) and the sets that they stand for.

use encoding::all;
use encoding::codec::singlebyte::SingleByteEncoding;
use encoding::{DecoderTrap, Encoding};

use super::NO_CHARACTER;

/// What a data set or an item declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sets {
    /// The first value: what is in force at the beginning of each value.
    pub(super) start: Start,
    /// Terms that name nothing.
    pub(super) unknown: Vec<String>,
}

/// What is in force before any escape sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// ISO-IR 192, without code extensions.
    Utf8,
    /// GB 18030, without code extensions.
    Gb18030,
    /// GBK, without code extensions.
    Gbk,
    /// Code elements G0 and G1 of ISO 2022.
    Codes(Left, Right),
}

impl Start {
    /// The default repertoire, which is ASCII.
    const ASCII: Self = Self::Codes(Left::Ascii, Right::Undeclared);
}

/// Code element G0, bytes 21 to 7E.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// ISO-IR 6.
    Ascii,
    /// ISO-IR 14, JIS X 0201: a yen sign for the backslash and an overline for the tilde.
    Roman,
    /// ISO-IR 87, JIS X 0208: two bytes a character.
    Kanji,
    /// ISO-IR 159, JIS X 0212: two bytes a character.
    MoreKanji,
}

/// Code element G1, bytes A1 to FE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// None. Bytes are taken for Latin-1, which is what most who forget to declare their set mean, and what pydicom
    /// does.
    Undeclared,
    /// ISO-IR 100.
    Latin1,
    /// ISO-IR 101.
    Latin2,
    /// ISO-IR 109.
    Latin3,
    /// ISO-IR 110.
    Latin4,
    /// ISO-IR 126.
    Greek,
    /// ISO-IR 127.
    Arabic,
    /// ISO-IR 138.
    Hebrew,
    /// ISO-IR 144.
    Cyrillic,
    /// ISO-IR 148.
    Latin5,
    /// ISO-IR 203.
    Latin9,
    /// ISO-IR 166, TIS 620.
    Thai,
    /// ISO-IR 13, JIS X 0201.
    Katakana,
    /// ISO-IR 149, KS X 1001: two bytes a character.
    Korean,
    /// ISO-IR 58, GB 2312: two bytes a character.
    Chinese,
}

impl Default for Sets {
    fn default() -> Self {
        Self {
            start: Start::ASCII,
            unknown: Vec::new(),
        }
    }
}

impl Sets {
    /// From the values of Specific Character Set. The further ones only announce escape sequences, and those are
    /// understood whether they were announced or not.
    pub(crate) fn of(terms: &[impl AsRef<str>]) -> Self {
        let mut sets = Self::default();
        for (number, term) in terms.iter().enumerate() {
            let term = term.as_ref().trim_matches([' ', '\0']);
            match start(term) {
                Some(start) if number == 0 => sets.start = start,
                Some(_) => {}
                None => sets.unknown.push(term.chars().take(40).collect()),
            }
        }
        sets
    }

    /// Whether bytes of ASCII without escape sequences are what they seem.
    pub(super) fn keeps_ascii(&self) -> bool {
        !matches!(self.start, Start::Codes(Left::Roman, _))
    }
}

/// A term without the spaces, hyphens and underscores that are often mixed up.
fn key(term: &str) -> String {
    term.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

fn start(term: &str) -> Option<Start> {
    let key = key(term);
    let alone = match key.as_str() {
        "ISOIR192" | "ISO2022IR192" | "UTF8" => Some(Start::Utf8),
        "GB18030" => Some(Start::Gb18030),
        "GBK" | "ISO2022GBK" => Some(Start::Gbk),
        // DICOM's correction 1234 and old devices write these for ISO-IR 58.
        "ISO202258" | "GB2312" => Some(Start::Codes(Left::Ascii, Right::Chinese)),
        "" => Some(Start::ASCII),
        _ => None,
    };
    if alone.is_some() {
        return alone;
    }
    let number = key
        .strip_prefix("ISO2022IR")
        .or_else(|| key.strip_prefix("ISOIR"))?;
    let right = |right| Some(Start::Codes(Left::Ascii, right));
    match number {
        // ISO-IR 87 and 159 are not in force before their escape sequence, even where they are named first.
        "6" | "87" | "159" => Some(Start::ASCII),
        "13" => Some(Start::Codes(Left::Roman, Right::Katakana)),
        "58" => right(Right::Chinese),
        "100" => right(Right::Latin1),
        "101" => right(Right::Latin2),
        "109" => right(Right::Latin3),
        "110" => right(Right::Latin4),
        "126" => right(Right::Greek),
        "127" => right(Right::Arabic),
        "138" => right(Right::Hebrew),
        "144" => right(Right::Cyrillic),
        "148" => right(Right::Latin5),
        "149" => right(Right::Korean),
        "166" => right(Right::Thai),
        "203" => right(Right::Latin9),
        _ => None,
    }
}

/// The character of one byte, or of two; how many bytes it took.
type Character = (char, usize);

impl Right {
    /// The character at the beginning of `bytes`, whose first byte is above 7F.
    pub(super) fn character(self, bytes: &[u8]) -> Character {
        let [first, rest @ ..] = bytes else {
            return (NO_CHARACTER, 1);
        };
        let pair = rest.first().map(|second| [*first, *second]);
        let of_pair = |encoding: &dyn Encoding| {
            let fits = pair.filter(|[a, b]| *a > 0x80 && *b > 0x40);
            fits.and_then(|pair| decoded(encoding, &pair))
                .map_or((NO_CHARACTER, 1), |c| (c, 2))
        };
        match self {
            Self::Korean => of_pair(all::WINDOWS_949),
            Self::Chinese => match pair {
                // GBK has other dots and dashes here than GB 2312.
                Some([0xa1, 0xa4]) => ('\u{30fb}', 2),
                Some([0xa1, 0xaa]) => ('\u{2015}', 2),
                Some([0xa1..=0xff, 0xa1..=0xff]) => of_pair(all::GBK),
                _ => (NO_CHARACTER, 1),
            },
            Self::Katakana => match first {
                0xa1..=0xdf => (
                    char::from_u32(0xff61 + u32::from(first - 0xa1)).unwrap_or(NO_CHARACTER),
                    1,
                ),
                // No byte of ISO-IR 13: it is Shift JIS, which some devices write under its name.
                _ => of_pair(all::WINDOWS_31J),
            },
            _ => (self.of_byte(*first), 1),
        }
    }

    fn of_byte(self, byte: u8) -> char {
        let table: &SingleByteEncoding = match self {
            Self::Latin2 => all::ISO_8859_2,
            Self::Latin3 => all::ISO_8859_3,
            Self::Latin4 => all::ISO_8859_4,
            Self::Greek => all::ISO_8859_7,
            Self::Arabic => all::ISO_8859_6,
            Self::Hebrew => all::ISO_8859_8,
            Self::Cyrillic => all::ISO_8859_5,
            // ISO 8859-9 and TIS 620 are the upper halves of these.
            Self::Latin5 => all::WINDOWS_1254,
            Self::Thai => all::WINDOWS_874,
            Self::Latin9 => all::ISO_8859_15,
            Self::Undeclared | Self::Latin1 | Self::Katakana | Self::Korean | Self::Chinese => {
                return char::from(byte);
            }
        };
        if byte < 0xa0 {
            return char::from(byte);
        }
        match (table.index_forward)(byte) {
            0xffff => NO_CHARACTER,
            code => char::from_u32(u32::from(code)).unwrap_or(NO_CHARACTER),
        }
    }
}

/// A character of JIS X 0208 or, with `more`, JIS X 0212, from the two bytes of G0.
pub(super) fn kanji(a: u8, b: u8, more: bool) -> char {
    let found = if more {
        decoded(all::EUC_JP, &[0x8f, a | 0x80, b | 0x80])
    } else {
        decoded(all::EUC_JP, &[a | 0x80, b | 0x80])
    };
    // Windows has its own ideas of a few signs; these are of the standard, as pydicom and DCMTK read them.
    match found {
        Some('\u{ff5e}') if more => '~',
        Some('\u{ff5e}') => '\u{301c}',
        Some('\u{2225}') => '\u{2016}',
        Some('\u{ff0d}') => '\u{2212}',
        Some('\u{ffe0}') => '\u{a2}',
        Some('\u{ffe1}') => '\u{a3}',
        Some('\u{ffe2}') => '\u{ac}',
        Some(c) => c,
        None => NO_CHARACTER,
    }
}

/// The one character that the bytes stand for.
fn decoded(encoding: &dyn Encoding, bytes: &[u8]) -> Option<char> {
    let text = encoding.decode(bytes, DecoderTrap::Strict).ok()?;
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}
