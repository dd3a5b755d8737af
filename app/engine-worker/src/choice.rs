//! Which device to use: a choice by the adapter's name alone, with its reason.

use unimed_core::engine::cpu_threads;
use unimed_protocol::{Compute, DeviceCard, DeviceChoice};
use unimed_web::adapter::Offer;

/// Name of the CPU path.
const CPU_NAME: &str = "CPU";

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
        memory: None,
    };
    let cpu = |other_adapter: Option<&String>, why: &str| DeviceCard {
        compute: Compute::Cpu,
        name: CPU_NAME.to_owned(),
        software: false,
        other_adapter: other_adapter.cloned(),
        why: why.to_owned(),
        kernels: threads(cpu_threads()),
        memory: None,
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

/// What the card says of the CPU's threads, where there are several.
fn threads(count: usize) -> String {
    if count > 1 {
        format!("Long work is shared among {count} threads.")
    } else {
        String::new()
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
        memory: None,
    }
}

/// The card of the CPU where no kernels of the WebGPU adapter of `card` compute what they should.
pub(crate) fn wrong_numbers(card: DeviceCard, which: &str) -> DeviceCard {
    DeviceCard {
        compute: Compute::Cpu,
        name: CPU_NAME.to_owned(),
        software: false,
        other_adapter: Some(card.name),
        why: format!("WebGPU computes wrong numbers here ({which}), so the CPU is used."),
        kernels: String::new(),
        memory: None,
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
    fn threads_are_told_where_there_are_several() {
        assert_eq!(threads(1), "");
        assert_eq!(threads(4), "Long work is shared among 4 threads.");
    }

    #[test]
    fn an_adapter_that_loses_to_the_cpu_is_named_but_not_used() {
        let card = slower_than_cpu(choose(DeviceChoice::Auto, &adapter(false)), "1 and 2 ms.");
        assert_eq!((card.compute, card.name.as_str()), (Compute::Cpu, CPU_NAME));
        assert_eq!(card.other_adapter.as_deref(), Some("X"));
        assert_eq!(card.kernels, "1 and 2 ms.");
    }
}
