//! The engine worker: owns the model and the device, and works through the page's jobs one after the other.
//!
//! One thread does it all, because burn keeps the order of operations by thread; the CPU path of `app/threads-worker` shares
//! the work of single operations with others. Between tokens and steps the engine pauses, so that a Stop is heard.

mod cards;
mod choice;
mod device;
mod jobs;
mod loading;
mod session;
mod verification;

use device::Wish;
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt;
use unimed_model_store::host::{Stops, WorkerHost};
use unimed_protocol::{FromEngine, ModelSource, ToEngine};
use unimed_web::{
    message::Message,
    requests,
    worker::{serve, tell, tell_requests},
};
use wasm_bindgen_futures::spawn_local;

/// Runs the static constructors of the module, made by the linker; natively there are none. Each program calls it once, before
/// anything else.
#[cfg_attr(
    target_arch = "wasm32",
    expect(
        unsafe_code,
        reason = "the linker makes this function; there is no safe name for it"
    )
)]
pub fn run_static_constructors() {
    #[cfg(target_arch = "wasm32")]
    {
        unsafe extern "C" {
            fn __wasm_call_ctors();
        }
        // SAFETY: the linker defines this function with exactly this type, and it is called once, before anything else.
        // When nothing calls it, the linker wraps every export so that each call from JavaScript runs all constructors
        // again, and every GPU call then costs milliseconds.
        unsafe { __wasm_call_ctors() }
    }
}

/// Hears the page from now on, and works. Called once, by the program that this is.
pub fn start() {
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

/// Starts, and then works through the jobs, in order.
async fn work(mut inbox: UnboundedReceiver<(ToEngine, Message)>, host: WorkerHost) {
    while let Some((request, message)) = inbox.next().await {
        // Without a model there is nothing else to do.
        let ToEngine::Start {
            model,
            page_url,
            device,
            kernels,
            measured,
        } = request
        else {
            continue;
        };
        let model_url = match &model {
            ModelSource::Url(url) => url,
            // Nothing is fetched for it; no address begins like this.
            ModelSource::Folder(_) | ModelSource::Kept(_) => "none:",
        };
        requests::observe(&page_url, model_url, tell_requests);
        let wish = Wish {
            device,
            kernels,
            measured,
        };
        if let Err(user_error) = session::run(&model, &message, &wish, &mut inbox, &host).await {
            tell(&FromEngine::StartFailed(user_error), &[]);
        }
    }
}
