//! The engine worker: owns the model and the GPU, and works through the page's jobs one after the other.
//!
//! One thread does it all, because burn keeps the order of operations by thread. Between tokens and steps the engine
//! pauses, so that a Stop is heard.

mod cards;
mod choice;
mod device;
mod jobs;

use device::Wish;
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt;
use std::cell::Cell;
use unimed_core::engine::{ComputeDevice, Engine, EngineError};
use unimed_model_store::{
    host::{Stops, WorkerHost},
    opfs::{self, Opfs},
    source,
};
use unimed_package::{Cache, Package, Source, host::Host};
use unimed_protocol::{Compute, FromEngine, ModelPlace, Remedy, ToEngine, Trouble};
use unimed_web::{
    adapter,
    message::Message,
    requests,
    worker::{serve, tell, tell_requests},
};
use wasm_bindgen_futures::spawn_local;

/// Least time between two reports of the loading, in ms.
const REPORT_EVERY_MS: f64 = 60.0;

/// Static constructors of the module, made by the linker.
#[cfg(target_arch = "wasm32")]
#[expect(
    unsafe_code,
    reason = "the linker makes this function; there is no safe name for it"
)]
fn run_static_constructors() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker defines this function with exactly this type, and it is called once, before anything else.
    // When nothing calls it, the linker wraps every export so that each call from JavaScript runs all constructors
    // again, and every GPU call then costs milliseconds.
    unsafe { __wasm_call_ctors() }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    run_static_constructors();
    let stops = Stops::default();
    let (outbox, inbox) = unbounded();
    let heard = stops.clone();
    spawn_local(work(inbox, WorkerHost::new(stops)));
    serve(move |request, message| match request {
        ToEngine::Cancel { job } => heard.want(job),
        // The receiver lives as long as the worker.
        request => drop(outbox.unbounded_send((request, message))),
    });
}

/// Works through the requests, in order.
async fn work(mut inbox: UnboundedReceiver<(ToEngine, Message)>, host: WorkerHost) {
    let mut engine = None;
    while let Some((request, message)) = inbox.next().await {
        match request {
            ToEngine::Start {
                model,
                page_url,
                device,
                kernels,
                measured,
            } => {
                let model_url = match &model {
                    ModelPlace::Url(url) => url,
                    // Nothing is fetched for it; no address begins like this.
                    ModelPlace::Folder(_) | ModelPlace::Kept(_) => "none:",
                };
                requests::observe(&page_url, model_url, tell_requests);
                let wish = Wish {
                    device,
                    kernels,
                    measured,
                };
                match start(&model, &message, &wish, &host).await {
                    Ok(started) => engine = Some(started),
                    Err(trouble) => tell(&FromEngine::StartFailed(trouble), &[]),
                }
            }
            ToEngine::Ask {
                job,
                parts,
                settings,
            } => {
                let Some(engine) = &engine else { continue };
                host.begin(job);
                jobs::ask(engine, &host, job, &parts, &message, &settings).await;
                host.end(job);
            }
            ToEngine::Paint {
                job,
                images,
                prompt,
                settings,
            } => {
                let Some(engine) = &engine else { continue };
                host.begin(job);
                jobs::paint(engine, &host, job, &images, &message, &prompt, &settings).await;
                host.end(job);
            }
            // Heard by the listener, also while a job runs.
            ToEngine::Cancel { .. } => {}
        }
    }
}

/// Opens a device and loads the model.
async fn start(
    model: &ModelPlace,
    message: &Message,
    wish: &Wish,
    host: &WorkerHost,
) -> Result<Engine, Trouble> {
    let offer = adapter::look().await;
    let (device, card) = device::open(wish, &offer, host).await?;
    let on_gpu = card.compute == Compute::Gpu;
    tell(&FromEngine::Device(card), &[]);
    let source = source::of_place(model, message);
    // A folder that the person picked is on this device already.
    let cache = match model {
        ModelPlace::Folder(_) => None,
        ModelPlace::Url(_) | ModelPlace::Kept(_) => Some(source::cache_for(model).await),
    };
    let loaded = load(&*source, cache.as_ref(), &device, host).await;
    if let Some(cache) = cache {
        cache.close();
    }
    let (engine, hash) = loaded.map_err(|error| {
        let remedy = if on_gpu {
            Remedy::UseCpu
        } else {
            Remedy::Restart
        };
        let mut trouble = Trouble::from_message(&error.to_string(), remedy);
        trouble.what = format!("The model could not be loaded: {}", trouble.what);
        trouble
    })?;
    tell(
        &FromEngine::Ready(Box::new(cards::model_card(engine.info(), hash))),
        &[],
    );
    Ok(engine)
}

/// Fetches what this browser does not have yet, then puts the model on the device. Also gives the model's hash.
async fn load(
    source: &dyn Source,
    cache: Option<&Opfs>,
    device: &ComputeDevice,
    host: &WorkerHost,
) -> Result<(Engine, String), EngineError> {
    let last_ms = Cell::new(f64::NEG_INFINITY);
    let report = |done_bytes, total_bytes, phase: &str| {
        let now_ms = host.now_ms();
        if now_ms - last_ms.get() >= REPORT_EVERY_MS || done_bytes == total_bytes {
            last_ms.set(now_ms);
            tell(
                &FromEngine::Loading {
                    done_bytes,
                    total_bytes,
                    phase: phase.to_owned(),
                },
                &[],
            );
        }
    };
    let package = Package::open_with(source, cache.map(|cache| cache as &dyn Cache)).await?;
    package
        .fetch(host, &mut |done, total| report(done, total, "fetching"))
        .await?;
    let engine = Engine::load_package(&package, device, host, &mut |progress| {
        report(progress.done_bytes, progress.total_bytes, progress.phase);
    })
    .await?;
    Ok((engine, opfs::digest(package.manifest())))
}
