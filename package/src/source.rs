//! Where the bytes come from: memory, a folder, or (elsewhere) a web server.

use std::{collections::BTreeMap, ops::Range};

use sha2::{Digest, Sha256};

use crate::host::LocalFuture;

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The file is not there.
    #[error("{file} is not there; check that the model is complete")]
    Missing {
        /// Name of the file.
        file: String,
    },
    /// The file ends before the bytes that were asked for.
    #[error("{file} has {found} bytes, byte {wanted} was asked for; fetch it again")]
    TooShort {
        /// Name of the file.
        file: String,
        /// Byte that must exist.
        wanted: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// Anything else: the sentence goes on after the name of the file.
    #[error("{file} {what}; check the connection or the folder and try again")]
    Failed {
        /// Name of the file.
        file: String,
        /// What happened, for example "could not be fetched (status 500)".
        what: String,
    },
}

/// SHA-256 of some bytes, by this program itself.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Random access to the files of a package (memory, folder, HTTP range).
pub trait Source {
    /// Length of a file in bytes.
    fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>>;

    /// Exactly the bytes of the range; fewer is an error.
    fn read<'a>(
        &'a self,
        file: &'a str,
        range: Range<u64>,
    ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>>;

    /// SHA-256 of some bytes. A browser computes it faster than this program in it.
    fn sha256<'a>(&'a self, bytes: &'a [u8]) -> LocalFuture<'a, [u8; 32]> {
        Box::pin(std::future::ready(sha256(bytes)))
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>> {
        (**self).size(file)
    }

    fn read<'a>(
        &'a self,
        file: &'a str,
        range: Range<u64>,
    ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        (**self).read(file, range)
    }

    fn sha256<'a>(&'a self, bytes: &'a [u8]) -> LocalFuture<'a, [u8; 32]> {
        (**self).sha256(bytes)
    }
}

/// True for a plain file name: no path, nothing hidden, nothing that a system treats specially.
#[must_use]
pub fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && !name.starts_with('.')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Files in memory.
#[derive(Clone, Default)]
pub struct MemorySource {
    files: BTreeMap<String, Vec<u8>>,
}

impl std::fmt::Debug for MemorySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map()
            .entries(self.files.iter().map(|(name, bytes)| (name, bytes.len())))
            .finish()
    }
}

impl MemorySource {
    /// No files yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, file: impl Into<String>, bytes: Vec<u8>) {
        self.files.insert(file.into(), bytes);
    }

    /// The bytes of a file.
    #[must_use]
    pub fn get(&self, file: &str) -> Option<&[u8]> {
        self.files.get(file).map(Vec::as_slice)
    }

    /// The bytes of a file, to be changed.
    pub fn get_mut(&mut self, file: &str) -> Option<&mut Vec<u8>> {
        self.files.get_mut(file)
    }

    /// Takes a file out.
    pub fn remove(&mut self, file: &str) -> Option<Vec<u8>> {
        self.files.remove(file)
    }

    /// Names of the files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    fn file(&self, file: &str) -> Result<&[u8], SourceError> {
        self.get(file).ok_or_else(|| SourceError::Missing {
            file: file.to_owned(),
        })
    }

    fn cut(&self, file: &str, range: &Range<u64>) -> Result<Vec<u8>, SourceError> {
        let bytes = self.file(file)?;
        let at = |n: u64| usize::try_from(n).ok();
        at(range.start)
            .zip(at(range.end))
            .and_then(|(start, end)| bytes.get(start..end))
            .map(<[u8]>::to_vec)
            .ok_or_else(|| SourceError::TooShort {
                file: file.to_owned(),
                wanted: range.end,
                found: bytes.len() as u64,
            })
    }
}

impl Source for MemorySource {
    fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>> {
        Box::pin(std::future::ready(
            self.file(file).map(|bytes| bytes.len() as u64),
        ))
    }

    fn read<'a>(
        &'a self,
        file: &'a str,
        range: Range<u64>,
    ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        Box::pin(std::future::ready(self.cut(file, &range)))
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub use folder::FolderSource;

#[cfg(not(target_arch = "wasm32"))]
mod folder {
    use std::{
        fs::File,
        io::{ErrorKind, Read, Seek, SeekFrom},
        ops::Range,
        path::{Path, PathBuf},
    };

    use super::{Source, SourceError, is_plain_name};
    use crate::host::LocalFuture;

    /// The files of a folder on this machine.
    #[derive(Debug, Clone)]
    pub struct FolderSource {
        folder: PathBuf,
    }

    impl FolderSource {
        /// The files of `folder`; nothing is read yet.
        #[must_use]
        pub fn new(folder: impl AsRef<Path>) -> Self {
            Self {
                folder: folder.as_ref().to_owned(),
            }
        }

        /// The folder.
        #[must_use]
        pub fn folder(&self) -> &Path {
            &self.folder
        }

        fn open(&self, file: &str) -> Result<(File, u64), SourceError> {
            let failed = |what: String| SourceError::Failed {
                file: file.to_owned(),
                what,
            };
            if !is_plain_name(file) {
                return Err(failed("is not a plain file name".to_owned()));
            }
            let opened = File::open(self.folder.join(file)).and_then(|opened| {
                let meta = opened.metadata()?;
                Ok((opened, meta))
            });
            match opened {
                Ok((opened, meta)) if meta.is_file() => Ok((opened, meta.len())),
                Ok(_) => Err(failed("is not a file".to_owned())),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let file = self.folder.join(file).display().to_string();
                    Err(SourceError::Missing { file })
                }
                Err(error) => Err(failed(format!("cannot be opened ({error})"))),
            }
        }

        /// Fills `buffer` from a place in a file, so that one buffer serves many reads.
        ///
        /// # Errors
        ///
        /// [`SourceError`] when the file is not there or ends too early.
        pub fn read_at(
            &self,
            file: &str,
            start: u64,
            buffer: &mut [u8],
        ) -> Result<(), SourceError> {
            let (mut opened, size) = self.open(file)?;
            let wanted = start.saturating_add(buffer.len() as u64);
            if wanted > size {
                return Err(SourceError::TooShort {
                    file: file.to_owned(),
                    wanted,
                    found: size,
                });
            }
            opened
                .seek(SeekFrom::Start(start))
                .and_then(|_| opened.read_exact(buffer))
                .map_err(|error| SourceError::Failed {
                    file: file.to_owned(),
                    what: format!("cannot be read ({error})"),
                })
        }

        fn cut(&self, file: &str, range: &Range<u64>) -> Result<Vec<u8>, SourceError> {
            let (mut opened, size) = self.open(file)?;
            let failed = |what: String| SourceError::Failed {
                file: file.to_owned(),
                what,
            };
            // Before anything is allocated: a header may claim any length.
            if range.end > size || range.start > range.end {
                let wanted = range.end;
                return Err(SourceError::TooShort {
                    file: file.to_owned(),
                    wanted,
                    found: size,
                });
            }
            let length = usize::try_from(range.end - range.start)
                .map_err(|_| failed("has a part that does not fit into memory".to_owned()))?;
            let mut bytes = vec![0; length];
            opened
                .seek(SeekFrom::Start(range.start))
                .and_then(|_| opened.read_exact(&mut bytes))
                .map_err(|error| failed(format!("cannot be read ({error})")))?;
            Ok(bytes)
        }
    }

    impl Source for FolderSource {
        fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>> {
            Box::pin(std::future::ready(self.open(file).map(|(_, size)| size)))
        }

        fn read<'a>(
            &'a self,
            file: &'a str,
            range: Range<u64>,
        ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
            Box::pin(std::future::ready(self.cut(file, &range)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_pass() {
        for name in ["manifest.json", "model-00001-of-00002.safetensors", "a"] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in [
            "", ".", "..", "../a", "a/b", "/a", "a\\b", "..\\a", "C:a", "a\0", "a b", ".hidden",
            "a%2fb", "é", "a?b", "a#b",
        ] {
            assert!(!is_plain_name(name), "{name}");
        }
    }

    #[test]
    fn memory_tells_what_is_missing() {
        let mut source = MemorySource::new();
        source.insert("a", vec![1, 2, 3]);
        assert_eq!(pollster::block_on(source.read("a", 1..3)), Ok(vec![2, 3]));
        assert_eq!(pollster::block_on(source.size("a")), Ok(3));
        let short = SourceError::TooShort {
            file: "a".into(),
            wanted: 4,
            found: 3,
        };
        assert_eq!(pollster::block_on(source.read("a", 1..4)), Err(short));
        let missing = SourceError::Missing { file: "b".into() };
        assert_eq!(pollster::block_on(source.size("b")), Err(missing));
    }
}
