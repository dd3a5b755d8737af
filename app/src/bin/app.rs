//! The page.

fn main() {
    unimed_app::page::run();
}
