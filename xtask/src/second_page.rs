//! Pages beside the main one, without leptos: their TypeScript is compiled into the player's folder, and the page names every module
//! that it loads, so that the browser compares their hashes before the first is run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::compact;
use crate::error::Error;
use crate::folder;
use crate::place::Place;
use crate::shell::{command, run};
use crate::web_package::{compiler, install};

/// The folder in `dist/` that the modules of all these pages lie in.
pub(crate) const PLAYER: &str = "player";

/// A page beside the main one.
#[derive(Debug)]
pub(crate) struct SecondPage {
    /// The page.
    pub(crate) page: &'static str,
    /// The script of `public/` that runs first.
    pub(crate) boot: &'static str,
    /// Style sheets of `app/style/`, those of other pages included.
    pub(crate) styles: &'static [&'static str],
    /// Its folder of sources in `js/`.
    pub(crate) sources: &'static str,
    /// Modules of other folders that it loads.
    pub(crate) shared: &'static [&'static str],
}

impl SecondPage {
    /// Compiles its sources, beside those of other pages, and writes the page.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] of sources that do not compile, [`Error::File`] of what cannot be read or written.
    pub(crate) fn write(&self, place: &Place, dist: &Path) -> Result<(), Error> {
        let sources = place.root.join("js");
        let player = dist.join(PLAYER);
        install(&sources)?;
        let mut compile = command(compiler(&sources), ["--project"]);
        compile
            .arg(sources.join(self.sources))
            .arg("--outDir")
            .arg(&player);
        run(&mut compile)?;
        folder::copy(
            &sources.join("lessons/workers"),
            &player.join("src/workers"),
        )?;
        let copy = |from: String, to: &str, change: &dyn Fn(&str) -> String| {
            let path = place.root.join(from);
            let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
            let path = dist.join(to);
            fs::write(&path, change(&text)).map_err(Error::file(&path))
        };
        for style in self.styles {
            copy(format!("app/style/{style}"), style, &compact::css)?;
        }
        copy(format!("public/{}", self.boot), self.boot, &str::to_owned)?;
        let modules = self.modules(dist)?;
        copy(self.page.to_owned(), self.page, &|html| {
            self.with_modules(html, &modules)
        })
    }

    /// All that a visitor loads before the page works, but for the programs of workers.
    pub(crate) fn files(&self, dist: &Path) -> Result<Vec<PathBuf>, Error> {
        let own = [self.page, self.boot];
        let named = own.iter().chain(self.styles).map(|name| dist.join(name));
        let modules = self.modules(dist)?;
        Ok(named
            .chain(modules.iter().map(|name| dist.join(name)))
            .collect())
    }

    /// Its modules, as the page names them.
    fn modules(&self, dist: &Path) -> Result<Vec<String>, Error> {
        let mut found: Vec<String> = self
            .shared
            .iter()
            .map(|name| format!("{PLAYER}/{name}"))
            .collect();
        for part in ["src", self.sources] {
            let folder = dist.join(PLAYER).join(part);
            for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
                let name = entry.map_err(Error::file(&folder))?.file_name();
                let name = name.to_string_lossy();
                if name.ends_with(".js") {
                    found.push(format!("{PLAYER}/{part}/{name}"));
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// The page with its modules before its first script.
    pub(crate) fn with_modules(&self, html: &str, modules: &[String]) -> String {
        let first = format!("<script src=\"{}\">", self.boot);
        let links: String = modules
            .iter()
            .map(|module| format!("<link rel=\"modulepreload\" href=\"{module}\">\n    "))
            .collect();
        html.replacen(&first, &format!("{links}{first}"), 1)
    }
}
