//! `manifest.json` with the signature beside it: read together, because a signature is over the very bytes that are used.

use super::{
    MANIFEST, Manifest, PackageError, SIGNATURE, Signature, Source, SourceError,
    signature::MAX_SIGNATURE_BYTES,
};

/// The largest manifest that is read. The 14B model's has 0.2 MB.
const MAX_MANIFEST_BYTES: u64 = 16 << 20;

/// A manifest as it came. One with a signature that does not fit cannot be made.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedManifest {
    manifest: Manifest,
    signature: Option<Signature>,
    bytes: Vec<u8>,
    signature_bytes: Option<Vec<u8>>,
}

impl SignedManifest {
    /// Reads a package's manifest and signature and nothing else of it.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`], and when the manifest is not there or either is too long. Only a signature of which the
    /// source says that it is not there may be missing: one that could not be fetched is an error.
    pub async fn read(source: &dyn Source) -> Result<Self, PackageError> {
        let size = source.size(MANIFEST).await?;
        if size > MAX_MANIFEST_BYTES {
            let why = format!("it has {size} bytes, at most {MAX_MANIFEST_BYTES} are read");
            return Err(PackageError::Manifest { why });
        }
        let bytes = source.read(MANIFEST, 0..size).await?;
        let signature_bytes = match source.size(SIGNATURE).await {
            Ok(size) if size > MAX_SIGNATURE_BYTES => {
                let why = format!("it has {size} bytes, at most {MAX_SIGNATURE_BYTES} are read");
                return Err(PackageError::Signature { why });
            }
            Ok(size) => Some(source.read(SIGNATURE, 0..size).await?),
            Err(SourceError::Missing { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        Self::parse(bytes, signature_bytes)
    }

    /// Checks the signature, if there is one, and reads the manifest.
    ///
    /// # Errors
    ///
    /// [`PackageError::Signature`], then those of [`Manifest::parse`].
    pub fn parse(bytes: Vec<u8>, signature_bytes: Option<Vec<u8>>) -> Result<Self, PackageError> {
        let signature = match &signature_bytes {
            Some(signature) => Some(Signature::check(&bytes, signature)?),
            None => None,
        };
        Ok(Self {
            manifest: Manifest::parse(&bytes)?,
            signature,
            bytes,
            signature_bytes,
        })
    }

    /// What the model is.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Who signed it; `None` when nobody did.
    #[must_use]
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// `manifest.json` as it came. Another writing of the same content has another signature.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The signature as it came.
    #[must_use]
    pub fn signature_bytes(&self) -> Option<&[u8]> {
        self.signature_bytes.as_deref()
    }
}
