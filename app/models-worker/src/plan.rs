//! What a model needs of this device, in numbers and in sentences.

use unimed_package::{
    Manifest,
    config::ModelConfig,
    plan::{Job, Limits, Residency, Storage, plan},
};
use unimed_protocol::{MemoryRequirements, ModelRequirements, Sentence};
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

/// What a model needs; `kept_bytes` is what this browser keeps of it.
pub(crate) fn needs(manifest: &Manifest, kept_bytes: u64, limits: &Limits) -> ModelRequirements {
    ModelRequirements {
        licence: manifest.licence.clone(),
        bytes: manifest.total_bytes(),
        kept_bytes,
        memory: memory(manifest, limits),
    }
}

/// Memory that each job takes; `None` for a model that this engine cannot plan.
fn memory(manifest: &Manifest, limits: &Limits) -> Option<MemoryRequirements> {
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
    let asking = plan(&config, &storage, &ask, limits, &[]).ok()?;
    let painting = plan(&config, &storage, &paint, limits, &[]).ok()?;
    let short = [&asking, &painting]
        .iter()
        .any(|plan| matches!(plan.residency, Residency::Streamed | Residency::Impossible));
    Some(MemoryRequirements {
        ask_bytes: asking.peak,
        paint_bytes: painting.peak,
        paint_px: side,
        available_bytes: limits.memory_bytes,
        fits: limits.memory_bytes.map(|_| !short),
    })
}

/// Size, licence, and what each job needs, in sentences. Of a model that this engine cannot plan, the first two.
pub(crate) fn lines(needs: &ModelRequirements, limits: &Limits) -> Vec<Sentence> {
    let mut lines = vec![Sentence::new(
        "Size {}, licence {}.",
        [bytes(needs.bytes as f64), needs.licence.clone()],
    )];
    let Some(memory) = &needs.memory else {
        return lines;
    };
    let side = memory.paint_px.to_string();
    lines.push(Sentence::new(
        "Answering needs about {} of memory.",
        [bytes(memory.ask_bytes as f64)],
    ));
    lines.push(Sentence::new(
        "Making an image of {} x {} pixels from another one needs about {}.",
        [side.clone(), side, bytes(memory.paint_bytes as f64)],
    ));
    lines.push(match (memory.available_bytes, memory.fits) {
        (Some(available), Some(false)) => Sentence::new(
            "That is more than the {} that a page has on the CPU: it needs a GPU with WebGPU.",
            [bytes(available as f64)],
        ),
        (Some(available), _) => Sentence::new(
            "On this device's CPU a page has {}: it fits.",
            [bytes(available as f64)],
        ),
        (None, _) => Sentence::new(
            "The GPU takes pieces of up to {}; browsers do not say how much memory it has.",
            [bytes(limits.max_binding_bytes as f64)],
        ),
    });
    lines
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

    fn said(manifest: &Manifest, limits: &Limits) -> Vec<Sentence> {
        lines(&needs(manifest, 0, limits), limits)
    }

    #[test]
    fn the_default_model_fits_on_the_cpu() {
        let lines = said(&manifest(), &cpu());
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[0].parts[1], manifest().licence);
        assert!(lines[1].parts[0].ends_with(" MB"), "{:?}", lines[1]);
        assert!(lines[3].words.ends_with("it fits."), "{:?}", lines[3]);
    }

    #[test]
    fn the_full_model_needs_a_gpu() {
        let on_cpu = said(&full(), &cpu());
        assert!(on_cpu[3].words.contains("needs a GPU"), "{:?}", on_cpu[3]);
        let on_gpu = said(&full(), &Limits::webgpu());
        assert!(on_gpu[3].words.starts_with("The GPU takes"));
        // The plan's own targets: 5.5 GiB and 9 GiB.
        let gigabytes = |sentence: &Sentence| {
            let last = sentence.parts.last().expect("a part");
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
    fn numbers_say_what_the_sentences_say() {
        let on_cpu = needs(&manifest(), 31_529, &cpu());
        let expected = (manifest().total_bytes(), 31_529);
        assert_eq!((on_cpu.bytes, on_cpu.kept_bytes), expected);
        let memory = on_cpu.memory.expect("a plan");
        assert_eq!(
            (memory.paint_px, memory.available_bytes, memory.fits),
            (512, Some(CPU_BYTES), Some(true))
        );
        let on_cpu = needs(&full(), 0, &cpu()).memory.expect("a plan");
        assert_eq!(on_cpu.fits, Some(false));
        let on_gpu = needs(&full(), 0, &Limits::webgpu()).memory.expect("a plan");
        assert_eq!((on_gpu.available_bytes, on_gpu.fits), (None, None));
    }

    #[test]
    fn a_model_that_cannot_be_planned_still_has_size_and_licence() {
        let mut odd = manifest();
        odd.llm_config = decode("{}").expect("JSON");
        assert_eq!(said(&odd, &cpu()).len(), 1);
        assert_eq!(needs(&odd, 7, &cpu()).memory, None);
    }
}
