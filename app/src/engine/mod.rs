//! The engine worker: owns the model and the GPU, and works through the page's jobs one after the other.
//!
//! One thread does it all, because burn keeps the order of operations by thread. Between tokens and steps the engine
//! pauses, so that a Stop is heard.

mod adapter;
mod cards;
mod device;
mod host;
mod http;
mod jobs;
mod models;
mod opfs;
mod picked;
mod place;
mod shelf;
mod stream;

use crate::{
    browser, ledger,
    wire::{Parcel, listen_to_page, post_to_page},
};
use device::Wish;
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt;
use host::{Stops, WorkerHost};
use models::Models;
use opfs::Opfs;
use std::cell::Cell;
use unimed_core::engine::{ComputeDevice, Engine, EngineError};
use unimed_package::{Cache, Package, Source, host::Host};
use unimed_protocol::{Compute, FromEngine, ModelPlace, Remedy, ToEngine, Trouble};
use wasm_bindgen_futures::spawn_local;

/// Least time between two reports of the loading, in ms.
const REPORT_EVERY_MS: f64 = 60.0;

/// Starts to listen. Called once, when the worker starts.
pub fn run() {
    std::panic::set_hook(Box::new(|panic| {
        browser::log_error("the engine panicked", &panic.to_string().into());
        post_to_page(
            &FromEngine::Crashed {
                detail: panic.to_string(),
            },
            &[],
        );
    }));
    let stops = Stops::default();
    let (outbox, inbox) = unbounded();
    let heard = stops.clone();
    listen_to_page(move |parcel| match parcel.message() {
        Some(ToEngine::Cancel { job }) => heard.want(job),
        // The receiver lives as long as the worker.
        Some(message) => drop(outbox.unbounded_send((message, parcel))),
        None => {}
    });
    spawn_local(work(inbox, WorkerHost::new(stops)));
    post_to_page(&FromEngine::Awake, &[]);
}

/// Works through the messages, in order.
async fn work(mut inbox: UnboundedReceiver<(ToEngine, Parcel)>, host: WorkerHost) {
    let mut engine = None;
    let models = Models::new();
    while let Some((message, parcel)) = inbox.next().await {
        match message {
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
                ledger::observe(&page_url, model_url, |records| {
                    post_to_page(&FromEngine::Requests(records), &[]);
                });
                let wish = Wish {
                    device,
                    kernels,
                    measured,
                };
                match start(&model, &parcel, &wish, &host).await {
                    Ok(started) => engine = Some(started),
                    Err(trouble) => post_to_page(&FromEngine::StartFailed(trouble), &[]),
                }
            }
            ToEngine::Ask {
                job,
                parts,
                settings,
            } => {
                let Some(engine) = &engine else { continue };
                host.begin(job);
                jobs::ask(engine, &host, job, &parts, &parcel, &settings).await;
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
                jobs::paint(engine, &host, job, &images, &parcel, &prompt, &settings).await;
                host.end(job);
            }
            ToEngine::Models(message) => models.hear(message, &parcel),
            // Heard by the listener, also while a job runs.
            ToEngine::Cancel { .. } => {}
        }
    }
}

/// Opens a device and loads the model.
async fn start(
    model: &ModelPlace,
    parcel: &Parcel,
    wish: &Wish,
    host: &WorkerHost,
) -> Result<Engine, Trouble> {
    let offer = adapter::look().await;
    let (device, card) = device::open(wish, &offer, host).await?;
    let on_gpu = card.compute == Compute::Gpu;
    post_to_page(&FromEngine::Device(card), &[]);
    let source = place::source(model, parcel);
    // A folder that the person picked is on this device already.
    let cache = match model {
        ModelPlace::Folder(_) => None,
        ModelPlace::Url(_) | ModelPlace::Kept(_) => Some(place::cache(model).await),
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
    post_to_page(
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
            post_to_page(
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
