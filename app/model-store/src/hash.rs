//! SHA-256, by the browser where the page may ask it (over https and on this very device).

use js_sys::{Promise, Uint8Array};
use unimed_web::browser::{call, member};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// The hash of some bytes.
pub(crate) async fn sha256(bytes: &[u8]) -> [u8; 32] {
    match by_browser(bytes).await {
        Some(digest) => digest,
        None => unimed_package::sha256(bytes),
    }
}

async fn by_browser(bytes: &[u8]) -> Option<[u8; 32]> {
    let crypto = member(&js_sys::global(), "crypto")?;
    let subtle = member(&crypto, "subtle")?;
    // SAFETY: `digest` copies the bytes before it returns, so that no memory of this program is seen later.
    let view = unsafe { Uint8Array::view(bytes) };
    let promise = call(&subtle, "digest", &["SHA-256".into(), view.into()])?;
    let digest = JsFuture::from(promise.dyn_into::<Promise>().ok()?)
        .await
        .ok()?;
    let mut out = [0; 32];
    let digest = Uint8Array::new(&digest);
    (digest.length() == 32).then(|| digest.copy_to(&mut out))?;
    Some(out)
}
