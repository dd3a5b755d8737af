//! The WebGPU adapter that a browser offers, looked at before anything is opened.

use crate::browser::{member, text};
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What WebGPU offers here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// The browser has no WebGPU, or not on this page.
    NoWebGpu,
    /// It has, but finds no adapter.
    NoAdapter,
    /// An adapter.
    Adapter {
        /// What it calls itself.
        name: String,
        /// Whether it is itself software on the CPU.
        software: bool,
    },
}

/// Asks the browser for its adapter. Nothing is opened.
pub async fn look() -> Offer {
    let Some(gpu) =
        member(&js_sys::global(), "navigator").and_then(|navigator| member(&navigator, "gpu"))
    else {
        return Offer::NoWebGpu;
    };
    match request_adapter(&gpu).await {
        Some(adapter) => describe(&adapter),
        None => Offer::NoAdapter,
    }
}

/// Largest buffer, and largest part of one that a shader sees, of the adapter that WebGPU offers, in bytes. A software
/// adapter counts as none, because it is not used.
pub async fn limits() -> Option<(u64, u64)> {
    let gpu = member(&member(&js_sys::global(), "navigator")?, "gpu")?;
    let adapter = request_adapter(&gpu).await?;
    if let Offer::Adapter { software: true, .. } = describe(&adapter) {
        return None;
    }
    let limits = member(&adapter, "limits")?;
    let bytes = |key| Some(member(&limits, key)?.as_f64()? as u64);
    Some((
        bytes("maxBufferSize")?,
        bytes("maxStorageBufferBindingSize")?,
    ))
}

async fn request_adapter(gpu: &JsValue) -> Option<JsValue> {
    let request: Function = member(gpu, "requestAdapter")?.dyn_into().ok()?;
    let promise: Promise = request.call0(gpu).ok()?.dyn_into().ok()?;
    let adapter = JsFuture::from(promise).await.ok()?;
    adapter.is_truthy().then_some(adapter)
}

fn describe(adapter: &JsValue) -> Offer {
    let info = member(adapter, "info").unwrap_or_default();
    let [description, vendor, architecture] =
        ["description", "vendor", "architecture"].map(|key| text(&info, key));
    // The flag moved from the adapter to its info; browsers have one or the other.
    let fallback = [&info, adapter]
        .into_iter()
        .filter_map(|object| member(object, "isFallbackAdapter"))
        .any(|flag| flag.is_truthy());
    let name = adapter_name(&description, &vendor, &architecture);
    let software = fallback || is_software(&name);
    Offer::Adapter { name, software }
}

/// A name for an adapter; browsers leave out what could identify a person, sometimes everything.
fn adapter_name(description: &str, vendor: &str, architecture: &str) -> String {
    if !description.is_empty() {
        return description.to_owned();
    }
    match (vendor, architecture) {
        ("", "") => "unnamed GPU".to_owned(),
        (vendor, "") => vendor.to_owned(),
        ("", architecture) => architecture.to_owned(),
        (vendor, architecture) => format!("{vendor} {architecture}"),
    }
}

/// Whether a name is that of a software adapter, for browsers that do not flag them.
fn is_software(name: &str) -> bool {
    let name = name.to_lowercase();
    [
        "swiftshader",
        "llvmpipe",
        "lavapipe",
        "basic render",
        "warp",
    ]
    .iter()
    .any(|software| name.contains(software))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_adapters_are_known_by_name_too() {
        assert!(is_software("google swiftshader"));
        assert!(is_software("llvmpipe (LLVM 15)"));
        assert!(!is_software("nvidia ampere"));
        assert_eq!(adapter_name("", "intel", "gen-12"), "intel gen-12");
        assert_eq!(adapter_name("", "", ""), "unnamed GPU");
    }
}
