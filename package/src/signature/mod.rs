//! Who made a package: a detached minisign signature beside its manifest, and what a device remembers of those that it
//! has seen (docs/reference/package.md).
//!
//! The manifest holds the hash of every chunk of every file, so whoever signs it signs all that is loaded.

mod comment;
mod day;
mod key;
mod trust;
mod verified;

pub use comment::Comment;
pub use day::day;
pub use key::PublicKey;
pub use trust::{KeyTrust, Seen, Trust, TrustStatus};
pub use verified::Signature;

/// The largest signature that is read. minisign allows its comment 8 KiB.
pub(crate) const MAX_SIGNATURE_BYTES: u64 = 16 << 10;

/// The public key of the model that comes with the page.
#[must_use]
pub fn shipped_key() -> PublicKey {
    PublicKey::parse(include_str!("../../../public/minisign.pub"))
        .expect("invariant: the committed key is read in a test")
}
