//! Writes the tables of docs/reference/formats.md from the conformance set: `cargo run -p unimed-imaging --features report --example formats`.

#[path = "../tests/support/conformance/mod.rs"]
#[allow(
    dead_code,
    reason = "the test of the same set uses the rest of this module"
)]
mod conformance;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let path = conformance::docs::path();
    let document = std::fs::read_to_string(&path)?;
    let cases = conformance::cases();
    let written = conformance::docs::rewritten(&document, &cases).ok_or(
        "docs/reference/formats.md has lost the marks between which the tables are written",
    )?;
    std::fs::write(&path, written)?;
    Ok(())
}
