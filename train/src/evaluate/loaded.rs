//! Packages as they are evaluated.

use std::path::Path;

use unimed_core::{
    device::{Compute, open_device},
    engine::Engine,
};
use unimed_package::{FolderSource, Package, host::NoopHost};
use unimed_phantom::Modality;

use crate::{TrainError, fused};

/// A package on the CPU, as the page runs it.
#[derive(Debug)]
pub struct Loaded {
    /// The engine.
    pub engine: Engine,
    /// What the package was trained on.
    pub modalities: Vec<Modality>,
    /// Steps of a painting, where not the package's own number.
    pub steps: Option<usize>,
}

/// Opens a package folder.
///
/// # Errors
///
/// [`TrainError`] names the file or tensor.
pub fn open(folder: &Path) -> Result<Loaded, TrainError> {
    fused::install();
    let source = FolderSource::new(folder);
    let package = pollster::block_on(Package::open(&source))?;
    let modalities = modalities(&package.manifest().defaults["modalities"])?;
    let device =
        pollster::block_on(open_device(Compute::Cpu)).map_err(|error| TrainError::Value {
            what: "the CPU backend",
            found: error.to_string(),
            expected: "a build with it".into(),
        })?;
    let host = NoopHost::new();
    let engine = pollster::block_on(Engine::load(&source, &device, &host, &mut |_| {}))?;
    Ok(Loaded {
        engine,
        modalities,
        steps: None,
    })
}

/// The modalities that a manifest names; all of them where it names none.
pub(super) fn modalities(named: &serde_json::Value) -> Result<Vec<Modality>, TrainError> {
    let Some(keys) = named.as_array() else {
        return Ok(Modality::ALL.to_vec());
    };
    keys.iter()
        .map(|key| {
            let known = Modality::ALL
                .into_iter()
                .find(|modality| key == modality.key());
            known.ok_or_else(|| TrainError::Value {
                what: "a modality in the manifest",
                found: key.to_string(),
                expected: Modality::ALL.map(Modality::key).join(", "),
            })
        })
        .collect()
}
