//! A signature that fits.

use minisign_verify::Error;

use super::Comment;
use crate::PackageError;

/// A signature that was checked: what its comment says was said by whoever has the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// What is said under it.
    pub comment: Comment,
}

impl Signature {
    /// Checks the content of [`crate::SIGNATURE`] over the bytes of `manifest.json`.
    ///
    /// # Errors
    ///
    /// [`PackageError::Signature`] when it does not fit, or is none in this form.
    pub fn check(manifest: &[u8], signature: &[u8]) -> Result<Self, PackageError> {
        let bad = |why: String| PackageError::Signature { why };
        let refused = |error: Error| {
            bad(match error {
                Error::InvalidSignature => {
                    "manifest.json or its signature was changed after it was signed"
                }
                Error::UnexpectedKeyId => "it names another key than the one that it was made with",
                Error::UnexpectedAlgorithm | Error::UnsupportedAlgorithm => {
                    "it is of another kind, expected Ed25519 over a BLAKE2b hash"
                }
                _ => "manifest.json.minisig is not a minisign signature",
            }
            .to_owned())
        };
        let text = std::str::from_utf8(signature).map_err(|_| refused(Error::InvalidEncoding))?;
        let signature = minisign_verify::Signature::decode(text).map_err(refused)?;
        // Nothing of the comment is believed before the key that it names has verified it.
        let comment = Comment::parse(signature.trusted_comment()).map_err(|field| {
            bad(format!(
                "its trusted comment has no {field} that can be read, expected the fields that `unimed sign` writes"
            ))
        })?;
        let key = comment.key.inner();
        key.verify(manifest, &signature, false).map_err(refused)?;
        Ok(Self { comment })
    }
}
