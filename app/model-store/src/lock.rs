//! Locks that all tabs of this page share (Web Locks): whoever comes second waits.

use js_sys::{Array, Function, Promise};
use unimed_web::browser::{call, member};
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// A lock that is held for as long as this lives.
#[derive(Debug)]
pub(crate) struct Lock {
    release: Function,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Resolves the promise that holds the lock, which is never refused.
        let _ = self.release.call0(&JsValue::NULL);
    }
}

/// Waits for a lock; `None` where the browser has no locks, or refuses them as it refuses storage.
pub(crate) async fn lock(name: &str) -> Option<Lock> {
    let locks = member(&member(&js_sys::global(), "navigator")?, "locks")?;
    let (mut got, mut release) = (None, None);
    let granted = Promise::new(&mut |resolve, _| got = Some(resolve));
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));
    let (got, release) = (got?, release?);
    let hold = Closure::once_into_js(move |_lock: JsValue| {
        let _ = got.call0(&JsValue::NULL);
        held
    });
    let requested = call(&locks, "request", &[format!("unimed {name}").into(), hold])?;
    // The request ends before it was granted only where it is refused.
    let first = Promise::race(&Array::of2(&granted, &requested));
    JsFuture::from(first).await.ok()?;
    Some(Lock { release })
}
