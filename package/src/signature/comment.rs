//! The trusted comment of a signature: `name:value` fields between tabs, as minisign's own are.

use super::PublicKey;

/// Letters of a signer's name that are shown.
const NAME_CHARS: usize = 60;

/// What a signature says of itself, under the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// When it was made, in seconds since 1970. Of two packages of one name and key the later one is the newer one.
    pub timestamp: u64,
    /// The key to check it with.
    pub key: PublicKey,
    /// What the maker is called, if it says so.
    pub signer: Option<String>,
}

impl Comment {
    /// Reads a comment; fields that it does not know are left alone. The error is the field that is not as expected.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let field = |name| {
            let mut fields = text.split('\t');
            fields.find_map(|field| field.strip_prefix(name)?.strip_prefix(':'))
        };
        let timestamp = field("timestamp").and_then(|digits| digits.parse().ok());
        Ok(Self {
            timestamp: timestamp.ok_or("timestamp")?,
            key: field("key").and_then(PublicKey::parse).ok_or("key")?,
            signer: field("signer").and_then(shown),
        })
    }
}

impl std::fmt::Display for Comment {
    /// The comment to sign.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (timestamp, key) = (self.timestamp, self.key.as_base64());
        write!(f, "timestamp:{timestamp}\tfile:manifest.json\tkey:{key}")?;
        match self.signer.as_deref().and_then(shown) {
            Some(signer) => write!(f, "\tsigner:{signer}"),
            None => Ok(()),
        }
    }
}

/// A name without what could make it look like something else: controls, invisible letters, turns of the direction.
fn shown(name: &str) -> Option<String> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    let name: String = name
        .chars()
        .filter(|&c| !hidden(c))
        .take(NAME_CHARS)
        .collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    #[test]
    fn a_comment_is_read_as_it_was_written() {
        for signer in [None, Some("Jane Doe: models".to_owned())] {
            let comment = Comment {
                timestamp: 1_764_430_000,
                key: PublicKey::parse(KEY).unwrap(),
                signer,
            };
            assert_eq!(Comment::parse(&comment.to_string()), Ok(comment));
        }
    }

    #[test]
    fn fields_come_in_any_order_and_unknown_ones_are_left_alone() {
        let text = format!("hashed\tkey:{KEY}\tsigner: \tprogramme:x\ttimestamp:7\ttimestamp:9");
        let comment = Comment::parse(&text).unwrap();
        assert_eq!((comment.timestamp, comment.signer), (7, None));
    }

    #[test]
    fn what_is_missing_is_named() {
        let full = format!("timestamp:7\tkey:{KEY}");
        for (text, missing) in [
            (String::new(), "timestamp"),
            (full.replace('7', "-7"), "timestamp"),
            (full.replace('7', "99999999999999999999"), "timestamp"),
            ("timestamp:7\tfile:manifest.json\thashed".into(), "key"),
            (full.replace("RWQ", "RWX"), "key"),
        ] {
            assert_eq!(Comment::parse(&text), Err(missing), "{text}");
        }
    }

    #[test]
    fn a_name_holds_nothing_that_hides() {
        assert_eq!(shown("a\u{202e}b\r\n\u{200b}c").as_deref(), Some("abc"));
        assert_eq!(shown(" \u{feff} "), None);
        assert_eq!(shown(&"x".repeat(100)).unwrap().len(), NAME_CHARS);
        assert_eq!(shown("模型").as_deref(), Some("模型"));
    }
}
