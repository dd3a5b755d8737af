//! Kernels beside what they should compute, over sizes around every tile, natively and in a browser by the same test bodies: one
//! program, because each takes half a minute to link for a browser and to start in it.

#[macro_use]
mod both;
mod conv;
#[path = "../device/mod.rs"]
mod device;
mod layer;
mod packed;
mod places;
#[cfg(all(target_arch = "wasm32", feature = "gpu"))]
mod rivals;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
