//! What this browser and this address allow, found at start and said in plain words; the page goes on in each case.

use js_sys::{Reflect, global};
use unimed_protocol::{Remedy, UserError};

/// Something to know about this browser or address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// What it is and what to do.
    pub(crate) user_error: UserError,
    /// Whether it is said as soon as the page opens, or only where someone looks for it.
    pub(crate) at_once: bool,
}

/// What was found at start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Capabilities {
    /// `https:`, `http:`, ...
    pub(crate) protocol: String,
    /// Name of the host that served the page.
    pub(crate) host: String,
    /// Whether the browser treats the page as safe (https, or this very device).
    pub(crate) secure: bool,
    /// Whether the browser offers WebGPU.
    pub(crate) webgpu: bool,
    /// Whether settings can be kept.
    pub(crate) storage: bool,
}

impl Capabilities {
    /// Looks around.
    pub(crate) fn detect() -> Self {
        let location = leptos::prelude::window().location();
        let has = |object: &wasm_bindgen::JsValue, key: &str| {
            Reflect::get(object, &key.into()).is_ok_and(|value| value.is_truthy())
        };
        let navigator = leptos::prelude::window().navigator();
        Self {
            protocol: location.protocol().unwrap_or_default(),
            host: location.hostname().unwrap_or_default(),
            secure: has(&global(), "isSecureContext"),
            webgpu: has(navigator.as_ref(), "gpu"),
            storage: crate::state::storage::storage().is_some(),
        }
    }

    /// What the person should know, most important first; empty when all is well.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        let mut notices = Vec::new();
        if !self.secure {
            notices.push(notice(
                format!(
                    "This page came over plain {} from {}, so the browser switches off WebGPU, offline storage and \
                     WebCrypto here.",
                    self.protocol.trim_end_matches(':'),
                    self.host
                ),
                "The model runs on the CPU. For the GPU, open the page over https or from this device (localhost).",
                true,
            ));
        } else if !self.webgpu {
            notices.push(notice(
                "This browser offers no WebGPU.",
                "The model runs on the CPU, which is slower. Chrome, Edge, Safari 26 and Firefox 141 or newer offer WebGPU \
                 on most devices.",
                false,
            ));
        }
        if self.secure && !self.storage {
            notices.push(notice(
                "This browser lets the page store nothing.",
                "All works, but your settings are gone when you close the page.",
                false,
            ));
        }
        notices
    }
}

fn notice(what: impl Into<String>, advice: &str, at_once: bool) -> Notice {
    Notice {
        user_error: UserError::new(what, advice, Remedy::None),
        at_once,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Capabilities {
        Capabilities {
            protocol: "https:".into(),
            host: "example.org".into(),
            secure: true,
            webgpu: true,
            storage: true,
        }
    }

    #[test]
    fn nothing_is_said_when_all_is_well() {
        assert!(well().notices().is_empty());
    }

    #[test]
    fn plain_http_is_named_once_with_what_follows_from_it() {
        let found = Capabilities {
            protocol: "http:".into(),
            secure: false,
            webgpu: false,
            storage: false,
            ..well()
        };
        let notices = found.notices();
        assert_eq!(notices.len(), 1);
        assert!(notices[0].at_once);
        assert!(
            notices[0]
                .user_error
                .what
                .contains("plain http from example.org"),
            "{}",
            notices[0].user_error.what
        );
        assert!(notices[0].user_error.advice.contains("runs on the CPU"));
    }

    #[test]
    fn a_browser_without_webgpu_or_storage_is_told_each() {
        let notices = Capabilities {
            webgpu: false,
            storage: false,
            ..well()
        }
        .notices();
        assert_eq!(notices.len(), 2);
        assert!(notices.iter().all(|notice| !notice.at_once));
        assert!(
            notices[0].user_error.what.contains("WebGPU")
                && notices[1].user_error.what.contains("store")
        );
    }
}
