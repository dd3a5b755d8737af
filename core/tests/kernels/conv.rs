//! Convolutions and norms of feature maps: CPU and GPU kernels beside sums in 64 bits, over sizes around every tile, natively
//! and in a browser by the same test bodies.

use crate::places::{Places, near};
use burn::tensor::Tensor;
use unimed_core::{
    device::Compute,
    kernels::{
        choice::Variant,
        conv::{self, ConvGeometry},
    },
};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;

fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f64> {
    let numbers = x.into_data().try_to_vec::<f32>().expect("floats");
    numbers.into_iter().map(f64::from).collect()
}

fn at([_, channels, height, width]: [usize; 4], [b, c, y, x]: [usize; 4]) -> usize {
    ((b * channels + c) * height + y) * width + x
}

/// A convolution by its definition.
fn convolved(
    x: &[f64],
    shape: [usize; 4],
    weight: &[f64],
    weights: [usize; 4],
    bias: &[f64],
    geometry: ConvGeometry,
) -> (Vec<f64>, [usize; 4]) {
    let [images, c_input, height, width] = shape;
    let [c_output, _, kernel, _] = weights;
    let factor = if geometry.doubled { 2 } else { 1 };
    let [rows, columns] = [height, width].map(|size| geometry.output(size, kernel));
    let inside = |at: usize, size: usize| {
        at.checked_sub(geometry.before)
            .map(|at| at / factor)
            .filter(|&at| at < size)
    };
    let out = [images, c_output, rows, columns];
    let mut y = Vec::new();
    for image in 0..images {
        for channel in 0..c_output {
            for place in 0..rows * columns {
                let (row, column) = (place / columns, place % columns);
                let mut sum = bias[channel];
                for tap in 0..kernel * kernel {
                    let (ky, kx) = (tap / kernel, tap % kernel);
                    let from = (
                        inside(row * geometry.stride + ky, height),
                        inside(column * geometry.stride + kx, width),
                    );
                    if let (Some(from_y), Some(from_x)) = from {
                        for c in 0..c_input {
                            sum += x[at(shape, [image, c, from_y, from_x])]
                                * weight[at(weights, [channel, c, ky, kx])];
                        }
                    }
                }
                y.push(sum);
            }
        }
    }
    (y, out)
}

fn on_cpu(places: &Places, numbers: &[f64]) -> Tensor<1> {
    let numbers: Vec<f32> = numbers.iter().map(|&x| x as f32).collect();
    Tensor::from_floats(numbers.as_slice(), &places.cpu)
}

async fn convolutions(compute: Compute, variant: Variant) {
    let places = Places::new(compute).await;
    let same = ConvGeometry::padded(1);
    let pointwise = ConvGeometry::padded(0);
    let halved = ConvGeometry {
        stride: 2,
        before: 0,
        ..same
    };
    let doubled = ConvGeometry {
        doubled: true,
        ..same
    };
    for (images, [c_input, c_output], [height, width], kernel, geometry) in [
        (1, [1, 1], [1, 1], 3, same),
        (2, [3, 5], [5, 9], 3, same),
        (1, [7, 66], [9, 16], 3, same),
        (1, [33, 4], [3, 65], 1, pointwise),
        (2, [5, 70], [8, 9], 1, pointwise),
        (1, [4, 6], [8, 18], 3, halved),
        (2, [3, 65], [7, 5], 3, halved),
        (1, [4, 6], [5, 9], 3, doubled),
        (2, [9, 64], [4, 8], 3, doubled),
    ] {
        let what = format!(
            "{compute:?} {variant:?} {images} {c_input} {c_output} {height} {width} {kernel} {geometry:?}"
        );
        let shape = [images, c_input, height, width];
        let weights = [c_output, c_input, kernel, kernel];
        let [x, x_here] = places.random(shape);
        let [weight, weight_here] = places.random(weights);
        let [bias, bias_here] = places.random([c_output]);
        let (mut expected, out) = convolved(
            &numbers(x),
            shape,
            &numbers(weight),
            weights,
            &numbers(bias),
            geometry,
        );
        let run = |sum| {
            conv::conv2d(
                x_here.clone(),
                weight_here.clone(),
                bias_here.clone(),
                sum,
                geometry,
                variant,
            )
        };
        let y = run(None);
        assert_eq!(y.dims(), out, "{what}");
        near(y, on_cpu(&places, &expected), &what).await;
        let [sum, sum_here] = places.random(out);
        for (expected, sum) in expected.iter_mut().zip(numbers(sum)) {
            *expected += sum;
        }
        near(run(Some(sum_here)), on_cpu(&places, &expected), &what).await;
    }
}

/// With and without the SiLU, over one part of a group and over many, also far from zero.
async fn group_norms(compute: Compute, variant: Variant) {
    const EPSILON: f64 = 1e-6;
    let places = Places::new(compute).await;
    for (images, channels, groups, [height, width], mean) in [
        (1, 2, 2, [1, 3], 0.0),
        (2, 6, 3, [7, 9], 0.0),
        (1, 8, 2, [40, 33], 3.0),
        (1, 4, 1, [130, 140], 0.5),
    ] {
        let what = format!("{compute:?} {variant:?} {images} {channels} {groups} {height} {width}");
        let shape = [images, channels, height, width];
        let [x, x_here] = places.random(shape);
        let (x, x_here) = (x + mean, x_here + mean);
        let ([weight, weight_here], [bias, bias_here]) =
            (places.random([channels]), places.random([channels]));
        let (x, weight, bias) = (numbers(x), numbers(weight), numbers(bias));
        let (pixels, size) = (height * width, channels / groups * height * width);
        let mut normal = Vec::new();
        for (number, group) in x.chunks(size).enumerate() {
            let mean = group.iter().sum::<f64>() / size as f64;
            let squares = group.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
            let scale = (squares / size as f64 + EPSILON).sqrt().recip();
            let first = number % groups * (channels / groups);
            normal.extend(group.iter().enumerate().map(|(i, x)| {
                let channel = first + i / pixels;
                (x - mean) * scale * weight[channel] + bias[channel]
            }));
        }
        for silu in [false, true] {
            let parameters = [weight_here.clone(), bias_here.clone()];
            let y = conv::group_norm(x_here.clone(), parameters, groups, EPSILON, silu, variant);
            assert_eq!(y.dims(), shape);
            let expected: Vec<f64> = normal
                .iter()
                .map(|&x| if silu { x / (1.0 + (-x).exp()) } else { x })
                .collect();
            near(y, on_cpu(&places, &expected), &what).await;
        }
    }
}

both!(
    cpu_convolutions,
    convolutions(Compute::Cpu, Variant::BarrierFree)
);
both!(
    cpu_group_norms,
    group_norms(Compute::Cpu, Variant::BarrierFree)
);

#[cfg(feature = "gpu")]
mod gpu {
    use super::*;

    both!(
        barrier_free_convolutions,
        convolutions(Compute::Gpu, Variant::BarrierFree)
    );
    both!(
        shared_memory_convolutions,
        convolutions(Compute::Gpu, Variant::SharedMemory)
    );
    both!(
        barrier_free_group_norms,
        group_norms(Compute::Gpu, Variant::BarrierFree)
    );
    both!(
        shared_memory_group_norms,
        group_norms(Compute::Gpu, Variant::SharedMemory)
    );
}
