//! What a visitor has to download before the page works, and before the engine does, held against a limit.

use std::fs;
use std::path::{Path, PathBuf};

use crate::build::{PAGES, SECOND_PAGES};
use crate::error::Error;
use crate::integrity::without_hash;
use crate::place::Place;
use crate::policy::inline_script;
use crate::programs::PROGRAMS;
use crate::report::Count;
use crate::sha256::sha256;
use crate::web_package;

/// Logarithm of brotli's window: the largest of RFC 7932, which the `brotli` command takes by default.
const WINDOW: i32 = 24;

/// Most that the package for other pages may weigh beside its workers, in bytes after brotli.
const PACKAGE_LIMIT: usize = 60_000;

/// Most that a page beside the main one may weigh without the programs of workers, in bytes after brotli.
const SECOND_LIMIT: usize = 40_000;

/// Prints the sizes of what is in `dist/` and checks them and the glue; each check counts as a test.
pub(crate) fn run(place: &Place) -> Result<Count, Error> {
    let dist = place.dist();
    let mut count = Count::default();
    for program in &PROGRAMS {
        let mut files = vec![program.glue(&dist), program.wasm(&dist)];
        // The page brings what it is shown with.
        if program.name == "app" {
            files.extend(["index.html", "boot.js", "checked.js"].map(|name| dist.join(name)));
            let ours = |path: &PathBuf| {
                !SECOND_PAGES
                    .iter()
                    .any(|page| page.styles.iter().any(|style| path.ends_with(style)))
            };
            files.extend(files_with(&dist, &["css"])?.into_iter().filter(ours));
        }
        let size = weigh(place, &files)?;
        println!(
            "{} after brotli: {} kB, at most {} kB",
            program.name,
            size / 1000,
            program.limit / 1000
        );
        count.check(
            &format!("{} is within its size", program.name),
            size <= program.limit,
        );
    }
    for second in SECOND_PAGES {
        let size = weigh(place, &second.files(&dist)?)?;
        println!(
            "{} after brotli, without workers: {:.1} kB, at most {} kB",
            second.page,
            size as f64 / 1000.0,
            SECOND_LIMIT / 1000
        );
        count.check(
            &format!("{} is within its size", second.page),
            size <= SECOND_LIMIT,
        );
    }
    // A package is not part of every site.
    if dist.join(web_package::NAME).is_dir() {
        let size = weigh(place, &web_package::modules(&dist)?)?;
        println!(
            "package after brotli, without its workers: {:.1} kB, at most {} kB",
            size as f64 / 1000.0,
            PACKAGE_LIMIT / 1000
        );
        count.check("the package is within its size", size <= PACKAGE_LIMIT);
    }
    for program in &PROGRAMS {
        let path = program.glue(&dist);
        let glue = fs::read_to_string(&path).map_err(Error::file(&path))?;
        // Such names mean that every call from the browser runs all static constructors again.
        count.check(
            &format!("{}.js calls no export through a wrapper", program.name),
            !glue.contains("_command_export"),
        );
    }
    for page in PAGES {
        let path = dist.join(page);
        let html = fs::read_to_string(&path).map_err(Error::file(&path))?;
        count.check(
            &format!("{page} holds no script of its own"),
            inline_script(&html).is_none(),
        );
        let bare = without_hash(&html);
        count.check(
            &format!("{page} has a hash for all that it loads {bare:?}"),
            bare.is_empty(),
        );
    }
    Ok(count)
}

/// The sum of the files' sizes after brotli at its best, which hosts use for static files.
fn weigh(place: &Place, files: &[PathBuf]) -> Result<usize, Error> {
    let kept = place.cache.join("brotli");
    fs::create_dir_all(&kept).map_err(Error::file(&kept))?;
    let mut sum = 0;
    for file in files {
        let bytes = fs::read(file).map_err(Error::file(file))?;
        // Compressing the engine takes half a minute, so the answer is remembered.
        let note = kept.join(format!("{}-{WINDOW}", sha256(&bytes)));
        let known = fs::read_to_string(&note)
            .ok()
            .and_then(|text| text.parse::<usize>().ok());
        let size = match known {
            Some(size) => size,
            None => {
                let size = brotli_size(&bytes).map_err(Error::file(file))?;
                fs::write(&note, size.to_string()).map_err(Error::file(&note))?;
                size
            }
        };
        println!(
            "  {:20} {:>9} B, {size:>8} B after brotli",
            name_of(file),
            bytes.len()
        );
        sum += size;
    }
    Ok(sum)
}

fn brotli_size(bytes: &[u8]) -> std::io::Result<usize> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: WINDOW,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters)
}

fn files_with(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, Error> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(Error::file(folder))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|e| extensions.iter().any(|wanted| e == *wanted))
        })
        .collect();
    found.sort();
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::brotli_size;

    #[test]
    fn brotli_is_measured_in_full() {
        assert!(brotli_size(&[7; 100_000]).unwrap() < 100);
        let mut state = 1_u32;
        let noise: Vec<u8> = (0..10_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        assert!(brotli_size(&noise).unwrap() > 9000);
    }
}
