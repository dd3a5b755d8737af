//! What tests of kernels share: the same numbers in two places, and how near results must be.

use burn::tensor::{Device, Distribution, Tensor};
use unimed_core::{device::Compute, error::read};

/// Where the same numbers are wanted twice: on the CPU, for the tensor operations, and where the kernel runs.
pub(crate) struct Places {
    pub(crate) cpu: Device,
    pub(crate) here: Device,
}

impl Places {
    pub(crate) async fn new(compute: Compute) -> Self {
        crate::device::start();
        Self {
            cpu: crate::device::shared_device(Compute::Cpu).await.device,
            here: crate::device::shared_device(compute).await.device,
        }
    }

    pub(crate) fn random<const D: usize>(&self, shape: [usize; D]) -> [Tensor<D>; 2] {
        let numbers = Tensor::<D>::random(shape, Distribution::Uniform(-1.0, 1.0), &self.cpu);
        let here = Tensor::from_data(numbers.to_data(), &self.here);
        [numbers, here]
    }
}

/// Every number within 4e-6 of the largest one, or of 1.
pub(crate) async fn near<const A: usize, const B: usize>(
    found: Tensor<A>,
    expected: Tensor<B>,
    what: &str,
) {
    let found = read(found).await.expect("the kernel's numbers");
    let expected = read(expected).await.expect("the CPU's numbers");
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert!(
            (found - expected).abs() <= 4e-6 * size.max(1.0),
            "{what}, number {i}: {found}, expected {expected}"
        );
    }
}
