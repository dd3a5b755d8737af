//! Opening a device: what [`choice`] proposes from the adapter's name alone, corrected by a short measurement, and by
//! whether its kernels compute what they should.

use crate::choice;
use std::collections::BTreeMap;
use unimed_core::{
    engine::{Compute as CoreCompute, ComputeDevice, open_device},
    kernels::{
        check::{Checked, KernelCheck, check},
        choice::{GpuKernels, Variant, gpu, set_gpu},
        probe::{Measured, probe},
    },
};
use unimed_package::host::Host;
use unimed_protocol::{
    Compute, DeviceCard, DeviceChoice, FromEngine, KernelChoice, Remedy, UserError, decode, encode,
};
use unimed_web::{adapter::Offer, browser::log_error, worker::tell};

/// What the person wants, and what was measured on earlier visits.
#[derive(Debug)]
pub(crate) struct Wish {
    /// Where to compute.
    pub(crate) device: DeviceChoice,
    /// How, where that is the GPU.
    pub(crate) kernels: KernelChoice,
    /// Records of earlier measurements by adapter.
    pub(crate) measured: BTreeMap<String, String>,
}

/// Opens the device of choice. Where the choice was left to us, and the GPU refuses or turns out slower than the CPU,
/// it is the CPU.
pub(crate) async fn open(
    wish: &Wish,
    offer: &Offer,
    host: &dyn Host,
) -> Result<(ComputeDevice, DeviceCard), UserError> {
    let card = choice::choose(wish.device, offer);
    if card.compute == Compute::Cpu {
        return Ok((open_cpu().await?, card));
    }
    match open_device(CoreCompute::Gpu).await {
        Ok(device) => {
            let software = card.software || device.software;
            let card = DeviceCard { software, ..card };
            let (device, card) = pick_kernels(wish, device, card, host).await?;
            if card.compute == Compute::Cpu {
                return Ok((device, card));
            }
            let (device, card) = check_kernels(device, card, host).await?;
            #[cfg(all(feature = "gpu", target_arch = "wasm32"))]
            device.when_lost(|why| {
                unimed_web::worker::tell_failed(format!("the device was lost: {why}"));
            });
            Ok((device, card))
        }
        Err(_) if wish.device == DeviceChoice::Auto => Ok((
            open_cpu().await?,
            choice::choose(DeviceChoice::Auto, &Offer::NoAdapter),
        )),
        Err(error) => Err(UserError::from_message(&error.to_string(), Remedy::UseCpu)),
    }
}

/// Sets the kernels of an opened GPU, or falls back to a faster CPU.
async fn pick_kernels(
    wish: &Wish,
    device: ComputeDevice,
    mut card: DeviceCard,
    host: &dyn Host,
) -> Result<(ComputeDevice, DeviceCard), UserError> {
    let chosen = match wish.kernels {
        KernelChoice::Measured => None,
        KernelChoice::BarrierFree => Some(Variant::BarrierFree),
        KernelChoice::SharedMemory => Some(Variant::SharedMemory),
    };
    if let Some(variant) = chosen {
        set_gpu(GpuKernels::all(variant));
        card.kernels = format!("Kernels: {}, as the page's address asks.", word(variant));
        return Ok((device, card));
    }
    let cpu = open_cpu().await?;
    let Some(measured) = measure(wish, &cpu, &device, &card, host).await else {
        // The device broke under the measurement. Loading the model will say so in full.
        return Ok((device, card));
    };
    let choice = measured.choose();
    if wish.device == DeviceChoice::Auto && choice.compute == CoreCompute::Cpu {
        return Ok((cpu, choice::slower_than_cpu(card, &figures(&measured))));
    }
    choice.apply();
    card.kernels = format!(
        "Kernels: {} for single words, {} for longer inputs. {}",
        word(gpu().matvec),
        word(gpu().matmul),
        figures(&measured)
    );
    Ok((device, card))
}

/// Uses kernels that compute what the CPU computes: those that were picked, else others, else the CPU.
async fn check_kernels(
    device: ComputeDevice,
    card: DeviceCard,
    host: &dyn Host,
) -> Result<(ComputeDevice, DeviceCard), UserError> {
    let cpu = open_cpu().await?;
    let picked = gpu();
    let checked = check(&cpu, &device, picked, host).await;
    for case in &checked.failed {
        log_error(
            "a kernel computes wrong numbers on this device",
            &encode(case).into(),
        );
    }
    let Some(kernels) = checked.kernels else {
        return Ok((cpu, choice::wrong_numbers(card, &wrong(&checked.failed))));
    };
    set_gpu(kernels);
    Ok((device, with_check(card, &checked)))
}

/// The card of a device whose kernels were checked.
fn with_check(mut card: DeviceCard, checked: &Checked) -> DeviceCard {
    let largest = format!("{:.0e}", checked.largest_error());
    if let Some(kernels) = checked.kernels.filter(|_| !checked.failed.is_empty()) {
        card.kernels = format!(
            "Wrong numbers of the first kernels ({}): {} kernels are used, largest error {largest}.",
            wrong(&checked.failed),
            word(kernels.matvec),
        );
    } else if card.kernels.is_empty() {
        card.kernels = format!("Checked beside the CPU: largest error {largest}.");
    } else {
        card.kernels = format!(
            "Checked beside the CPU: largest error {largest}. {}",
            card.kernels
        );
    }
    card
}

/// The kernel that was furthest off.
fn wrong(failed: &[KernelCheck]) -> String {
    let worst = failed.iter().max_by(|a, b| a.error.total_cmp(&b.error));
    worst.map_or_else(String::new, |case| {
        format!("{}, error {:.0e}", case.kernel, case.error)
    })
}

/// The record of this adapter, or a fresh one, which the page is asked to keep.
async fn measure(
    wish: &Wish,
    cpu: &ComputeDevice,
    device: &ComputeDevice,
    card: &DeviceCard,
    host: &dyn Host,
) -> Option<Measured> {
    let known = wish.measured.get(&card.name);
    if let Some(measured) = known.and_then(|record| decode(record).ok()) {
        return Some(measured);
    }
    let measured = probe(cpu, device, host).await.ok()?;
    let kept = FromEngine::Measured {
        adapter: card.name.clone(),
        record: encode(&measured),
    };
    tell(&kept, &[]);
    Some(measured)
}

/// What a person may call a variant.
fn word(variant: Variant) -> &'static str {
    match variant {
        Variant::BarrierFree => "barrier-free",
        Variant::SharedMemory => "shared-memory",
    }
}

/// What was measured, in a sentence.
fn figures(measured: &Measured) -> String {
    let (cpu, gpu) = (measured.cpu, measured.gpu());
    format!(
        "Measured for one word and for 64: WebGPU {:.2} and {:.1} ms, CPU {:.2} and {:.1} ms a million weights.",
        gpu.matvec_ms, gpu.matmul_ms, cpu.matvec_ms, cpu.matmul_ms
    )
}

async fn open_cpu() -> Result<ComputeDevice, UserError> {
    open_device(CoreCompute::Cpu)
        .await
        .map_err(|error| UserError::from_message(&error.to_string(), Remedy::Reload))
}
