//! Checkpoints: everything a run needs to go on, or the averaged weights alone.
//!
//! Files are written beside their place and renamed, so that a run that is cut off never leaves
//! half a file.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use crate::{
    error::{TrainError, at},
    optim::OptimState,
    params::Params,
};

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Samples seen.
    pub samples: u64,
    /// Seconds of training.
    pub seconds: f64,
}

/// Where the full state of a stage lies.
#[must_use]
pub fn state_file(folder: &Path, stage: &str) -> PathBuf {
    folder.join(format!("{stage}.state.safetensors"))
}

/// Where the averaged weights of a stage lie.
#[must_use]
pub fn weights_file(folder: &Path, stage: &str) -> PathBuf {
    folder.join(format!("{stage}.safetensors"))
}

/// Writes weights, averages and moments of what is trained.
///
/// # Errors
///
/// [`TrainError::File`].
pub fn save_state(
    path: &Path,
    params: &Params,
    optim: &OptimState,
    progress: Progress,
) -> Result<(), TrainError> {
    let mut tensors = Vec::new();
    for (index, entry) in params
        .entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.trained)
    {
        tensors.push((
            format!("w.{}", entry.name),
            entry.shape.clone(),
            f32_bytes(&entry.values),
        ));
        for (kind, list) in [("m", &optim.m), ("v", &optim.v), ("ema", &optim.ema)] {
            let name = format!("{kind}.{}", entry.name);
            tensors.push((name, entry.shape.clone(), f32_bytes(&list[index])));
        }
    }
    let meta = [
        ("step", progress.step.to_string()),
        ("samples", progress.samples.to_string()),
        ("seconds", progress.seconds.to_string()),
        ("adam_steps", optim.steps.to_string()),
    ];
    write(
        path,
        &tensors,
        Dtype::F32,
        meta.map(|(key, value)| (key.to_owned(), value)).into(),
    )
}

/// Reads a full state into `params`. Parameters that are not trained keep their values: they belong
/// to the stage that made them. So do those that the file lacks; they start with zero moments.
///
/// # Errors
///
/// [`TrainError::File`] or [`TrainError::Weights`].
pub fn load_state(path: &Path, params: &mut Params) -> Result<(OptimState, Progress), TrainError> {
    let bytes = fs::read(path).map_err(at(path))?;
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|error| bad(path, error))?;
    let meta = header.metadata().clone().unwrap_or_default();
    let file = SafeTensors::deserialize(&bytes).map_err(|error| bad(path, error))?;
    fn number<T: std::str::FromStr + Default>(meta: &HashMap<String, String>, key: &str) -> T {
        meta.get(key)
            .and_then(|text| text.parse().ok())
            .unwrap_or_default()
    }
    for entry in params.entries.iter_mut().filter(|entry| entry.trained) {
        read_into(
            path,
            &file,
            &format!("w.{}", entry.name),
            &entry.shape,
            &mut entry.values,
        )?;
    }
    let mut optim = OptimState::new(params);
    for (index, entry) in params
        .entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.trained)
    {
        for (kind, list) in [
            ("m", &mut optim.m),
            ("v", &mut optim.v),
            ("ema", &mut optim.ema),
        ] {
            read_into(
                path,
                &file,
                &format!("{kind}.{}", entry.name),
                &entry.shape,
                &mut list[index],
            )?;
        }
    }
    optim.steps = number(&meta, "adam_steps");
    let progress = Progress {
        step: number(&meta, "step"),
        samples: number(&meta, "samples"),
        seconds: number(&meta, "seconds"),
    };
    Ok((optim, progress))
}

/// Writes weights in 16 bit under their plain names; constant tables are left out, the engine
/// computes them.
///
/// # Errors
///
/// [`TrainError::File`].
pub fn save_weights(
    path: &Path,
    params: &Params,
    meta: HashMap<String, String>,
) -> Result<(), TrainError> {
    let tensors = params
        .entries
        .iter()
        .filter(|entry| !crate::params::is_constant(&entry.name))
        .map(|entry| {
            (
                entry.name.clone(),
                entry.shape.clone(),
                f16_bytes(&entry.values),
            )
        })
        .collect::<Vec<_>>();
    write(path, &tensors, Dtype::F16, meta)
}

/// Reads weights (16 or 32 bit) into `params` by name; returns how many were found.
///
/// # Errors
///
/// [`TrainError::File`] or [`TrainError::Weights`].
pub fn load_weights(path: &Path, params: &mut Params) -> Result<usize, TrainError> {
    let bytes = fs::read(path).map_err(at(path))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| bad(path, error))?;
    let mut found = 0;
    for entry in &mut params.entries {
        found += usize::from(read_into(
            path,
            &file,
            &entry.name,
            &entry.shape,
            &mut entry.values,
        )?);
    }
    if found == 0 {
        return Err(bad(path, "none of its tensors belongs to this model"));
    }
    Ok(found)
}

/// Reads weights (16 or 32 bit) into `params` by name, all of them: what is used next has nothing else to take.
///
/// # Errors
///
/// [`TrainError::File`], or [`TrainError::Weights`] with the first tensor that the file lacks. The weights of a stage that are
/// kept with only what it trained are such a file; join it with those of the stages before.
pub fn load_all_weights(path: &Path, params: &mut Params) -> Result<(), TrainError> {
    let bytes = fs::read(path).map_err(at(path))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| bad(path, error))?;
    for entry in &mut params.entries {
        let (name, shape) = (&entry.name, &entry.shape);
        if !read_into(path, &file, name, shape, &mut entry.values)?
            && !crate::params::is_constant(name)
        {
            let why = format!("it has {} tensors, none of them is {name}", file.len());
            return Err(bad(path, why));
        }
    }
    Ok(())
}

/// Values as little-endian 16-bit floats.
#[must_use]
pub fn f16_bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|&value| half::f16::from_f32(value).to_le_bytes())
        .collect()
}

fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn bad(path: &Path, why: impl std::fmt::Display) -> TrainError {
    TrainError::Weights {
        path: path.into(),
        why: why.to_string(),
    }
}

/// Reads one tensor if it is there; says whether it was.
fn read_into(
    path: &Path,
    file: &SafeTensors<'_>,
    name: &str,
    shape: &[usize],
    values: &mut Vec<f32>,
) -> Result<bool, TrainError> {
    let Ok(view) = file.tensor(name) else {
        return Ok(false);
    };
    if view.shape() != shape {
        let why = format!("{name} has shape {:?}, expected {shape:?}", view.shape());
        return Err(bad(path, why));
    }
    *values = match view.dtype() {
        Dtype::F32 => view
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|&b| f32::from_le_bytes(b))
            .collect(),
        Dtype::F16 => {
            let pairs = view.data().as_chunks::<2>().0.iter();
            pairs
                .map(|&b| half::f16::from_le_bytes(b).to_f32())
                .collect()
        }
        other => {
            return Err(bad(
                path,
                format!("{name} has type {other:?}, expected F32 or F16"),
            ));
        }
    };
    Ok(true)
}

fn write(
    path: &Path,
    tensors: &[(String, Vec<usize>, Vec<u8>)],
    dtype: Dtype,
    meta: HashMap<String, String>,
) -> Result<(), TrainError> {
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| {
            TensorView::new(dtype, shape.clone(), bytes)
                .map(|view| (name.as_str(), view))
                .map_err(|error| bad(path, error))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let bytes = safetensors::serialize(views, Some(meta)).map_err(|error| bad(path, error))?;
    replace(path, &bytes)
}

/// Writes a file beside its place and renames it.
///
/// # Errors
///
/// [`TrainError::File`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    let temporary = path.with_extension("partial");
    fs::write(&temporary, bytes).map_err(at(&temporary))?;
    fs::rename(&temporary, path).map_err(at(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{optim::AdamW, params::Entry};

    fn params() -> Params {
        let entry = |name: &str, trained| Entry {
            name: name.into(),
            shape: vec![2],
            values: vec![0.5, -3.0],
            trained,
        };
        Params {
            entries: vec![entry("a", true), entry("b", false)],
        }
    }

    #[test]
    fn a_state_returns_as_it_was() {
        let folder = std::env::temp_dir().join(format!("unimed-state-{}", std::process::id()));
        let path = state_file(&folder, "test");
        let mut params = params();
        let mut optim = OptimState::new(&params);
        let grads = vec![Some(vec![0.25, -0.125]), None];
        AdamW::default().step(&mut params, &mut optim, &grads, 0.1);
        let progress = Progress {
            step: 7,
            samples: 112,
            seconds: 1.5,
        };
        save_state(&path, &params, &optim, progress).expect("written");
        let mut fresh = self::params();
        fresh.entries[1].values = vec![8.0, 9.0]; // frozen: what another stage has made since
        let (loaded, found) = load_state(&path, &mut fresh).expect("read");
        assert_eq!(fresh.entries[0], params.entries[0]);
        assert_eq!(fresh.entries[1].values, [8.0, 9.0]);
        assert_eq!((loaded, found), (optim, progress));
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn weights_of_another_model_are_refused() {
        let folder = std::env::temp_dir().join(format!("unimed-weights-{}", std::process::id()));
        let path = weights_file(&folder, "test");
        save_weights(&path, &params(), HashMap::new()).expect("written");
        let mut same = params();
        same.entries[0].values = vec![0.0; 2];
        assert_eq!(load_weights(&path, &mut same).expect("read"), 2);
        assert_eq!(same, params());
        let mut other = params();
        other.entries[0].shape = vec![1, 2];
        let error = load_weights(&path, &mut other).expect_err("another shape");
        assert!(
            error
                .to_string()
                .contains("a has shape [2], expected [1, 2]"),
            "{error}"
        );
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn weights_that_lack_a_tensor_are_refused_where_all_are_needed() {
        let folder = std::env::temp_dir().join(format!("unimed-lacks-{}", std::process::id()));
        let path = weights_file(&folder, "test");
        let mut part = params();
        let left_out = part.entries.pop().expect("two entries");
        save_weights(&path, &part, HashMap::new()).expect("written");
        load_all_weights(&path, &mut part.clone()).expect("all of these");
        let error = load_all_weights(&path, &mut params()).expect_err("one is missing");
        let expected = format!("it has 1 tensors, none of them is {}", left_out.name);
        assert!(error.to_string().contains(&expected), "{error}");
        fs::remove_dir_all(folder).expect("removed");
    }
}
