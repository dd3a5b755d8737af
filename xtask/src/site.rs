//! Puts the site together from `index.html`: its `data-trunk` links name style sheets, folders and programs, as trunk has
//! them, so that trunk can serve the same page.
//!
//! trunk itself is not needed: it would be the largest part of a set-up, and the site uses three kinds of its links.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::compact;
use crate::error::Error;
use crate::folder;
use crate::integrity::attribute;
use crate::place::Place;
use crate::programs::PROGRAMS;
use crate::shared_memory;
use crate::shell::run;
use crate::style;
use crate::toolchain::{WASM, for_browser};

/// What `index.html` links for trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asset {
    /// A style sheet.
    Css(PathBuf),
    /// A folder, whose contents are copied to the site's root.
    Folder(PathBuf),
    /// A program.
    Rust(RustLink),
}

/// Where a link stands in the page, and what it is to.
type Link = (std::ops::Range<usize>, Asset);

/// A link to a program.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RustLink {
    /// Its manifest.
    manifest: PathBuf,
    /// Its binary target, which names its files.
    bin: String,
    /// The profile that it is compiled in.
    profile: String,
    /// Started by a file `NAME_loader.js`; otherwise it is the page, which `pattern_script` starts.
    is_worker: bool,
}

/// The part of `trunk.toml` that says how the page is started.
#[derive(Debug, Deserialize)]
struct TrunkFile {
    build: Patterns,
}

/// What the link to the page's program becomes: at the end of the body, and at the end of the head.
#[derive(Debug, Deserialize)]
struct Patterns {
    pattern_script: String,
    pattern_preload: String,
}

/// Compiles the programs and writes all files of the site, not yet optimized, into an empty `dist`.
///
/// # Errors
///
/// [`Error::Content`] of a link that is not understood, [`Error::File`] of what cannot be read or written,
/// [`Error::Failed`] of a program that does not compile, and those of `compiled`, which hears of each program and of the folder
/// that it lies in. `dist` is as it was when compiling fails.
pub(crate) fn assemble(
    place: &Place,
    dist: &Path,
    compiled: &mut dyn FnMut(&str, &Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let (html, links) = read_page(place)?;
    let patterns = read_patterns(&place.root.join("trunk.toml"))?;
    let glue = place.web_target().join("glue");
    folder::remove(&glue)?;
    for (_, asset) in &links {
        if let Asset::Rust(program) = asset {
            compile(place, program, &glue)?;
            compiled(&program.bin, &glue)?;
        }
    }

    folder::remove(dist)?;
    folder::copy(&glue, dist)?;
    let (mut page, mut end) = (String::new(), 0);
    let mut preload = String::new();
    let mut script = String::new();
    let mut sheets = Vec::new();
    for (span, asset) in &links {
        page += &html[end..span.start];
        end = span.end;
        match asset {
            Asset::Css(path) => sheets.push(place.root.join(path)),
            Asset::Folder(path) => folder::copy(&place.root.join(path), dist)?,
            // Its loader is written when its program is finished.
            Asset::Rust(program) if program.is_worker => {}
            Asset::Rust(program) => {
                preload = fill(&patterns.pattern_preload, program);
                script = fill(&patterns.pattern_script, program);
            }
        }
    }
    page += &html[end..];
    let head = style::join(&sheets, dist)? + &preload;
    let page = without_empty_lines(&page)
        .replacen("</head>", &format!("{head}</head>"), 1)
        .replacen("</body>", &format!("{script}</body>"), 1);
    let path = dist.join("index.html");
    fs::write(&path, page).map_err(Error::file(&path))
}

/// `index.html` and its links for trunk.
fn read_page(place: &Place) -> Result<(String, Vec<Link>), Error> {
    let source = place.root.join("index.html");
    let html = fs::read_to_string(&source).map_err(Error::file(&source))?;
    let links = links(&html).map_err(|found| Error::Content {
        path: source,
        expected: "links of trunk to style sheets, folders and programs".to_owned(),
        found,
        remedy: "xtask/src/site.rs lists what is understood",
    })?;
    Ok((html, links))
}

fn read_patterns(path: &Path) -> Result<Patterns, Error> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    let file: TrunkFile = toml::from_str(&text).map_err(|error| Error::Content {
        path: path.to_owned(),
        expected: "pattern_script and pattern_preload in [build]".to_owned(),
        found: error.message().to_owned(),
        remedy: "restore the file from git",
    })?;
    Ok(file.build)
}

/// The links for trunk in a page and where they stand; what is wrong with one that is not understood.
fn links(html: &str) -> Result<Vec<Link>, String> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = html[from..].find("<link data-trunk").map(|at| from + at) {
        let Some(length) = html[start..].find('>') else {
            return Err(format!("a link without an end: {}", &html[start..]));
        };
        let end = start + length + 1;
        let tag = &html[start..end];
        found.push((start..end, asset(tag).ok_or_else(|| tag.to_owned())?));
        from = end;
    }
    Ok(found)
}

fn asset(tag: &str) -> Option<Asset> {
    let value = |name: &str| attribute(tag, name);
    let href = PathBuf::from(value("href")?);
    match value("rel")? {
        "css" => Some(Asset::Css(href)),
        "copy-dir" => (value("data-target-path")? == ".").then_some(Asset::Folder(href)),
        "rust" => Some(Asset::Rust(RustLink {
            manifest: href,
            bin: value("data-bin")?.to_owned(),
            profile: value("data-cargo-profile").unwrap_or("release").to_owned(),
            is_worker: match value("data-type")? {
                "main" => false,
                "worker" => {
                    value("data-bindgen-target")? == "web" && tag.contains("data-loader-shim")
                }
                _ => return None,
            },
        })),
        _ => None,
    }
}

/// Compiles the program of that name, which the page links, into a folder.
///
/// # Errors
///
/// Those of [`assemble`].
pub(crate) fn compile_program(place: &Place, name: &str, folder: &Path) -> Result<(), Error> {
    let (_, links) = read_page(place)?;
    for (_, asset) in &links {
        if let Asset::Rust(program) = asset
            && program.bin == name
        {
            compile(place, program, folder)?;
        }
    }
    Ok(())
}

/// Writes `NAME.js` and `NAME_bg.wasm` into `glue`.
fn compile(place: &Place, program: &RustLink, glue: &Path) -> Result<(), Error> {
    let manifest = program.manifest.to_string_lossy();
    let args = [
        "build",
        "--target",
        WASM,
        "--manifest-path",
        &manifest,
        "--bin",
        &program.bin,
        "--profile",
        &program.profile,
        "--locked",
    ];
    let built = PROGRAMS.iter().find(|built| built.name == program.bin);
    let threads = built.is_some_and(|built| built.threads);
    run(&mut if threads {
        shared_memory::cargo(place, &args)?
    } else {
        for_browser(place, "cargo", &args)?
    })?;
    let wasm = built
        .map_or_else(|| place.web_target(), |built| built.target(place))
        .join(WASM)
        .join(&program.profile)
        .join(format!("{}.wasm", program.bin));
    let (wasm, glue) = (wasm.to_string_lossy(), glue.to_string_lossy());
    let args = [
        "--target",
        "web",
        "--no-typescript",
        "--out-name",
        &program.bin,
        "--out-dir",
        &glue,
        &wasm,
    ];
    run(&mut for_browser(place, "wasm-bindgen", &args)?)?;
    let script = Path::new(glue.as_ref()).join(format!("{}.js", program.bin));
    let text = fs::read_to_string(&script).map_err(Error::file(&script))?;
    fs::write(&script, compact::js(&text)).map_err(Error::file(&script))
}

/// A pattern of `trunk.toml` with the addresses of a program's files.
fn fill(pattern: &str, program: &RustLink) -> String {
    pattern
        .replace("{base}", "./")
        .replace("{js}", &format!("{}.js", program.bin))
        .replace("{wasm}", &format!("{}_bg.wasm", program.bin))
}

/// Links stood alone on their lines.
fn without_empty_lines(text: &str) -> String {
    text.split_inclusive('\n')
        .filter(|line| !line.trim().is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_links_every_program_once_and_all_else_is_understood() {
        let place = Place::find();
        let html = fs::read_to_string(place.root.join("index.html")).expect("is there");
        let found = links(&html).expect("understood");
        let mut linked: Vec<_> = found
            .iter()
            .filter_map(|(_, asset)| match asset {
                Asset::Rust(program) => Some(program),
                Asset::Css(path) | Asset::Folder(path) => {
                    assert!(place.root.join(path).exists(), "{path:?}");
                    None
                }
            })
            .collect();
        linked.sort_by_key(|program| PROGRAMS.iter().position(|known| known.name == program.bin));
        let names: Vec<&str> = linked.iter().map(|program| program.bin.as_str()).collect();
        assert_eq!(names, PROGRAMS.map(|program| program.name));
        assert_eq!(
            linked.iter().filter(|program| !program.is_worker).count(),
            1
        );
        let patterns = read_patterns(&place.root.join("trunk.toml")).expect("is read");
        assert!(fill(&patterns.pattern_preload, linked[0]).contains("href=\"./app_bg.wasm\""));
        assert!(patterns.pattern_script.contains("boot.js"));
    }

    #[test]
    fn a_link_that_is_not_understood_is_named() {
        for tag in [
            "<link data-trunk rel=\"scss\" href=\"a.scss\">",
            "<link data-trunk rel=\"css\">",
            "<link data-trunk rel=\"copy-dir\" href=\"a\">",
            "<link data-trunk rel=\"rust\" href=\"Cargo.toml\" data-bin=\"a\" data-type=\"worker\">",
        ] {
            let html = format!("<head><link rel=\"icon\" href=\"i\">{tag}</head>");
            assert_eq!(links(&html), Err(tag.to_owned()));
        }
        let unended = "<link data-trunk rel=\"css\"";
        assert!(links(unended).is_err());
    }
}
