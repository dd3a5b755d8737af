//! The printable alphabet in which byte-level vocabularies spell bytes.

/// The byte that a character of the alphabet stands for.
///
/// Printable Latin-1 characters stand for themselves; the 68 other bytes, in order, are the
/// characters from U+0100 on (the byte alphabet of GPT-2).
fn byte_of(c: char) -> Option<u8> {
    let code = u32::from(c);
    let shifted = match code {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => code,
        0x100..=0x120 => code - 0x100,
        0x121..=0x142 => code - 0x121 + 0x7f,
        0x143 => 0xad,
        _ => return None,
    };
    u8::try_from(shifted).ok()
}

/// Appends the bytes that a token spells. A token with a character outside of the alphabet (an
/// added one, with a blank for example) is taken as the text that it is.
pub(super) fn push_bytes(token: &str, out: &mut Vec<u8>) {
    let start = out.len();
    for c in token.chars() {
        let Some(byte) = byte_of(c) else {
            out.truncate(start);
            out.extend_from_slice(token.as_bytes());
            return;
        };
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_one_character() {
        let mut seen = [0; 256];
        for byte in (0..=0x143).filter_map(char::from_u32).filter_map(byte_of) {
            seen[usize::from(byte)] += 1;
        }
        assert_eq!(seen, [1; 256]);
        assert_eq!(byte_of('Ġ'), Some(b' '));
        assert_eq!(byte_of('Ċ'), Some(b'\n'));
        assert_eq!(byte_of('ġ'), Some(0x7f));
        assert_eq!(byte_of('ł'), Some(0xa0));
        assert_eq!(byte_of('Ń'), Some(0xad));
    }

    #[test]
    fn tokens_outside_of_the_alphabet_are_text() {
        let mut out = b"x".to_vec();
        push_bytes("Ġa", &mut out);
        push_bytes("two words", &mut out);
        assert_eq!(out, b"x atwo words");
    }
}
