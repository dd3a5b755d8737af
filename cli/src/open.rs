//! Files, devices and engines for the commands.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use unimed_core::{
    config::VisionDepth,
    engine::{Compute, ComputeDevice, Engine, open_device},
    host::Unattended,
    package::FolderSource,
};
use unimed_imaging::RgbImage;

use crate::commands::CommandError;

/// Where to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Backend {
    /// SIMD on one core.
    #[default]
    Cpu,
    /// The first GPU that wgpu finds.
    Gpu,
}

impl Backend {
    /// Opens the device and names a GPU on stderr.
    pub(crate) fn open(self) -> Result<ComputeDevice, CommandError> {
        let compute = match self {
            Self::Cpu => Compute::Cpu,
            Self::Gpu => Compute::Gpu,
        };
        let device = pollster::block_on(open_device(compute))?;
        if compute == Compute::Gpu {
            let kind = if device.software {
                " (a software adapter)"
            } else {
                ""
            };
            note(&format!("computing on {}{kind}", device.adapter));
        }
        Ok(device)
    }
}

/// Reads the value of `--vit-layers`.
pub(crate) fn depth(text: &str) -> Result<VisionDepth, String> {
    if text == "auto" {
        return Ok(VisionDepth::Auto);
    }
    text.parse()
        .map(VisionDepth::Layers)
        .map_err(|_| format!("{text} is neither auto nor a number of layers"))
}

/// Reads a size such as 128x128.
pub(crate) fn size(text: &str) -> Result<(usize, usize), String> {
    text.split_once('x')
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)))
        .ok_or_else(|| format!("{text} is not WIDTHxHEIGHT; write for instance 128x128"))
}

/// Loads a package folder.
pub(crate) fn engine(package: &Path, backend: Backend) -> Result<Engine, CommandError> {
    let device = backend.open()?;
    let source = FolderSource::new(package);
    let engine = pollster::block_on(Engine::load(
        &source,
        &device,
        &Unattended::new(),
        &mut |_| {},
    ))?;
    Ok(engine)
}

/// Decodes image files.
pub(crate) fn images(files: &[PathBuf]) -> Result<Vec<RgbImage>, CommandError> {
    files
        .iter()
        .map(|file| {
            let bytes = read(file)?;
            let decoded = unimed_imaging::decode(&bytes)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            Ok(decoded.image)
        })
        .collect()
}

/// Reads a file; the error names it.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, CommandError> {
    fs::read(file).map_err(|error| {
        format!(
            "{} cannot be read ({error}); check the path",
            file.display()
        )
        .into()
    })
}

/// Reads a text file; the error names it.
pub(crate) fn read_text(file: &Path) -> Result<String, CommandError> {
    String::from_utf8(read(file)?)
        .map_err(|_| format!("{} is not UTF-8 text; fetch it again", file.display()).into())
}

/// A line on stderr, for people.
pub(crate) fn note(line: &str) {
    use std::io::Write;
    // Nothing can be done when stderr is closed.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
