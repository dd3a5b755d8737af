//! The unimed command: verify, convert, inspect, ask, paint, phantom, train, eval, bench.

fn main() {}
