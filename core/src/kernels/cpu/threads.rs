//! Work of a kernel in parts, one after the other or, with the feature `threads`, on the threads of rayon's pool.
//!
//! Parts are of the output, and what a number is computed from does not depend on its part: the results are the same bit by bit,
//! however many threads there are.

use std::ops::Range;

/// Multiplications for which another thread is worth waking: some tens of microseconds of one thread.
#[cfg(feature = "threads")]
const WORTH_A_THREAD: usize = 1 << 17;
/// Parts for each thread, so that a slower core does not keep the others waiting.
#[cfg(feature = "threads")]
const PARTS_A_THREAD: usize = 2;

/// Results of ranges that make up a whole, in order.
pub(super) type Parts<T> = Vec<(Range<usize>, T)>;

/// `work` for ranges that make up `0..count`, each but the last of whole `grain`s; together they take `cost` multiplications.
pub(super) fn shared<T: Send>(
    count: usize,
    grain: usize,
    cost: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Parts<T> {
    in_parts(split(count, grain, parts_for(cost)), work)
}

#[cfg(feature = "threads")]
fn parts_for(cost: usize) -> usize {
    match rayon::current_num_threads() {
        1 => 1,
        threads => (cost / WORTH_A_THREAD).clamp(1, threads * PARTS_A_THREAD),
    }
}

#[cfg(not(feature = "threads"))]
fn parts_for(_: usize) -> usize {
    1
}

#[cfg(feature = "threads")]
fn in_parts<T: Send>(
    ranges: Vec<Range<usize>>,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Parts<T> {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};

    if ranges.len() < 2 {
        return one_by_one(ranges, work);
    }
    ranges
        .into_par_iter()
        .map(|range| (range.clone(), work(range)))
        .collect()
}

#[cfg(not(feature = "threads"))]
fn in_parts<T>(ranges: Vec<Range<usize>>, work: impl Fn(Range<usize>) -> T) -> Parts<T> {
    one_by_one(ranges, work)
}

fn one_by_one<T>(ranges: Vec<Range<usize>>, work: impl Fn(Range<usize>) -> T) -> Parts<T> {
    ranges
        .into_iter()
        .map(|range| (range.clone(), work(range)))
        .collect()
}

/// `0..count` in at most `parts` ranges of whole `grain`s, as equal as they can be.
fn split(count: usize, grain: usize, parts: usize) -> Vec<Range<usize>> {
    let grains = count.div_ceil(grain);
    let parts = parts.clamp(1, grains.max(1));
    (0..parts)
        .map(|part| {
            let at = |part: usize| (part * grains / parts * grain).min(count);
            at(part)..at(part + 1)
        })
        .collect()
}

/// `[rows, columns]` of parts `[rows, len * width]`, whose ranges are in units of `width` columns.
pub(super) fn side_by_side(
    mut parts: Parts<Vec<f32>>,
    rows: usize,
    columns: usize,
    width: usize,
) -> Vec<f32> {
    if let [_] = parts[..] {
        return parts.remove(0).1;
    }
    let mut whole = vec![0.0; rows * columns];
    for (range, part) in parts {
        let len = range.len() * width;
        for (to, from) in whole
            .chunks_exact_mut(columns)
            .zip(part.chunks_exact(len.max(1)))
        {
            to[range.start * width..][..len].copy_from_slice(from);
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_whole_grains_and_make_up_the_whole() {
        for (count, grain, parts) in [(576, 24, 2), (577, 24, 5), (7, 24, 3), (0, 1, 2), (6, 1, 4)]
        {
            let ranges = split(count, grain, parts);
            assert!(ranges.len() <= parts, "{ranges:?}");
            let mut end = 0;
            for range in &ranges {
                assert_eq!(range.start, end, "{ranges:?}");
                assert!(range.start % grain == 0, "{ranges:?}");
                end = range.end;
            }
            assert_eq!(end, count, "{ranges:?}");
        }
    }

    #[test]
    fn parts_lie_side_by_side_as_they_were() {
        let whole: Vec<f32> = (0..3 * 10).map(|x| x as f32).collect();
        let part = |range: Range<usize>| {
            let rows = whole.chunks_exact(10);
            rows.flat_map(|row| row[range.start * 2..range.end * 2].to_vec())
                .collect::<Vec<f32>>()
        };
        for parts in 1..=5 {
            let parts = in_parts(split(5, 1, parts), part);
            assert_eq!(side_by_side(parts, 3, 10, 2), whole);
        }
    }
}
