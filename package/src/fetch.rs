//! Getting a whole package onto this device before any of it is used.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::Poll,
};

use super::{ChunkPlace, Package, PackageError};
use crate::host::{Host, LocalFuture, Stopped};

/// Chunks that are under way at the same time: enough to hide the way to the server and back.
pub const LANES: usize = 4;

/// A download that ended early.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// A chunk could not be fetched, or was wrong.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The person stopped it; what was kept stays.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl Package<'_> {
    /// Fetches, checks and keeps every chunk that the cache does not have, [`LANES`] at a time.
    /// Without a cache that can be used there is nothing to do.
    ///
    /// `progress` hears the bytes that are on this device and the bytes in all, first for what was
    /// there before.
    ///
    /// # Errors
    ///
    /// The first [`FetchError`]; other chunks under way are dropped.
    pub async fn fetch(
        &self,
        host: &dyn Host,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), FetchError> {
        self.fetch_chunks(self.chunks(), host, progress).await
    }

    /// [`Self::fetch`] of the chunks that hold some tensors, and of what is no tensor.
    ///
    /// # Errors
    ///
    /// As [`Self::fetch`].
    pub async fn fetch_tensors(
        &self,
        wanted: &dyn Fn(&str) -> bool,
        host: &dyn Host,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), FetchError> {
        self.fetch_chunks(self.chunks_with(wanted), host, progress)
            .await
    }

    async fn fetch_chunks(
        &self,
        chunks: Vec<ChunkPlace>,
        host: &dyn Host,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), FetchError> {
        let Some(cache) = self.cache() else {
            return Ok(());
        };
        let length = |chunk: &ChunkPlace| chunk.range.end - chunk.range.start;
        let (kept, missing): (Vec<_>, Vec<_>) =
            chunks.into_iter().partition(|chunk| cache.has(chunk));
        let done = Cell::new(kept.iter().map(length).sum::<u64>());
        let total = done.get() + missing.iter().map(length).sum::<u64>();
        progress(done.get(), total);
        let progress = RefCell::new(progress);
        let next = RefCell::new(missing.iter());
        let lane = || async {
            loop {
                // Not in the condition of a loop, where the borrow would last for the whole body.
                let chunk = next.borrow_mut().next();
                let Some(chunk) = chunk else {
                    return Ok::<(), FetchError>(());
                };
                if host.cancelled() {
                    return Err(FetchError::from(Stopped));
                }
                self.chunk_at(chunk).await?;
                done.set(done.get() + length(chunk));
                (progress.borrow_mut())(done.get(), total);
            }
        };
        all((0..LANES).map(|_| Box::pin(lane()) as LocalFuture<'_, _>)).await
    }
}

impl Package<'_> {
    /// Reads all of a package and compares every chunk with its hash. A kept chunk that is damaged
    /// or missing is fetched again; without a cache it is an error.
    ///
    /// `progress` hears the bytes checked and the bytes in all. Returns how many chunks were mended.
    ///
    /// # Errors
    ///
    /// The first [`FetchError`].
    pub async fn verify(
        &self,
        host: &dyn Host,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<usize, FetchError> {
        let total = self.manifest().total_bytes();
        let (mut done, mut mended) = (0, 0);
        progress(done, total);
        for chunk in self.chunks() {
            if host.cancelled() {
                return Err(Stopped.into());
            }
            let whole = match self.cache().filter(|cache| cache.has(&chunk)) {
                Some(cache) => {
                    let kept = cache.read(&chunk).await;
                    let whole = self.checked(&chunk, kept).await.is_ok();
                    if !whole {
                        cache.forget(&chunk);
                    }
                    whole
                }
                None => false,
            };
            if !whole {
                self.chunk_at(&chunk).await?;
                mended += usize::from(self.cache().is_some());
            }
            done += chunk.range.end - chunk.range.start;
            progress(done, total);
            host.yield_now().await;
        }
        Ok(mended)
    }
}

/// Waits for all, or for the first error.
async fn all<E>(futures: impl Iterator<Item = LocalFuture<'_, Result<(), E>>>) -> Result<(), E> {
    let mut futures: Vec<_> = futures.collect();
    poll_fn(|context| {
        let mut i = 0;
        while i < futures.len() {
            match futures[i].as_mut().poll(context) {
                Poll::Ready(Ok(())) => drop(futures.swap_remove(i)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => i += 1,
            }
        }
        if futures.is_empty() {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    })
    .await
}
