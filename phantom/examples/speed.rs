//! Measures renders a second on one core, with the allocator that training uses:
//! `cargo run --release --example speed`.

use std::time::Instant;

use unimed_phantom::{Modality, PairTask, Split, case, pair};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const COUNT: u64 = 200;

/// Seconds that this thread has run; on a busy machine the wall clock says less.
fn cpu_seconds(start: Instant) -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(
            || start.elapsed().as_secs_f64(),
            |nanoseconds| nanoseconds * 1e-9,
        )
}

fn measure(name: &str, work: impl Fn(u64)) {
    let clock = Instant::now();
    let start = cpu_seconds(clock);
    for index in 0..COUNT {
        work(index);
    }
    let rate = COUNT as f64 / (cpu_seconds(clock) - start);
    println!("{name}: {rate:.0} a second");
}

fn main() {
    for modality in Modality::ALL {
        measure(modality.key(), |index| {
            std::hint::black_box(case(modality, Split::Train, 3, index));
        });
    }
    for task in PairTask::ALL {
        measure(task.key(), |index| {
            std::hint::black_box(pair(task, Split::Train, 3, index));
        });
    }
}
