//! A model on a device that binds less than its matrices take: they are cut at rows, and it answers as before.
#![cfg(not(target_arch = "wasm32"))]

mod device;

use burn::{
    module::{Module, ModuleVisitor, Param},
    tensor::{Int, Tensor},
};
use half::f16;
use unimed_core::{
    device::ComputeDevice,
    engine::{AskOptions, Compute, Defaults, Engine, EngineError, ModelInfo, TokenEvent},
    error::read,
    kernels::PackedMatrix,
    nn::Weight,
};
use unimed_imaging::RgbImage;
use unimed_package::{
    Manifest, PackedData, PackedForm, PackedShape,
    config::ModelConfig,
    host::NoopHost,
    seeded::{Random, Seeded},
};
use unimed_tokenizer::Tokenizer;

/// The floats of the model below fit; its embedding, its output matrix and its joined gate and up do not.
const LIMIT: u64 = 600_000;

/// The shape of the default model with more words and wider layers, its weights from a seed.
async fn load(device: &ComputeDevice) -> Result<Engine, EngineError> {
    let manifest = Manifest::parse(include_bytes!("../../public/model/manifest.json"));
    let manifest = manifest.expect("shipped manifest");
    let mut decoder = manifest.llm_config;
    decoder["vocab_size"] = 20_011.into();
    decoder["intermediate_size"] = 4096.into();
    decoder["num_hidden_layers"] = 2.into();
    let config = ModelConfig::from_json(
        &manifest.config.to_string(),
        &decoder.to_string(),
        &manifest.vit_config.to_string(),
    )
    .expect("a configuration");
    let tokenizer = Tokenizer::from_json(include_bytes!("../../public/model/tokenizer.json"));
    let weights = Seeded::new(&config, config.vision.num_hidden_layers);
    let info = ModelInfo {
        name: "seeded".into(),
        licence: String::new(),
        parameters: 0,
        bytes: 0,
        max_read_side: config.vit_transform.max_image_size,
        paint_sides: (config.painted_token_pixels(), config.max_paint_side()),
        paint_multiple: config.painted_token_pixels(),
        defaults: Defaults::default(),
    };
    let (tokenizer, host) = (tokenizer.expect("shipped tokenizer"), NoopHost::new());
    Engine::answering(
        &weights,
        config,
        tokenizer,
        info,
        device,
        &host,
        &mut |_| {},
    )
    .await
}

/// The largest buffer of packed values, and how many there are.
#[derive(Default)]
struct Buffers {
    largest: u64,
    count: usize,
}

impl ModuleVisitor for Buffers {
    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.largest = self
            .largest
            .max(4 * param.lazy_shape().num_elements() as u64);
        self.count += 1;
    }
}

async fn answers(compute: Compute) {
    device::start();
    let whole = device::shared_device(compute).await;
    let cut = ComputeDevice {
        max_binding_bytes: LIMIT,
        ..whole.clone()
    };
    let mut answers = Vec::new();
    for device in [&whole, &cut] {
        let engine = load(device).await.expect("a seeded model");
        let mut buffers = Buffers::default();
        engine.model().unified.visit(&mut buffers);
        if device.max_binding_bytes == LIMIT {
            assert!(buffers.largest <= LIMIT, "{} bytes", buffers.largest);
        } else {
            assert!(buffers.largest > 2 * LIMIT, "nothing of this model is cut");
        }
        let options = AskOptions {
            max_tokens: 12,
            ..engine.info().defaults.ask.clone()
        };
        let image = RgbImage::filled(64, 48, [90, 60, 120]);
        let mut probabilities = Vec::new();
        let mut tell = |event: TokenEvent| probabilities.push(event.probability);
        let answer = engine
            .ask(
                &[image],
                "Which modality is this?",
                &options,
                &NoopHost::new(),
                &mut tell,
            )
            .await
            .expect("an answer");
        assert!(!probabilities.is_empty(), "{answer:?}");
        answers.push((answer.text, probabilities, buffers.count));
    }
    let [whole, cut] = answers.try_into().expect("two devices");
    assert!(cut.2 > whole.2, "no more buffers than before");
    assert_eq!((cut.0, cut.1), (whole.0, whole.1), "{compute:?}");
}

#[test]
fn a_cut_model_answers_as_before_on_the_cpu() {
    pollster::block_on(answers(Compute::Cpu));
}

#[cfg(feature = "gpu")]
#[test]
fn a_cut_model_answers_as_before_on_the_gpu() {
    pollster::block_on(answers(Compute::Gpu));
}

#[test]
fn a_device_that_binds_less_than_a_row_is_refused() {
    pollster::block_on(async {
        let device = ComputeDevice {
            max_binding_bytes: 64,
            ..device::shared_device(Compute::Cpu).await
        };
        let error = load(&device).await.expect_err("no row fits");
        assert!(error.to_string().contains("binds at most 64"), "{error}");
    });
}

/// The width of the 14B model and half of its vocabulary: 144 MB of 4-bit values, where WebGPU promises bindings of 128 MiB.
#[cfg(feature = "gpu")]
#[test]
fn a_matrix_above_the_default_limit_multiplies_on_the_gpu() {
    const SHAPE: PackedShape = PackedShape {
        form: PackedForm::Q4,
        rows: 80_384,
        columns: 3584,
    };
    const LIMIT: u64 = 128 << 20;
    let mut random = Random(5);
    let words: Vec<u32> = (0..SHAPE.rows * SHAPE.words())
        .map(|_| random.bits() as u32)
        .collect();
    let scales = vec![f16::from_f32(0.01); SHAPE.rows * SHAPE.groups()];
    let data = PackedData::new(SHAPE, words, scales).expect("it fits");
    let x: Vec<f32> = (0..SHAPE.columns).map(|_| random.float()).collect();
    // Around the cut, and both ends.
    let per_buffer = SHAPE.rows_within(LIMIT);
    let ids = [0, per_buffer - 1, per_buffer, SHAPE.rows - 1];
    let expected: Vec<Vec<f32>> = (ids.iter())
        .map(|&row| {
            let words = data.words()[row * SHAPE.words()..][..SHAPE.words()].to_vec();
            let shape = PackedShape { rows: 1, ..SHAPE };
            let scales = vec![f16::from_f32(0.01); shape.groups()];
            PackedData::new(shape, words, scales)
                .expect("a row")
                .unpack()
        })
        .collect();
    pollster::block_on(async {
        let device = device::shared_device(Compute::Gpu).await.device;
        let blocks = data.row_blocks(per_buffer).into_iter();
        let blocks: Vec<_> = blocks
            .map(|block| PackedMatrix::new(block, &device))
            .collect();
        assert_eq!(blocks.len(), 2);
        let weight = Weight::RowBlocks(blocks);
        assert!(weight.largest_buffer() <= LIMIT);
        let numbers = ids.map(|id| id as i32);
        let rows = weight.rows(Tensor::<1, Int>::from_data(numbers, &device).unsqueeze::<2>());
        let rows = read(rows).await.expect("rows");
        let input = Tensor::<1>::from_floats(x.as_slice(), &device).unsqueeze::<2>();
        let products = read(weight.matmul(input)).await.expect("products");
        for ((&id, expected), found) in ids.iter().zip(&expected).zip(rows.chunks(SHAPE.columns)) {
            assert_eq!(found, expected, "row {id}");
            let terms = expected
                .iter()
                .zip(&x)
                .map(|(&a, &b)| f64::from(a) * f64::from(b));
            let (sum, size) = terms.fold((0.0, 0.0), |(sum, size), term: f64| {
                (sum + term, size + term.abs())
            });
            let error = (f64::from(products[id]) - sum).abs();
            assert!(error <= 1e-6 * size, "row {id}: {} for {sum}", products[id]);
        }
    });
}
