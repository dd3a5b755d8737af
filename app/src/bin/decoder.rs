//! The decoding worker: files in, pixels out.

fn main() {
    unimed_app::decoder::run();
}
