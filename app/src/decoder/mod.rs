//! The decoding worker: turns the bytes of a file into pixels, so that neither the page nor the engine waits for it.

use crate::{
    browser, ledger,
    wire::{listen_to_page, post_to_page, to_buffer},
};
use unimed_imaging::decode;
use unimed_protocol::{FileId, FromDecoder, Picture, Remedy, ToDecoder, Trouble};

/// Starts to listen. Called once, when the worker starts.
pub fn run() {
    console_error_panic_hook::set_once();
    listen_to_page(|parcel| {
        let Some(ToDecoder::Decode { file, name, buffer }) = parcel.message() else {
            return;
        };
        let Some(bytes) = parcel.bytes(buffer) else {
            return;
        };
        answer(file, &name, &bytes);
    });
    // This worker requests nothing but its own program; both folders are the page's.
    let home = home_url();
    ledger::observe(&home, &format!("{home}model/"), |records| {
        post_to_page(&FromDecoder::Requests(records), &[]);
    });
    post_to_page(&FromDecoder::Awake, &[]);
}

fn answer(file: FileId, name: &str, bytes: &[u8]) {
    let start_ms = browser::now_ms();
    match decode(bytes) {
        Ok(decoded) => {
            // Turned as a camera marked it; the model gets the turned picture too, so that both see the same.
            let image = decoded.image.oriented(decoded.orientation);
            let picture = Picture {
                width: side(image.width),
                height: side(image.height),
                buffer: 0,
            };
            let pixels = to_buffer(&image.to_rgba());
            let format = decoded.format.to_string();
            let decode_ms = browser::now_ms() - start_ms;
            post_to_page(
                &FromDecoder::Decoded {
                    file,
                    picture,
                    format,
                    decode_ms,
                },
                &[pixels],
            );
        }
        Err(error) => {
            let mut trouble = Trouble::from_message(&error.to_string(), Remedy::ChooseFile);
            trouble.what = format!("{name}: {}", trouble.what);
            post_to_page(&FromDecoder::Failed { file, trouble }, &[]);
        }
    }
}

fn side(pixels: usize) -> u32 {
    u32::try_from(pixels).expect("invariant: the decoder refuses images of more than 2^32 pixels")
}

/// The folder of this worker's program, with a slash at its end.
fn home_url() -> String {
    let href = browser::member(&js_sys::global(), "location")
        .map(|location| browser::text(&location, "href"))
        .unwrap_or_default();
    href.rsplit_once('/')
        .map_or_else(String::new, |(folder, _)| format!("{folder}/"))
}
