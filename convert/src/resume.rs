//! The unfinished folder: what is done in it, and that only one conversion works in it.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{ConvertError, shard};
use unimed_package::{ErrorStats, FileEntry, MANIFEST};

const STATE: &str = "resume.json";
const LOCK: &str = "lock";

/// A finished shard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) file: FileEntry,
    /// Errors by group.
    pub(super) stats: BTreeMap<String, ErrorStats>,
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    /// Hash of everything that decides what the shards hold.
    job: String,
    shards: Vec<Done>,
}

/// A hidden folder beside the target. It stays when a conversion is killed, and the next one goes
/// on from it.
#[derive(Debug)]
pub(super) struct Unfinished {
    target: PathBuf,
    folder: PathBuf,
    state: State,
    /// Held as long as the conversion runs; the system lets go of it when the process dies.
    lock: File,
}

impl Unfinished {
    /// Opens the folder for `target`; shards of the same job that are whole are kept.
    pub(super) fn open(target: &Path, job: String) -> Result<Self, ConvertError> {
        let Some(name) = target.file_name() else {
            return Err(ConvertError::Exists {
                path: target.display().to_string(),
            });
        };
        if !is_free(target) {
            return Err(ConvertError::Exists {
                path: target.display().to_string(),
            });
        }
        let folder = target.with_file_name(format!(".{}.partial", name.display()));
        fs::create_dir_all(&folder).map_err(ConvertError::write(&folder))?;
        let path = folder.join(LOCK);
        let lock = File::create(&path).map_err(ConvertError::write(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ConvertError::Busy {
                    path: target.display().to_string(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(ConvertError::write(&path)(error)),
        }
        let known = fs::read(folder.join(STATE)).ok();
        let known = known.and_then(|bytes| serde_json::from_slice::<State>(&bytes).ok());
        let mut shards = Vec::new();
        if let Some(state) = known.filter(|state| state.job == job) {
            // A file that exists is not a file that is complete.
            let whole = |done: &Done| shard::agrees(&folder, &done.file);
            shards.extend(state.shards.into_iter().take_while(whole));
        }
        let unfinished = Self {
            target: target.to_owned(),
            folder,
            state: State { job, shards },
            lock,
        };
        unfinished.clear()?;
        Ok(unfinished)
    }

    /// Deletes what is neither a finished shard nor needed to go on.
    fn clear(&self) -> Result<(), ConvertError> {
        let kept = |name: &str| {
            [STATE, LOCK].contains(&name)
                || self.state.shards.iter().any(|done| done.file.name == name)
        };
        let clear = || {
            for entry in fs::read_dir(&self.folder)? {
                let entry = entry?;
                if !kept(&entry.file_name().to_string_lossy()) {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        };
        clear().map_err(ConvertError::write(&self.folder))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn done(&self) -> &[Done] {
        &self.state.shards
    }

    /// Notes a finished shard.
    pub(super) fn add(&mut self, done: Done) -> Result<(), ConvertError> {
        self.state.shards.push(done);
        let state = serde_json::to_vec(&self.state).map_err(|error| ConvertError::Write {
            path: STATE.to_owned(),
            why: error.to_string(),
        })?;
        shard::write_whole(&self.folder.join(STATE), &state)
    }

    /// Writes the manifest, last of all, and gives the folder its name.
    pub(super) fn finish(self, manifest: &[u8]) -> Result<(), ConvertError> {
        shard::write_whole(&self.folder.join(MANIFEST), manifest)?;
        let Self {
            target,
            folder,
            lock,
            ..
        } = self;
        let swap = || {
            fs::remove_file(folder.join(STATE))?;
            fs::remove_file(folder.join(LOCK))?;
            drop(lock);
            if target.exists() {
                fs::remove_dir(&target)?; // an empty one
            }
            fs::rename(&folder, &target)
        };
        swap().map_err(ConvertError::write(&target))
    }
}

/// True when nothing or an empty folder is there.
fn is_free(target: &Path) -> bool {
    match fs::read_dir(target) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !target.exists(),
    }
}
