//! Set-up, serve, test and build of UniMed.

fn main() {}
