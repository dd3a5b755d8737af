//! Bills of materials (CycloneDX 1.6) of what is released: the site and the command, each with every crate that is compiled into
//! it, by licence and hash.
//!
//! From `cargo tree`, because one program is built for several targets with features of its own, and tools for single crates
//! take those of the whole workspace. No time and no random number goes in: the same sources give the same bytes.

mod tree;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::error::Error;
use crate::npm_tools;
use crate::place::Place;
use crate::programs::PROGRAMS;
use crate::sbom::tree::{About, Crate, Crates};
use crate::sha256::sha256_of;
use crate::shell::{answer, command};
use crate::toolchain::WASM;

/// Targets that the command is released for (.github/workflows/release.yml).
const COMMAND_TARGETS: [&str; 4] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
];

/// Hashes of packages by name and release, from `Cargo.lock`; the workspace's own have none.
type Hashes = BTreeMap<Crate, String>;

/// Writes `unimed-site.cdx.json` and `unimed-command.cdx.json` into a folder.
pub(crate) fn write(place: &Place, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let hashes = hashes(place)?;
    let mut site = Crates::new();
    for program in &PROGRAMS {
        tree::add(place, (program.name, program.package), WASM, &mut site)?;
    }
    let mut of_command = Crates::new();
    for target in COMMAND_TARGETS {
        tree::add(place, ("unimed", "unimed-cli"), target, &mut of_command)?;
    }
    let mut beside = vec![model(place)?];
    beside.extend(tools(place)?);
    for (name, crates, beside) in [
        ("unimed-site", site, beside),
        ("unimed-command", of_command, Vec::new()),
    ] {
        let path = folder.join(format!("{name}.cdx.json"));
        let bill = bill(name, &crates, &hashes, beside);
        fs::write(&path, format!("{bill:#}\n")).map_err(Error::file(&path))?;
        println!("{}: {} crates", path.display(), crates.len());
    }
    Ok(())
}

/// The bill of `crates`, and of other components.
fn bill(name: &str, crates: &Crates, hashes: &Hashes, beside: Vec<Value>) -> Value {
    let mut components: Vec<Value> = crates
        .iter()
        .map(|(krate, about)| component(krate, about, hashes.get(krate)))
        .collect();
    components.push(standard_library());
    components.extend(beside);
    let needs = |about: &About| about.needs.iter().map(reference).collect::<Vec<_>>();
    let dependencies: Vec<Value> = crates
        .iter()
        .map(|(krate, about)| json!({ "ref": reference(krate), "dependsOn": needs(about) }))
        .collect();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": name,
                "name": name,
                "version": env!("CARGO_PKG_VERSION"),
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    })
}

fn component(krate: &Crate, about: &About, hash: Option<&String>) -> Value {
    let programs: Vec<Value> = about
        .programs
        .iter()
        .map(|program| json!({ "name": "unimed:program", "value": program }))
        .collect();
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(krate),
        "name": krate.name,
        "version": krate.version,
        "properties": programs,
    });
    if !about.licence.is_empty() {
        component["licenses"] = json!([{ "expression": about.licence }]);
    }
    // What has no hash is of this repository, and published nowhere.
    if let Some(hash) = hash {
        component["purl"] = reference(krate).into();
        component["hashes"] = json!([{ "alg": "SHA-256", "content": hash }]);
    }
    component
}

/// By what a bill refers to a crate: its package URL.
fn reference(krate: &Crate) -> String {
    // A plus sign separates what a release is built with, and stands for a space in addresses.
    let version = krate.version.replace('+', "%2B");
    format!("pkg:cargo/{}@{version}", krate.name)
}

fn hashes(place: &Place) -> Result<Hashes, Error> {
    let path = place.root.join("Cargo.lock");
    let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
    let wrong = |found: String| Error::Content {
        path: path.clone(),
        expected: "packages".to_owned(),
        found,
        remedy: "restore the file from git",
    };
    let lock: toml::Table =
        toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let packages = packages.ok_or_else(|| wrong("none".to_owned()))?;
    let hash = |package: &toml::Value| {
        let text = |key: &str| Some(package.get(key)?.as_str()?.to_owned());
        let (name, version) = (text("name")?, text("version")?);
        Some((Crate { name, version }, text("checksum")?))
    };
    Ok(packages.iter().filter_map(hash).collect())
}

/// The standard library, part of every program; rustc has the same release.
fn standard_library() -> Value {
    let about = answer(&mut command("rustc", ["-vV"])).unwrap_or_default();
    let release = about
        .lines()
        .find_map(|line| line.strip_prefix("release: "))
        .unwrap_or_default();
    json!({
        "type": "library",
        "bom-ref": "rust-std",
        "name": "std",
        "description": "The standard library of Rust",
        "version": release,
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
    })
}

/// The model that comes with the page, by the hash of the manifest, which holds those of all weights.
fn model(place: &Place) -> Result<Value, Error> {
    let path = place.root.join("public/model/manifest.json");
    let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
    let manifest: Value = serde_json::from_str(&text).unwrap_or_default();
    Ok(json!({
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": manifest["name"],
        "licenses": [{ "expression": manifest["licence"] }],
        "hashes": [{ "alg": "SHA-256", "content": sha256_of(&path)? }],
    }))
}

/// Programs of npm that write a part of the site; they are no part of it.
fn tools(place: &Place) -> Result<Vec<Value>, Error> {
    let tool = |[name, version, integrity]: [String; 3]| {
        let hash = integrity.strip_prefix("sha512-").unwrap_or_default();
        let bytes = BASE64_STANDARD.decode(hash).unwrap_or_default();
        let hash: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let purl = format!("pkg:npm/{name}@{version}");
        json!({
            "type": "application",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "scope": "excluded",
            "hashes": [{ "alg": "SHA-512", "content": hash }],
        })
    };
    Ok(npm_tools::that_build(place)?
        .into_iter()
        .map(tool)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn krate(name: &str, version: &str) -> Crate {
        Crate {
            name: name.to_owned(),
            version: version.to_owned(),
        }
    }

    #[test]
    fn a_crate_stands_there_with_licence_hash_and_programs() {
        let about = About {
            licence: "MIT".to_owned(),
            needs: [krate("itoa", "1.1.0")].into(),
            programs: ["app"].into(),
        };
        let crates = Crates::from([(krate("serde", "1.0.0"), about)]);
        let hashes = Hashes::from([(krate("serde", "1.0.0"), "ab".to_owned())]);
        let bill = bill("a", &crates, &hashes, Vec::new());
        let serde = &bill["components"][0];
        assert_eq!(serde["purl"], "pkg:cargo/serde@1.0.0");
        assert_eq!(serde["licenses"][0]["expression"], "MIT");
        assert_eq!(serde["hashes"][0]["content"], "ab");
        assert_eq!(serde["properties"][0]["value"], "app");
        assert_eq!(
            bill["dependencies"][0]["dependsOn"],
            json!(["pkg:cargo/itoa@1.1.0"])
        );
    }

    #[test]
    fn what_is_published_nowhere_has_no_hash_and_no_package_url() {
        let crates = Crates::from([(krate("own", "0.1.0+a"), About::default())]);
        let bill = bill("a", &crates, &Hashes::new(), Vec::new());
        let own = &bill["components"][0];
        assert_eq!(own["bom-ref"], "pkg:cargo/own@0.1.0%2Ba");
        assert_eq!(
            (own.get("purl"), own.get("hashes"), own.get("licenses")),
            (None, None, None)
        );
    }

    #[test]
    fn every_crate_of_the_lock_file_but_the_workspaces_own_has_a_hash() {
        let place = Place::find();
        let lock = fs::read_to_string(place.root.join("Cargo.lock")).expect("is there");
        let hashes = hashes(&place).expect("is read");
        assert!(hashes.values().all(|hash| hash.len() == 64));
        let own = lock.matches("[[package]]").count() - hashes.len();
        let members = lock.matches("name = \"unimed-").count() + 1;
        assert_eq!(own, members);
    }

    #[test]
    fn the_tool_that_writes_into_the_site_is_named_with_its_hash() {
        let tools = tools(&Place::find()).expect("a lock file");
        assert_eq!(tools[0]["name"], "binaryen");
        let hash = tools[0]["hashes"][0]["content"].as_str().expect("a hash");
        assert_eq!(hash.len(), 128);
    }
}
