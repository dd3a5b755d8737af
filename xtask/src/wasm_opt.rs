//! Optimizes the site's programs with `wasm-opt`, which works on one core: each begins as soon as it is compiled, beside the
//! compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Instant;

use crate::error::Error;
use crate::place::Place;
use crate::programs::Program;
use crate::sha256::sha256_of;
use crate::shell::{command, finish, run, start};

/// What every program's optimization may use; all browsers with WebGPU have these.
const FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// A program that is being optimized, or was before: the same input gives the same bytes, which are kept in the cache.
/// Dropping it ends what runs.
#[derive(Debug)]
pub(crate) struct Optimization {
    program: &'static Program,
    before: u64,
    optimized: PathBuf,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    process: Child,
    description: String,
    partial: PathBuf,
    started: Instant,
}

impl Optimization {
    /// Begins to optimize a program that lies compiled in `folder`.
    pub(crate) fn start(
        place: &Place,
        program: &'static Program,
        folder: &Path,
    ) -> Result<Self, Error> {
        let wasm = program.wasm(folder);
        let kept = place.cache.join("wasm-opt");
        fs::create_dir_all(&kept).map_err(Error::file(&kept))?;
        let name = format!("{}{}.wasm", sha256_of(&wasm)?, program.optimize.concat());
        let mut optimization = Self {
            program,
            before: size_of(&wasm)?,
            optimized: kept.join(name),
            running: None,
        };
        if !optimization.optimized.is_file() {
            let partial = kept.join(format!("{}-{}.partial", program.name, std::process::id()));
            let (process, description) = start(&mut wasm_opt(place, program, &wasm, &partial))?;
            optimization.running = Some(Running {
                process,
                description,
                partial,
                started: Instant::now(),
            });
        }
        Ok(optimization)
    }

    /// Waits for the optimized form and puts it into `dist`.
    pub(crate) fn finish(mut self, dist: &Path) -> Result<(), Error> {
        if let Some(running) = &mut self.running {
            finish(&mut running.process, &running.description)?;
            fs::rename(&running.partial, &self.optimized).map_err(Error::file(&self.optimized))?;
            println!(
                "optimized {} in {:.0} s",
                self.program.name,
                running.started.elapsed().as_secs_f32()
            );
        }
        let wasm = self.program.wasm(dist);
        fs::copy(&self.optimized, &wasm).map_err(Error::file(&wasm))?;
        println!(
            "{}: {} kB, {} kB before wasm-opt",
            self.program.name,
            size_of(&wasm)? / 1000,
            self.before / 1000
        );
        Ok(())
    }
}

impl Drop for Optimization {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            // It may have ended already, which is as good.
            let _ = running.process.kill();
            let _ = running.process.wait();
        }
    }
}

/// Writes the optimized form of a program.
pub(crate) fn optimize_file(
    place: &Place,
    program: &Program,
    from: &Path,
    to: &Path,
) -> Result<(), Error> {
    run(&mut wasm_opt(place, program, from, to))
}

fn wasm_opt(place: &Place, program: &Program, from: &Path, to: &Path) -> std::process::Command {
    let script = place.tools().join("node_modules/.bin/wasm-opt");
    let mut command = command(&script, program.optimize);
    command.args(FEATURES).arg(from).arg("-o").arg(to);
    command
}

fn size_of(path: &Path) -> Result<u64, Error> {
    fs::metadata(path)
        .map(|data| data.len())
        .map_err(Error::file(path))
}
