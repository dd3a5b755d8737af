//! Requests that a page or worker really made, as its own performance observer counted them.

use serde::{Deserialize, Serialize};

/// One request, counted where it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// When it began, in ms since 1970 (so that page and workers share one clock).
    pub at_ms: f64,
    /// Where to.
    pub url: String,
    /// Bytes that came over the network, headers included; 0 when the browser answered from its own store.
    pub received_bytes: f64,
    /// Who asked, in the browser's words: `script`, `fetch`, `img`, ...
    pub initiator: String,
    /// What it was.
    pub kind: RequestKind,
}

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestKind {
    /// A file of the model.
    Model,
    /// A file of the page itself: program, style, icon, sample picture.
    Page,
    /// Anything else; there should be none.
    Other,
    /// An attempt that the content security policy refused; nothing left the device.
    Refused,
}

impl RequestKind {
    /// Sorts an address: files under the model's folder, files under the page's folder, the rest.
    ///
    /// `page_base` and `model_base` are absolute and end with a slash.
    #[must_use]
    pub fn of(url: &str, page_base: &str, model_base: &str) -> Self {
        if url.starts_with(model_base) {
            Self::Model
        } else if url.starts_with(page_base) {
            Self::Page
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_sorted_by_their_folder() {
        let kind = |url| RequestKind::of(url, "http://host/some/", "http://host/some/model/");
        assert_eq!(
            kind("http://host/some/model/manifest.json"),
            RequestKind::Model
        );
        assert_eq!(
            kind("http://host/some/samples/retina.jpg"),
            RequestKind::Page
        );
        assert_eq!(kind("http://host/other"), RequestKind::Other);
        assert_eq!(kind("https://example.org/some/model/x"), RequestKind::Other);
    }
}
