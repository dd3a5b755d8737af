//! A test body that runs natively and in a browser.

/// The same test natively and in a browser.
macro_rules! both {
    ($name:ident, $body:expr) => {
        #[cfg(not(target_arch = "wasm32"))]
        #[test]
        fn $name() {
            pollster::block_on($body);
        }

        #[cfg(target_arch = "wasm32")]
        #[wasm_bindgen_test]
        async fn $name() {
            $body.await;
        }
    };
}
