//! What opening a drop may use, in memory, files and work: one budget that all of its files share.
//!
//! A limit for each file would be none: an archive holds thousands of files, and archives lie in archives. So there is one
//! [`Budget`] for everything that is dropped at once, and whatever takes its size from a file asks it first. These rules hold
//! for any input:
//!
//! * decoded pixels never take more than [`Limits::bytes`];
//! * what is kept beside pixels (a frame's description, the blank part of a picture that is put together) never takes more
//!   than 64 MiB and eight times the bytes that were dropped, so that a million frames of one pixel are refused before
//!   the first one is made;
//! * archives and compressed data sets are never inflated to more than 64 MiB and what Deflate can make of the bytes that
//!   were dropped, however often archives are repeated in archives;
//! * work that nothing is made of (frames that fail, repetitions of repetitions, values that are parsed again) never takes
//!   more steps than a second or two for each megabyte.
//!
//! A file that fails gives its memory back, so that it takes nothing from the files behind it, but keeps its work.

use crate::error::ImagingError;

/// What may be used while files are opened, by all of them together. Memory beside pixels, work and what archives are
/// inflated to are limited as well, by the bytes that are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory for decoded pixels, bytes.
    pub bytes: u64,
    /// Files, those inside of archives included.
    pub files: usize,
}

impl Default for Limits {
    /// 1.5 GiB, which leaves room in the 4 GiB of wasm32, and 20 000 files.
    fn default() -> Self {
        Self {
            bytes: 3 << 29,
            files: 20_000,
        }
    }
}

/// What a frame takes beside its pixels and the name of its file, bytes: its description while it is read and as it is
/// shown, its places in lists, and what the allocator adds.
const FRAME_BYTES: usize = 1280;
/// Memory that any drop may take beside its pixels, bytes; also what may be inflated of any.
const FREE_BYTES: u64 = 64 << 20;
/// Memory beside its pixels for each byte that was dropped.
const BESIDE_FOR_BYTE: u64 = 8;
/// Most bytes that Deflate makes of one: 258 of two bits (RFC 1951, 3.2.5), with room for the rounding.
pub(crate) const DEFLATE_MOST: u64 = 1040;
/// How often the memory limit may pass through archives: their files are decoded one at a time.
const PASSES: u64 = 4;
/// Steps of work that any drop may take: a fraction of a second.
const FREE_STEPS: u64 = 256 << 20;
/// Steps of work for each byte that was dropped; a step is about a nanosecond.
const STEPS_FOR_BYTE: u64 = 1024;

/// What a drop may use, and what it has used of it.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    used: u64,
    files_left: usize,
    /// Bytes that were dropped so far: not those that came out of archives.
    input: u64,
    beside: u64,
    inflated: u64,
    steps: u64,
}

impl Budget {
    /// All of it.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limit: limits.bytes,
            used: 0,
            files_left: limits.files,
            input: 0,
            beside: 0,
            inflated: 0,
            steps: 0,
        }
    }

    /// For a single picture of so many bytes whose pixels are limited in another way.
    pub(crate) fn of_picture(bytes: usize) -> Self {
        let mut budget = Self::new(Limits {
            bytes: u64::MAX,
            files: 1,
        });
        budget.dropped(bytes);
        budget
    }

    /// Counts bytes that were dropped.
    pub(crate) fn dropped(&mut self, bytes: usize) {
        self.input = self.input.saturating_add(bytes as u64);
    }

    /// Takes a file.
    ///
    /// # Errors
    /// [`ImagingError::TooManyFiles`] when there were enough, [`ImagingError::TooMuchWork`] when those before have taken
    /// all the work.
    pub(crate) fn take_file(&mut self) -> Result<(), ImagingError> {
        self.work(0)?;
        self.files_left = self
            .files_left
            .checked_sub(1)
            .ok_or(ImagingError::TooManyFiles)?;
        Ok(())
    }

    /// Files that may still be opened.
    pub(crate) fn files_left(&self) -> usize {
        self.files_left
    }

    /// Bytes of memory left for pixels.
    pub(crate) fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// Takes memory for pixels.
    ///
    /// # Errors
    /// [`ImagingError::TooLarge`] when there is not so much.
    pub(crate) fn take(&mut self, bytes: u64) -> Result<(), ImagingError> {
        if bytes > self.left() {
            return Err(self.exceeded(bytes));
        }
        self.used += bytes;
        Ok(())
    }

    /// Gives back memory that was taken and is not needed.
    pub(crate) fn free(&mut self, bytes: u64) {
        self.used = self.used.saturating_sub(bytes);
    }

    /// The error for something that needs `bytes` more.
    pub(crate) fn exceeded(&self, bytes: u64) -> ImagingError {
        ImagingError::TooLarge {
            needed_mib: self.used.saturating_add(bytes).div_ceil(1 << 20),
            limit_mib: self.limit >> 20,
        }
    }

    /// Takes memory beside the pixels where there is so much.
    pub(crate) fn take_beside(&mut self, bytes: u64) -> bool {
        let taken = self.beside.saturating_add(bytes);
        let fits = taken <= self.most_beside();
        if fits {
            self.beside = taken;
        }
        fits
    }

    fn most_beside(&self) -> u64 {
        FREE_BYTES.saturating_add(self.input.saturating_mul(BESIDE_FOR_BYTE))
    }

    /// Takes memory for the descriptions of frames of a file, as far as all frames have them.
    ///
    /// # Errors
    /// [`ImagingError::TooManyFrames`] when there is not so much.
    pub(crate) fn take_frames(&mut self, frames: usize, file: &str) -> Result<(), ImagingError> {
        let each = (FRAME_BYTES + file.len()) as u64;
        self.take_of_frames(frames, each.saturating_mul(frames as u64))
    }

    /// Takes memory for what is said of so many frames together.
    ///
    /// # Errors
    /// [`ImagingError::TooManyFrames`] when there is not so much.
    pub(crate) fn take_of_frames(
        &mut self,
        frames: usize,
        needed: u64,
    ) -> Result<(), ImagingError> {
        if self.take_beside(needed) {
            return Ok(());
        }
        Err(ImagingError::TooManyFrames {
            frames: frames as u64,
            needed_mib: needed.div_ceil(1 << 20),
            limit_mib: self.most_beside().saturating_sub(self.beside) >> 20,
        })
    }

    /// Bytes that may still come out of archives and compressed data sets.
    pub(crate) fn inflatable(&self) -> u64 {
        let most = self.input.saturating_mul(DEFLATE_MOST);
        let passes = self.limit.saturating_mul(PASSES);
        let most = most.min(passes.max(self.input)).saturating_add(FREE_BYTES);
        most.saturating_sub(self.inflated)
    }

    /// Counts bytes that came out of an archive or a compressed data set.
    pub(crate) fn inflated(&mut self, bytes: usize) {
        self.inflated = self.inflated.saturating_add(bytes as u64);
    }

    /// The error for something that comes to more than `limit` bytes when it is inflated.
    pub(crate) fn cannot_inflate(&self, bytes: u64) -> ImagingError {
        if bytes > self.left() {
            return self.exceeded(bytes);
        }
        ImagingError::InflatesTooFar {
            limit_mib: self.inflated.saturating_add(self.inflatable()) >> 20,
        }
    }

    /// Counts steps of work that nothing is made of.
    ///
    /// # Errors
    /// [`ImagingError::TooMuchWork`] when there were too many.
    pub(crate) fn work(&mut self, steps: u64) -> Result<(), ImagingError> {
        self.steps = self.steps.saturating_add(steps);
        let most = FREE_STEPS.saturating_add(self.input.saturating_mul(STEPS_FOR_BYTE));
        if self.steps <= most {
            return Ok(());
        }
        Err(ImagingError::TooMuchWork {
            steps: self.steps >> 20,
            limit: most >> 20,
        })
    }

    /// What has been taken, to go back to.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            used: self.used,
            beside: self.beside,
        }
    }

    /// Gives back what a file has taken that failed. What it meant to make counts as work: it may have been made up to
    /// its last pixel.
    ///
    /// # Errors
    /// As [`Budget::work`].
    pub(crate) fn give_back(&mut self, mark: Mark) -> Result<(), ImagingError> {
        let taken = self.used.saturating_sub(mark.used);
        (self.used, self.beside) = (mark.used, mark.beside);
        self.work(taken)
    }
}

/// What was taken at some time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    used: u64,
    beside: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(bytes: u64) -> Budget {
        Budget::new(Limits { bytes, files: 2 })
    }

    #[test]
    fn nothing_is_taken_beyond_the_limit() {
        let mut budget = budget(3 << 20);
        assert_eq!(budget.take(2 << 20), Ok(()));
        assert_eq!(
            budget.take(2 << 20),
            Err(ImagingError::TooLarge {
                needed_mib: 4,
                limit_mib: 3
            })
        );
        assert_eq!(budget.left(), 1 << 20);
        assert_eq!(budget.take_file(), Ok(()));
        assert_eq!(budget.take_file(), Ok(()));
        assert_eq!(budget.take_file(), Err(ImagingError::TooManyFiles));
    }

    #[test]
    fn what_is_beside_pixels_grows_with_what_was_dropped() {
        let mut budget = budget(1 << 30);
        assert_eq!(budget.take_frames(50_000, "a"), Ok(()));
        assert_eq!(
            budget.take_frames(10_000, "a"),
            Err(ImagingError::TooManyFrames {
                frames: 10_000,
                needed_mib: 13,
                limit_mib: 2
            })
        );
        budget.dropped(1 << 20);
        assert_eq!(budget.take_frames(8000, "a"), Ok(()));
        assert!(budget.take_frames(usize::MAX, "a").is_err());
    }

    #[test]
    fn inflating_and_work_are_counted_over_the_whole_drop() {
        let mut budget = budget(1 << 30);
        budget.dropped(1 << 10);
        let most = FREE_BYTES + (DEFLATE_MOST << 10);
        assert_eq!(budget.inflatable(), most);
        budget.inflated(most as usize);
        assert_eq!(budget.inflatable(), 0);
        assert!(matches!(
            budget.cannot_inflate(1),
            ImagingError::InflatesTooFar { limit_mib: 65 }
        ));
        // The memory limit passes through four times, and what was dropped once in any case.
        let mut small = self::budget(1 << 20);
        small.dropped(100 << 20);
        assert_eq!(small.inflatable(), 164 << 20);
        assert_eq!(budget.work(FREE_STEPS), Ok(()));
        assert_eq!(budget.work(1 << 20), Ok(()));
        assert_eq!(
            budget.work(1),
            Err(ImagingError::TooMuchWork {
                steps: 257,
                limit: 257
            })
        );
        assert!(budget.take_file().is_err());
    }

    #[test]
    fn a_file_that_fails_gives_its_memory_back_and_keeps_its_work() {
        let mut budget = budget(1 << 40);
        let mark = budget.mark();
        budget.take(FREE_STEPS).unwrap();
        assert!(budget.take_beside(100));
        assert_eq!(budget.give_back(mark), Ok(()));
        assert_eq!((budget.used, budget.beside), (0, 0));
        let mark = budget.mark();
        budget.take(1).unwrap();
        assert!(budget.give_back(mark).is_err());
    }
}
