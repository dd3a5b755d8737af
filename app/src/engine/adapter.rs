//! Which device to use: a look at the WebGPU adapter before anything is opened, and a choice with its reason.

use crate::browser::{member, text};
use js_sys::{Function, Promise};
use unimed_protocol::{Compute, DeviceCard, DeviceChoice};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Name of the CPU path.
const CPU_NAME: &str = "CPU";

/// What WebGPU offers here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Offer {
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
pub(crate) async fn look() -> Offer {
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
pub(crate) async fn limits() -> Option<(u64, u64)> {
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

/// The device to open, and why, for what the person wants and what there is.
///
/// A software adapter loses to the CPU path, which uses the same processor with less in between.
pub(crate) fn choose(choice: DeviceChoice, offer: &Offer) -> DeviceCard {
    let gpu = |name: &str, software: bool, why: &str| DeviceCard {
        compute: Compute::Gpu,
        name: name.to_owned(),
        software,
        other_adapter: None,
        why: why.to_owned(),
        kernels: String::new(),
    };
    let cpu = |other_adapter: Option<&String>, why: &str| DeviceCard {
        compute: Compute::Cpu,
        name: CPU_NAME.to_owned(),
        software: false,
        other_adapter: other_adapter.cloned(),
        why: why.to_owned(),
        kernels: String::new(),
    };
    match (choice, offer) {
        (DeviceChoice::Cpu, Offer::Adapter { name, software }) => {
            cpu(software.then_some(name), "You chose the CPU.")
        }
        (DeviceChoice::Cpu, _) => cpu(None, "You chose the CPU."),
        (
            DeviceChoice::Auto,
            Offer::Adapter {
                name,
                software: true,
            },
        ) => cpu(
            Some(name),
            "WebGPU here is a software adapter, which is slower than the CPU path.",
        ),
        (
            _,
            Offer::Adapter {
                name,
                software: false,
            },
        ) => gpu(name, false, "WebGPU on a graphics processor."),
        (
            DeviceChoice::Gpu,
            Offer::Adapter {
                name,
                software: true,
            },
        ) => gpu(
            name,
            true,
            "This is a software adapter: it computes on the CPU and is slower than the CPU path. Choose CPU for speed.",
        ),
        (_, Offer::NoAdapter) => cpu(
            None,
            "The browser has WebGPU but found no graphics adapter, so the CPU is used.",
        ),
        (_, Offer::NoWebGpu) => cpu(
            None,
            "This browser offers no WebGPU on this page, so the CPU is used.",
        ),
    }
}

/// The card of the CPU where a measurement found it faster than the WebGPU adapter of `card`.
pub(crate) fn slower_than_cpu(card: DeviceCard, figures: &str) -> DeviceCard {
    DeviceCard {
        compute: Compute::Cpu,
        name: CPU_NAME.to_owned(),
        software: false,
        other_adapter: Some(card.name),
        why: "A short measurement found the CPU faster than WebGPU here.".to_owned(),
        kernels: figures.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(software: bool) -> Offer {
        Offer::Adapter {
            name: "X".into(),
            software,
        }
    }

    #[test]
    fn automatic_takes_a_real_gpu_and_prefers_the_cpu_to_a_software_one() {
        let card = choose(DeviceChoice::Auto, &adapter(false));
        assert_eq!((card.compute, card.name.as_str()), (Compute::Gpu, "X"));
        let card = choose(DeviceChoice::Auto, &adapter(true));
        assert_eq!(
            (card.compute, card.other_adapter.as_deref()),
            (Compute::Cpu, Some("X"))
        );
        assert!(card.why.contains("software adapter"));
    }

    #[test]
    fn a_software_adapter_is_used_only_when_asked_for_and_then_says_so() {
        let card = choose(DeviceChoice::Gpu, &adapter(true));
        assert_eq!(card.compute, Compute::Gpu);
        assert!(card.software && card.why.contains("software adapter"));
    }

    #[test]
    fn without_webgpu_every_choice_is_the_cpu() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Gpu] {
            for offer in [Offer::NoWebGpu, Offer::NoAdapter] {
                assert_eq!(choose(choice, &offer).compute, Compute::Cpu);
            }
        }
        assert_eq!(
            choose(DeviceChoice::Cpu, &adapter(false)).compute,
            Compute::Cpu
        );
    }

    #[test]
    fn an_adapter_that_loses_to_the_cpu_is_named_but_not_used() {
        let card = slower_than_cpu(choose(DeviceChoice::Auto, &adapter(false)), "1 and 2 ms.");
        assert_eq!((card.compute, card.name.as_str()), (Compute::Cpu, CPU_NAME));
        assert_eq!(card.other_adapter.as_deref(), Some("X"));
        assert_eq!(card.kernels, "1 and 2 ms.");
    }

    #[test]
    fn software_adapters_are_known_by_name_too() {
        assert!(is_software("google swiftshader"));
        assert!(is_software("llvmpipe (LLVM 15)"));
        assert!(!is_software("nvidia ampere"));
        assert_eq!(adapter_name("", "intel", "gen-12"), "intel gen-12");
        assert_eq!(adapter_name("", "", ""), "unnamed GPU");
    }
}
