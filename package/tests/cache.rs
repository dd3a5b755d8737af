//! Chunks that are kept: fetched once, checked always, healed when damaged, resumed after a stop.

#![cfg(not(target_arch = "wasm32"))]

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, ready},
    ops::Range,
    task::{Context, Poll, Waker},
};

use pollster::block_on;
use serde_json::json;
use unimed_package::{
    Cache, ChunkPlace, DType, FetchError, LANES, MANIFEST, Manifest, MemoryCache, MemorySource,
    Package, PackageError, PackageWriter, Source, SourceError, TensorIndex, TensorMeta,
    host::{Host, LocalFuture, NoopHost},
};

/// Twelve chunks in two shards: the numbers 0, 1, .. as floats.
fn package() -> MemorySource {
    let configs = [json!({}), json!({}), json!({})];
    let mut manifest = Manifest::new("kept", "CC0-1.0", "made by a test", configs);
    manifest.chunk_bytes = 1024;
    let mut writer = PackageWriter::in_memory(manifest).shard_bytes(6000);
    for name in ["a", "b"] {
        let values: Vec<u8> = (0..1350).flat_map(|i| (i as f32).to_le_bytes()).collect();
        let meta = TensorMeta {
            dtype: DType::F32,
            shape: vec![1350],
        };
        writer.add_tensor(name, meta, values).expect("it fits");
    }
    writer.finish().expect("memory takes anything")
}

/// A server that counts, and that may lie.
struct Server {
    files: MemorySource,
    asked: RefCell<Vec<(String, Range<u64>)>>,
    under_way: Cell<usize>,
    /// Answers the next request for a chunk at this byte with zeros.
    lies_at: Cell<Option<u64>>,
    /// Never answers requests for chunks.
    silent: Cell<bool>,
}

impl Server {
    fn new() -> Self {
        Self {
            files: package(),
            asked: RefCell::default(),
            under_way: Cell::new(0),
            lies_at: Cell::new(None),
            silent: Cell::new(false),
        }
    }

    /// Requests for chunks since the last time.
    fn asked(&self) -> usize {
        let asked = self.asked.take();
        asked.iter().filter(|(file, _)| file != MANIFEST).count()
    }
}

impl Source for Server {
    fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>> {
        self.files.size(file)
    }

    fn read<'a>(
        &'a self,
        file: &'a str,
        range: Range<u64>,
    ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        self.asked
            .borrow_mut()
            .push((file.to_owned(), range.clone()));
        self.under_way.set(self.under_way.get() + 1);
        if self.silent.get() {
            return Box::pin(pending());
        }
        if self.lies_at.get() == Some(range.start) && file != MANIFEST {
            self.lies_at.set(None);
            let zeros = vec![0; (range.end - range.start) as usize];
            return Box::pin(ready(Ok(zeros)));
        }
        self.files.read(file, range)
    }
}

/// Wants to stop after so many looks.
struct Impatient(Cell<usize>);

impl Host for Impatient {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn yield_now(&self) -> LocalFuture<'_, ()> {
        Box::pin(ready(()))
    }

    fn cancelled(&self) -> bool {
        self.0.set(self.0.get().saturating_sub(1));
        self.0.get() == 0
    }
}

fn read_all(package: &Package<'_>) -> Result<(), PackageError> {
    for name in ["a", "b"] {
        let bytes = block_on(package.read(name))?;
        assert_eq!(bytes[4..8], 1_f32.to_le_bytes(), "{name}");
        assert_eq!(bytes[5396..], 1349_f32.to_le_bytes(), "{name}");
    }
    Ok(())
}

#[test]
fn every_chunk_is_fetched_once_and_read_from_the_cache_afterwards() {
    let (server, cache) = (Server::new(), MemoryCache::new());
    let package = block_on(Package::open_with(&server, Some(&cache))).unwrap();
    let mut seen = Vec::new();
    block_on(package.fetch(&NoopHost::new(), &mut |done, total| {
        seen.push((done, total));
    }))
    .unwrap();
    assert_eq!(server.asked(), 12);
    let total = package.manifest().total_bytes();
    assert!(
        seen.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "{seen:?}"
    );
    assert_eq!(seen.last(), Some(&(total, total)));
    read_all(&package).unwrap();
    // The next visit asks for nothing but the manifest.
    let package = block_on(Package::open_with(&server, Some(&cache))).unwrap();
    let mut seen = Vec::new();
    block_on(package.fetch(&NoopHost::new(), &mut |done, _| seen.push(done))).unwrap();
    read_all(&package).unwrap();
    assert_eq!((server.asked(), seen), (0, vec![total]));
}

#[test]
fn a_stopped_download_goes_on_where_it_was() {
    let (server, cache) = (Server::new(), MemoryCache::new());
    let package = block_on(Package::open_with(&server, Some(&cache))).unwrap();
    // The first chunk of each shard came with its header.
    assert_eq!(server.asked(), 2);
    let stopped = block_on(package.fetch(&Impatient(Cell::new(6)), &mut |_, _| {})).unwrap_err();
    assert!(matches!(stopped, FetchError::Stopped(_)), "{stopped}");
    assert_eq!(server.asked(), 5);
    let package = block_on(Package::open_with(&server, Some(&cache))).unwrap();
    let mut first = None;
    block_on(package.fetch(&NoopHost::new(), &mut |done, _| {
        first.get_or_insert(done);
    }))
    .unwrap();
    assert_eq!(server.asked(), 12 - 2 - 5);
    assert!(first.is_some_and(|done| done > 6000), "{first:?}");
}

#[test]
fn a_damaged_kept_chunk_is_fetched_again() {
    let (server, mut cache) = (Server::new(), MemoryCache::new());
    let package = block_on(Package::open_with(&server, Some(&cache))).unwrap();
    block_on(package.fetch(&NoopHost::new(), &mut |_, _| {})).unwrap();
    server.asked();
    let mut chunks: Vec<_> = cache.chunks_mut().iter_mut().collect();
    chunks.sort_by_key(|(place, _)| (place.file.clone(), place.index));
    chunks[3].1[500] ^= 1;
    chunks[7].1.truncate(10);
    let package = block_on(Package::open_with(&server, Some(&cache))).unwrap();
    read_all(&package).unwrap();
    assert_eq!(server.asked(), 2);
    // Now they are whole again.
    let package = block_on(Package::open_with(&server, Some(&cache))).unwrap();
    read_all(&package).unwrap();
    assert_eq!(server.asked(), 0);
}

#[test]
fn what_the_server_sends_wrong_is_refused_and_not_kept() {
    let (server, cache) = (Server::new(), MemoryCache::new());
    let package = block_on(Package::open_with(&server, Some(&cache))).unwrap();
    server.lies_at.set(Some(3072));
    let error = block_on(package.fetch(&NoopHost::new(), &mut |_, _| {})).unwrap_err();
    let FetchError::Package(PackageError::Hash { file, chunk, .. }) = error else {
        panic!("{error}")
    };
    let place = ChunkPlace {
        file,
        index: chunk,
        range: 3072..4096,
    };
    assert!(chunk == 3 && !cache.has(&place));
    // The server mended its ways.
    block_on(package.fetch(&NoopHost::new(), &mut |_, _| {})).unwrap();
    assert!(cache.has(&place));
}

#[test]
fn several_chunks_are_under_way_at_once() {
    let (server, cache) = (Server::new(), MemoryCache::new());
    let package = block_on(Package::open_with(&server, Some(&cache))).unwrap();
    server.silent.set(true);
    server.under_way.set(0);
    let host = NoopHost::new();
    let mut progress = |_, _| {};
    let mut fetching = Box::pin(package.fetch(&host, &mut progress));
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(
        fetching.as_mut().poll(&mut context),
        Poll::Pending
    ));
    assert_eq!(server.under_way.get(), LANES);
}

#[test]
fn verifying_reads_everything_and_mends_what_is_damaged() {
    let (server, mut cache) = (Server::new(), MemoryCache::new());
    let package = block_on(Package::open_with(&server, Some(&cache))).unwrap();
    block_on(package.fetch(&NoopHost::new(), &mut |_, _| {})).unwrap();
    assert_eq!(
        block_on(package.verify(&NoopHost::new(), &mut |_, _| {})),
        Ok(0)
    );
    server.asked();
    let mut chunks: Vec<_> = cache.chunks_mut().iter_mut().collect();
    chunks.sort_by_key(|(place, _)| (place.file.clone(), place.index));
    // The first chunk of a shard is read, and so mended, when the package is opened.
    chunks[4].1[9] ^= 1;
    let lost = chunks[8].0.clone();
    cache.chunks_mut().remove(&lost);
    let package = block_on(Package::open_with(&server, Some(&cache))).unwrap();
    let mut seen = Vec::new();
    let mended = block_on(package.verify(&NoopHost::new(), &mut |done, _| seen.push(done)));
    assert_eq!((mended, server.asked()), (Ok(2), 2));
    assert_eq!(
        (seen.len(), seen[12]),
        (13, package.manifest().total_bytes())
    );
    let stopped = block_on(package.verify(&Impatient(Cell::new(3)), &mut |_, _| {}));
    assert!(
        matches!(stopped, Err(FetchError::Stopped(_))),
        "{stopped:?}"
    );
}

#[test]
fn verifying_without_a_cache_names_what_is_damaged() {
    let server = Server::new();
    let package = block_on(Package::open(&server)).unwrap();
    assert_eq!(
        block_on(package.verify(&NoopHost::new(), &mut |_, _| {})),
        Ok(0)
    );
    server.lies_at.set(Some(2048));
    let error = block_on(package.verify(&NoopHost::new(), &mut |_, _| {})).unwrap_err();
    assert!(error.to_string().contains("damaged in chunk 2"), "{error}");
}

#[test]
fn only_the_chunks_of_wanted_tensors_are_fetched() {
    let (server, cache) = (Server::new(), MemoryCache::new());
    let package = block_on(Package::open_with(&server, Some(&cache))).expect("a whole package");
    let fetch = |name: &'static str| {
        server.asked();
        let wanted = move |tensor: &str| tensor == name;
        let mut last = (0, 0);
        block_on(
            package.fetch_tensors(&wanted, &NoopHost::new(), &mut |done, all| {
                last = (done, all);
            }),
        )
        .expect("nothing fails");
        assert_eq!(last.0, last.1);
        (server.asked(), last.1)
    };
    let (first, bytes) = fetch("a");
    assert!(first > 0 && bytes >= 5400, "{first} chunks, {bytes} bytes");
    assert_eq!(fetch("a"), (0, bytes), "all of it is kept");
    let whole: u64 = package.manifest().files.iter().map(|file| file.size).sum();
    assert!(bytes < whole, "{bytes} of {whole}");
    block_on(package.read("a")).expect("it was fetched");
    assert_eq!(server.asked(), 0);
    let (second, _) = fetch("b");
    assert!(second > 0, "b lies in other chunks");
}
