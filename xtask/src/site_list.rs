//! What is known of a site, as `files.json` says it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sha256::sha256;

/// The list's own name.
pub(crate) const NAME: &str = "files.json";

/// The folder of the package for other pages, which lies beside the site's own files.
pub(crate) const PACKAGE: &str = "unimed";

/// The folder of the golden set that the page with the certificate compares with.
pub(crate) const GOLDEN: &str = "golden";

/// What is known of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteFiles {
    /// The release of this project.
    pub(crate) version: String,
    /// Every file by its path with forward slashes.
    pub(crate) files: BTreeMap<String, SiteFile>,
    /// What is to be sent with every file.
    pub(crate) headers: BTreeMap<String, String>,
    /// What is sent in place of that with single files, by their paths; mostly nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) own_headers: BTreeMap<String, BTreeMap<String, String>>,
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteFile {
    /// Its size.
    pub(crate) bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub(crate) sha256: String,
}

impl SiteFile {
    /// Of a file with these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.len() as u64,
            sha256: sha256(bytes),
        }
    }
}
