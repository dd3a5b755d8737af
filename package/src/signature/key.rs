//! A public key in minisign's form.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{manifest::hex, source::sha256};

/// Bytes of a key in this form: algorithm, key number, Ed25519 key.
const BYTES: usize = 2 + 8 + 32;

/// An Ed25519 public key as minisign writes it. Two are equal when their Ed25519 keys are: the key number beside it is
/// chosen freely by whoever makes a key, so that it tells nobody apart.
#[derive(Debug, Clone)]
pub struct PublicKey {
    text: String,
    number: [u8; 8],
    ed25519: [u8; 32],
    inner: minisign_verify::PublicKey,
}

impl PublicKey {
    /// Reads a key: the line in base64, or a whole `minisign.pub`, whose last line it is. `None` when it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
        let bytes = STANDARD.decode(line).ok()?;
        let inner = minisign_verify::PublicKey::from_base64(line).ok()?;
        (bytes.len() == BYTES).then(|| Self {
            text: line.to_owned(),
            number: bytes[2..10].try_into().expect("invariant: 8 bytes"),
            ed25519: bytes[10..].try_into().expect("invariant: 32 bytes"),
            inner,
        })
    }

    /// The line in base64, for `minisign -P`.
    #[must_use]
    pub fn as_base64(&self) -> &str {
        &self.text
    }

    /// The key number as minisign prints it. For people to find a key by; it proves nothing.
    #[must_use]
    pub fn number(&self) -> String {
        format!("{:016X}", u64::from_le_bytes(self.number))
    }

    /// The first 128 bits of the SHA-256 of the Ed25519 key, as hexadecimal digits in groups of four: short enough to
    /// read out, long enough that nobody finds a second key for it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digits = hex(&sha256(&self.ed25519)[..16]);
        let groups: Vec<&str> = (0..digits.len())
            .step_by(4)
            .map(|at| &digits[at..at + 4])
            .collect();
        groups.join(" ")
    }

    pub(super) fn inner(&self) -> &minisign_verify::PublicKey {
        &self.inner
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.ed25519 == other.ed25519
    }
}

impl Eq for PublicKey {}

#[cfg(test)]
mod tests {
    use super::*;

    // The key of minisign's own documentation.
    const LINE: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    #[test]
    fn a_key_is_read_as_a_line_and_as_a_file() {
        let key = PublicKey::parse(LINE).unwrap();
        assert_eq!(
            (key.as_base64(), &*key.number()),
            (LINE, "E7620F1842B4E81F")
        );
        let file = format!("untrusted comment: minisign public key\r\n{LINE}\r\n");
        assert_eq!(PublicKey::parse(&file).unwrap(), key);
        // base64 -d | tail -c 32 | sha256sum
        assert_eq!(key.fingerprint(), "faa2 09af 5a6d 1249 5a2e 5c69 0ee9 4e43");
    }

    #[test]
    fn what_is_no_key_is_not_taken_for_one() {
        let legacy_form = format!("RWR{}", &LINE[3..]);
        for text in [
            "",
            "\n",
            "untrusted comment: x",
            &LINE[..52],
            &legacy_form[1..],
        ] {
            assert_eq!(PublicKey::parse(text), None, "{text:?}");
        }
        let longer = STANDARD.encode([STANDARD.decode(LINE).unwrap(), vec![0]].concat());
        assert_eq!(PublicKey::parse(&longer), None);
    }

    #[test]
    fn a_key_under_another_number_is_the_same_key() {
        let mut bytes = STANDARD.decode(LINE).unwrap();
        bytes[5] ^= 1;
        let other = PublicKey::parse(&STANDARD.encode(&bytes)).unwrap();
        assert_eq!(other, PublicKey::parse(LINE).unwrap());
        bytes[20] ^= 1;
        let other = PublicKey::parse(&STANDARD.encode(&bytes)).unwrap();
        assert_ne!(other, PublicKey::parse(LINE).unwrap());
    }
}
