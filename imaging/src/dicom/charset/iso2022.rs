//! Code extensions (DICOM PS3.5, 6.1.2.4 and 6.1.2.5): escape sequences change what bytes mean, until a delimiter.

use dicom_core::VR;

use super::sets::{Left, Right, kanji};
use super::{NO_CHARACTER, has_values};

/// The byte that begins an escape sequence.
pub(super) const ESCAPE: u8 = 0x1b;

/// What an escape sequence puts in force.
#[derive(Debug, Clone, Copy)]
enum Change {
    Left(Left),
    Right(Right),
}

/// The escape sequences of PS3.3, tables C.12-3 and C.12-4, behind the escape itself; those with more bytes first.
#[rustfmt::skip]
const SEQUENCES: [(&[u8], Change); 20] = [
    (b"$(D", Change::Left(Left::MoreKanji)),
    (b"$(B", Change::Left(Left::Kanji)),
    (b"$)C", Change::Right(Right::Korean)),
    (b"$)A", Change::Right(Right::Chinese)),
    (b"$B", Change::Left(Left::Kanji)),
    // JIS C 6226, the edition before JIS X 0208.
    (b"$@", Change::Left(Left::Kanji)),
    (b"(B", Change::Left(Left::Ascii)),
    (b"(J", Change::Left(Left::Roman)),
    (b")I", Change::Right(Right::Katakana)),
    (b"-A", Change::Right(Right::Latin1)),
    (b"-B", Change::Right(Right::Latin2)),
    (b"-C", Change::Right(Right::Latin3)),
    (b"-D", Change::Right(Right::Latin4)),
    (b"-F", Change::Right(Right::Greek)),
    (b"-G", Change::Right(Right::Arabic)),
    (b"-H", Change::Right(Right::Hebrew)),
    (b"-L", Change::Right(Right::Cyrillic)),
    (b"-M", Change::Right(Right::Latin5)),
    (b"-T", Change::Right(Right::Thai)),
    (b"-b", Change::Right(Right::Latin9)),
];

/// What the bytes of an element say.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// Its values.
    pub(super) values: Vec<String>,
    /// Whether bytes beyond ASCII stood where no character set for them was in force.
    pub(super) undeclared: bool,
}

/// Decodes the values of an element. `left` and `right` are in force at the beginning and again behind each delimiter.
pub(super) fn decode(bytes: &[u8], left: Left, right: Right, vr: VR) -> Text {
    let mut out = Text::default();
    let mut text = String::new();
    let (mut g0, mut g1) = (left, right);
    let mut rest = bytes;
    while let &[byte, ref behind @ ..] = rest {
        rest = behind;
        if byte == ESCAPE {
            match sequence(behind) {
                Some((length, Change::Left(set))) => {
                    g0 = set;
                    rest = &behind[length..];
                }
                Some((length, Change::Right(set))) => {
                    g1 = set;
                    // Strictly, kanji would stay in force. But a term of one of these sets stands for characters of one
                    // byte beside it (PS3.3, table C.12-3), and pydicom leaves kanji with this escape alone.
                    if matches!(g0, Left::Kanji | Left::MoreKanji) {
                        g0 = left;
                    }
                    rest = &behind[length..];
                }
                None => text.push(NO_CHARACTER),
            }
            continue;
        }
        if byte >= 0x80 {
            out.undeclared |= g1 == Right::Undeclared;
            let (character, length) = g1.character(&[byte, *behind.first().unwrap_or(&0)]);
            text.push(character);
            rest = behind.get(length - 1..).unwrap_or_default();
            continue;
        }
        if let (Left::Kanji | Left::MoreKanji, 0x21..=0x7e) = (g0, byte) {
            let second = behind.first().filter(|b| (0x21..=0x7e).contains(*b));
            if let Some(second) = second {
                text.push(kanji(byte, *second, g0 == Left::MoreKanji));
                rest = &behind[1..];
                continue;
            }
            // Only a delimiter, left in this set by a careless writer, may have no second byte.
            if !is_delimiter(byte, vr) {
                text.push(NO_CHARACTER);
                continue;
            }
        }
        match byte {
            b'\\' if has_values(vr) => out.values.push(std::mem::take(&mut text)),
            b'\\' if g0 == Left::Roman => text.push('\u{a5}'),
            b'~' if g0 == Left::Roman => text.push('\u{203e}'),
            _ => text.push(char::from(byte)),
        }
        if is_delimiter(byte, vr) {
            (g0, g1) = (left, right);
        }
    }
    out.values.push(text);
    out
}

/// The escape sequence at the beginning of the bytes behind an escape.
fn sequence(bytes: &[u8]) -> Option<(usize, Change)> {
    SEQUENCES
        .iter()
        .find(|(code, _)| bytes.starts_with(code))
        .map(|(code, change)| (code.len(), *change))
}

/// What puts the first character set in force again (PS3.5, 6.1.2.5.3).
fn is_delimiter(byte: u8, vr: VR) -> bool {
    match byte {
        b'\t' | b'\n' | 0x0c | b'\r' => true,
        b'\\' => has_values(vr),
        b'^' | b'=' => vr == VR::PN,
        _ => false,
    }
}
