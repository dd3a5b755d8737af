//! What takes the place of identifiers: the same for the same one within a run, and nothing that leads back to it.

use sha2::{Digest, Sha256};

use crate::uid::of_uuid;

/// What all identifiers that DICOM itself defines begin with: classes, transfer syntaxes, coding schemes (PS3.6, annex A).
const DICOM_ROOT: &str = "1.2.840.10008.";
/// Days by which dates are shifted at most: ten years.
const MOST_DAYS: u32 = 3650;

/// Random bytes of one run.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) [u8; 32]);

impl std::fmt::Debug for Secret {
    /// Whoever knows it can try which identifiers were replaced.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// The first half of a hash over secret, purpose and text.
    fn hash(&self, purpose: &[u8], text: &[u8]) -> [u8; 16] {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(purpose);
        hash.update(text);
        let hash: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        half
    }

    /// The identifier that takes the place of another one. Those that DICOM defines stay.
    pub(super) fn uid(&self, original: &str) -> String {
        if original.is_empty() || is_defined(original) {
            original.to_owned()
        } else {
            of_uuid(self.hash(b"uid:", original.as_bytes()))
        }
    }

    /// An identifier for a file that has none.
    pub(super) fn uid_of_bytes(&self, bytes: &[u8]) -> String {
        of_uuid(self.hash(b"file:", bytes))
    }

    /// The days by which a patient's dates become earlier: 1 to 3650.
    pub(super) fn days(&self, patient: &str) -> u32 {
        let hash = self.hash(b"days:", patient.as_bytes());
        1 + u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]) % MOST_DAYS
    }
}

/// Whether DICOM defines an identifier.
pub(super) fn is_defined(uid: &str) -> bool {
    uid.starts_with(DICOM_ROOT)
}
