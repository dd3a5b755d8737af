//! What a model needs of this device, in sentences.

use unimed_package::{
    Manifest,
    config::ModelConfig,
    plan::{Job, Limits, Residency, Storage, plan},
};
use unimed_protocol::Said;
use unimed_web::{adapter, amounts::bytes};

/// What WebAssembly can address.
const CPU_BYTES: u64 = 4 << 30;

/// What this device allows, as far as a browser says.
pub(crate) async fn limits() -> Limits {
    match adapter::limits().await {
        Some((max_buffer_bytes, max_binding_bytes)) => Limits {
            max_buffer_bytes,
            max_binding_bytes,
            ..Limits::webgpu()
        },
        None => Limits {
            memory_bytes: Some(CPU_BYTES),
            max_buffer_bytes: CPU_BYTES,
            max_binding_bytes: CPU_BYTES,
            ..Limits::webgpu()
        },
    }
}

/// Size, licence, and what each job needs. Of a model that this engine cannot plan, the first two.
pub(crate) fn lines(manifest: &Manifest, limits: &Limits) -> Vec<Said> {
    let size = bytes(manifest.total_bytes() as f64);
    let mut lines = vec![Said::new(
        "Size {}, licence {}.",
        [size, manifest.licence.clone()],
    )];
    lines.extend(needs(manifest, limits).unwrap_or_default());
    lines
}

fn needs(manifest: &Manifest, limits: &Limits) -> Option<Vec<Said>> {
    let config = ModelConfig::from_json(
        &manifest.config.to_string(),
        &manifest.llm_config.to_string(),
        &manifest.vit_config.to_string(),
    )
    .ok()?;
    let layers = config.vision.num_hidden_layers;
    let storage = Storage::new(&config, layers, manifest.quantization);
    let side = config.max_paint_side().min(512);
    let ask = Job::Ask {
        images: vec![(512, 512)],
        text_tokens: 128,
        answer_tokens: 512,
    };
    let paint = Job::Paint {
        width: side,
        height: side,
        image: Some((side, side)),
        text_tokens: 128,
        steps: 49,
        previews: true,
    };
    let asking = plan(&config, &storage, &ask, limits).ok()?;
    let painting = plan(&config, &storage, &paint, limits).ok()?;
    let mut said = vec![
        Said::new(
            "Answering needs about {} of memory.",
            [bytes(asking.peak as f64)],
        ),
        Said::new(
            "Making an image of {} x {} pixels from another one needs about {}.",
            [
                side.to_string(),
                side.to_string(),
                bytes(painting.peak as f64),
            ],
        ),
    ];
    let short = [&asking, &painting]
        .iter()
        .any(|plan| matches!(plan.residency, Residency::Streamed | Residency::Impossible));
    said.push(match limits.memory_bytes {
        Some(memory) if short => Said::new(
            "That is more than the {} that a page has on the CPU: it needs a GPU with WebGPU.",
            [bytes(memory as f64)],
        ),
        Some(memory) => Said::new(
            "On this device's CPU a page has {}: it fits.",
            [bytes(memory as f64)],
        ),
        None => Said::new(
            "The GPU takes pieces of up to {}; browsers do not say how much memory it has.",
            [bytes(limits.max_binding_bytes as f64)],
        ),
    });
    Some(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use unimed_protocol::decode;

    fn manifest() -> Manifest {
        Manifest::parse(include_bytes!("../../../public/model/manifest.json"))
            .expect("the default model's manifest")
    }

    fn full() -> Manifest {
        let config = |text: &str| decode(text).expect("JSON");
        let configs = [
            config(include_str!("../../../package/tests/data/full/config.json")),
            config(include_str!(
                "../../../package/tests/data/full/llm_config.json"
            )),
            config(include_str!(
                "../../../package/tests/data/full/vit_config.json"
            )),
        ];
        let mut manifest = Manifest::new("full", "Apache-2.0", "", configs);
        manifest.quantization = unimed_package::Quantization::Q4;
        manifest
    }

    fn cpu() -> Limits {
        Limits {
            memory_bytes: Some(CPU_BYTES),
            ..Limits::webgpu()
        }
    }

    #[test]
    fn the_default_model_fits_on_the_cpu() {
        let lines = lines(&manifest(), &cpu());
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[0].parts[1], manifest().licence);
        assert!(lines[1].parts[0].ends_with(" MB"), "{:?}", lines[1]);
        assert!(lines[3].words.ends_with("it fits."), "{:?}", lines[3]);
    }

    #[test]
    fn the_full_model_needs_a_gpu() {
        let on_cpu = lines(&full(), &cpu());
        assert!(on_cpu[3].words.contains("needs a GPU"), "{:?}", on_cpu[3]);
        let on_gpu = lines(&full(), &Limits::webgpu());
        assert!(on_gpu[3].words.starts_with("The GPU takes"));
        // The plan's own targets: 5.5 GiB and 9 GiB.
        let gigabytes = |said: &Said| {
            let last = said.parts.last().expect("a part");
            last.trim_end_matches(" GB").parse::<f64>().expect("GB")
        };
        assert!(
            (4.0..5.9).contains(&gigabytes(&on_gpu[1])),
            "{:?}",
            on_gpu[1]
        );
        assert!(
            (7.0..9.7).contains(&gigabytes(&on_gpu[2])),
            "{:?}",
            on_gpu[2]
        );
    }

    #[test]
    fn a_model_that_cannot_be_planned_still_has_size_and_licence() {
        let mut odd = manifest();
        odd.llm_config = decode("{}").expect("JSON");
        assert_eq!(lines(&odd, &cpu()).len(), 1);
    }
}
