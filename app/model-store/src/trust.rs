//! The keys that this browser has seen packages signed with, and how new the newest were: a small file beside the models,
//! which goes with them when everything is wiped.

use crate::{
    kept::{self, KEYS},
    lock::lock,
    opfs,
};
use unimed_package::{SignedManifest, Trust, TrustStatus, shipped_key};
use unimed_protocol::{decode, encode};
use unimed_web::browser::{call, call_later, object};
use wasm_bindgen::JsValue;

/// How a package stands to what this browser has seen before; remembers it. Where the browser keeps no files, every
/// package is the first.
pub async fn judge(package: &SignedManifest) -> TrustStatus {
    // Two workers of a page, and other tabs, may come at once.
    let _held = lock("keys").await;
    let mut trust: Trust = match kept::models(false).await {
        Some(models) => kept::content(&models, KEYS)
            .await
            .and_then(|bytes| decode(&String::from_utf8(bytes.to_vec()).ok()?).ok())
            .unwrap_or_default(),
        None => Trust::default(),
    };
    let before = trust.clone();
    let now = (js_sys::Date::now() / 1000.0) as u64;
    let name = &package.manifest().name;
    let standing = trust.judge(name, package.signature(), &[shipped_key()], now);
    if trust != before {
        // What cannot be written down is seen for the first time again.
        let _ = write(&trust).await;
    }
    standing
}

async fn write(trust: &Trust) -> Option<()> {
    let create = JsValue::from(object(&[("create", true.into())]));
    let models = kept::models(true).await?;
    let file = call_later(&models, "getFileHandle", &[KEYS.into(), create]).await?;
    let handle = call_later(&file, "createSyncAccessHandle", &[]).await?;
    let written = opfs::overwrite(&handle, encode(trust).as_bytes());
    call(&handle, "close", &[]);
    written
}
