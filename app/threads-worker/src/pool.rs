//! Threads of rayon's pool, which cannot be started from Rust in a browser: workers wait here to become one.

use rayon::{ThreadBuilder, ThreadPoolBuilder};
use std::sync::{Condvar, Mutex, PoisonError};

/// Threads that rayon wants and no worker has taken yet.
static WANTED: Mutex<Vec<ThreadBuilder>> = Mutex::new(Vec::new());
static ADDED: Condvar = Condvar::new();

/// Starts the pool that all long work goes to, and waits until its threads are there. Without threads, long work is done by
/// whoever asks for it.
///
/// # Panics
///
/// When there is a pool already.
pub(crate) fn start(threads: usize) {
    let builder = ThreadPoolBuilder::new().num_threads(threads.max(1));
    let built = if threads == 0 {
        builder.use_current_thread().build_global()
    } else {
        builder.spawn_handler(want).build_global()
    };
    built.expect("invariant: the pool is started once");
}

#[expect(clippy::unnecessary_wraps, reason = "rayon asks for a result")]
fn want(thread: ThreadBuilder) -> std::io::Result<()> {
    WANTED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(thread);
    ADDED.notify_one();
    Ok(())
}

/// Becomes the next thread that is wanted, and returns when the pool ends.
pub(crate) fn run_thread() {
    let wanted = WANTED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut wanted = ADDED
        .wait_while(wanted, |wanted| wanted.is_empty())
        .unwrap_or_else(PoisonError::into_inner);
    let thread = wanted.pop();
    drop(wanted);
    if let Some(thread) = thread {
        thread.run();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    use std::{collections::HashSet, thread};

    #[test]
    fn work_goes_to_the_threads_that_waited() {
        for _ in 0..2 {
            thread::spawn(run_thread);
        }
        start(2);
        assert_eq!(rayon::current_num_threads(), 2);
        let threads: HashSet<_> = (0..100)
            .into_par_iter()
            .map(|_| thread::current().id())
            .collect();
        assert!(!threads.contains(&thread::current().id()));
    }
}
