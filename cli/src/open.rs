//! Files, devices and engines for the commands.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use unimed_core::engine::{Compute, ComputeDevice, Engine, open_device};
use unimed_imaging::{Limits, Opened, Opener, RgbImage};
use unimed_package::{FolderSource, Package, config::VisionDepth, host::NoopHost};

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
        &NoopHost::new(),
        &mut |_| {},
    ))?;
    Ok(engine)
}

/// Loads what answers questions of a package folder: about half of it.
pub(crate) fn answering_engine(package: &Path, backend: Backend) -> Result<Engine, CommandError> {
    let device = backend.open()?;
    let source = FolderSource::new(package);
    let engine = pollster::block_on(async {
        let package = Package::open(&source).await?;
        Engine::load_understanding(&package, &device, &NoopHost::new(), &mut |_| {}).await
    })?;
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

/// Opens files, and folders with everything in them, as one drop on the page.
pub(crate) fn opened(paths: &[PathBuf]) -> Result<Opened, CommandError> {
    let mut opener = Opener::new(Limits::default());
    for path in files(paths)? {
        let name = path.to_string_lossy().replace('\\', "/");
        opener.add(&name, read(&path)?);
    }
    Ok(opener.finish())
}

/// Files, and everything in folders in the order of the names.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |error: std::io::Error| -> CommandError {
            format!(
                "{} cannot be listed ({error}); check its permissions",
                path.display()
            )
            .into()
        };
        let entries = fs::read_dir(path).map_err(unreadable)?;
        let mut entries: Vec<PathBuf> = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(unreadable)?;
        entries.sort();
        files.extend(self::files(&entries)?);
    }
    Ok(files)
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
