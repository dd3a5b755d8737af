//! Ids to text while they come, one at a time.

use super::{BOS, EOS, Tokenizer, bytes::push_bytes};

/// Gives the text of an answer piece by piece and never half a character.
///
/// It starts after the `<|im_start|>` that seeds decoding. All pieces together are what
/// [`Tokenizer::decode`] gives for the whole: text that may turn out to be the beginning of a
/// marker waits until it is clear that it is not.
#[derive(Debug)]
pub struct StreamDecoder<'a> {
    tokenizer: &'a Tokenizer,
    /// Bytes that are not yet a whole character.
    bytes: Vec<u8>,
    /// Text that may still become a marker.
    held: String,
    text: String,
    ended: bool,
}

impl<'a> StreamDecoder<'a> {
    /// A decoder at the beginning of an answer.
    #[must_use]
    pub fn new(tokenizer: &'a Tokenizer) -> Self {
        let (bytes, held, text) = (Vec::new(), String::new(), String::new());
        Self {
            tokenizer,
            bytes,
            held,
            text,
            ended: false,
        }
    }

    /// Takes the next id and gives the text that has become certain; often nothing.
    pub fn push(&mut self, id: u32) -> &str {
        let start = self.text.len();
        if !self.ended {
            if let Some(token) = self.tokenizer.token(id) {
                push_bytes(&token, &mut self.bytes);
            }
            take_characters(&mut self.bytes, &mut self.held);
            self.release();
        }
        &self.text[start..]
    }

    /// Ends the answer and gives what was held back. Half a character becomes U+FFFD.
    pub fn finish(&mut self) -> &str {
        let start = self.text.len();
        if !self.ended {
            self.held.push_str(&String::from_utf8_lossy(&self.bytes));
            self.text.push_str(&self.held);
            self.ended = true;
        }
        &self.text[start..]
    }

    /// The answer so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True after `<|im_end|>` or a second `<|im_start|>`: nothing more will come.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Moves what cannot be part of a marker from `held` to `text`.
    fn release(&mut self) {
        let marker = [EOS, BOS]
            .iter()
            .filter_map(|marker| self.held.find(marker))
            .min();
        if let Some(at) = marker {
            self.text.push_str(&self.held[..at]);
            self.ended = true;
            return;
        }
        // Markers are ASCII, so every suffix that begins one starts at a character.
        let longest = EOS.len().max(BOS.len()) - 1;
        let keep = (1..=longest.min(self.held.len()))
            .rev()
            .find(|&n| {
                let tail = &self.held.as_bytes()[self.held.len() - n..];
                EOS.as_bytes().starts_with(tail) || BOS.as_bytes().starts_with(tail)
            })
            .unwrap_or(0);
        self.text.extend(self.held.drain(..self.held.len() - keep));
    }
}

/// Moves whole characters from the front of `bytes` to `out`; bytes that can never become one
/// give U+FFFD, as in [`String::from_utf8_lossy`].
fn take_characters(bytes: &mut Vec<u8>, out: &mut String) {
    let mut used = 0;
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        used += chunk.valid().len();
        let invalid = chunk.invalid();
        if invalid.is_empty() {
            continue;
        }
        let unfinished = used + invalid.len() == bytes.len()
            && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        if unfinished {
            break;
        }
        out.push(char::REPLACEMENT_CHARACTER);
        used += invalid.len();
    }
    bytes.drain(..used);
}

#[cfg(test)]
mod tests {
    use super::take_characters;

    #[test]
    fn characters_come_whole_and_wrong_bytes_are_marked() {
        let mut out = String::new();
        let mut bytes = "肺".as_bytes()[..2].to_vec();
        take_characters(&mut bytes, &mut out);
        assert_eq!((out.as_str(), bytes.len()), ("", 2));
        bytes.push("肺".as_bytes()[2]);
        take_characters(&mut bytes, &mut out);
        assert_eq!((out.as_str(), bytes.len()), ("肺", 0));
        bytes.extend([0xe8, b'x', 0xff, 0xf0, 0x9f]);
        take_characters(&mut bytes, &mut out);
        assert_eq!(
            (out.as_str(), bytes.as_slice()),
            ("肺\u{fffd}x\u{fffd}", &[0xf0, 0x9f][..])
        );
    }
}
