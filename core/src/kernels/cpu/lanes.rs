//! A SIMD register of floats, and how packed groups become such registers.

/// A 16-bit float as a 32-bit one. Only finite values are stored, so the top exponent needs no
/// care; the product also gets subnormal values right.
#[inline(always)]
pub(super) fn scale(bits: u16) -> f32 {
    const TWO_POW_112: f32 = f32::from_bits((127 + 112) << 23);
    let bits = u32::from(bits);
    let magnitude = f32::from_bits((bits & 0x7fff) << 13) * TWO_POW_112;
    f32::from_bits(magnitude.to_bits() | (bits & 0x8000) << 16)
}

/// A register of [`Self::WIDTH`] floats.
///
/// # Safety
///
/// Every function may only be called where its instruction set is available; pointers must be
/// valid for what is read or written. Everything is inlined into one function that enables the
/// instruction set, which is what makes the registers of that set usable at all.
pub(super) trait Lanes: Copy {
    /// Floats in a register.
    const WIDTH: usize;
    /// Registers that hold one group.
    type Group: AsRef<[Self]>;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn mul(self, other: Self) -> Self;
    /// `self * factor + term`
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self;
    /// Sum of the lanes.
    unsafe fn sum(self) -> f32;
    /// 16 bytes of 4-bit values: the low halves in order, then the high halves, minus 8.
    unsafe fn unpack4(from: *const u8) -> Self::Group;
    /// 32 bytes of 8-bit values, minus 128.
    unsafe fn unpack8(from: *const u8) -> Self::Group;
}

/// Registers of plain Rust, wide enough for the compiler to find vectors.
#[derive(Clone, Copy)]
pub(super) struct Plain([f32; 8]);

impl Plain {
    #[inline(always)]
    fn from_fn(value: impl FnMut(usize) -> f32) -> Self {
        Self(std::array::from_fn(value))
    }
}

impl Lanes for Plain {
    const WIDTH: usize = 8;
    type Group = [Self; 4];

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 8])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller has eight floats there.
        Self(unsafe { from.cast::<[f32; 8]>().read() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller has room for eight floats there.
        unsafe { to.cast::<[f32; 8]>().write(self.0) }
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Self::from_fn(|i| self.0[i] * other.0[i])
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
        // Not fused: without the instruction that would be a call.
        Self::from_fn(|i| self.0[i] * factor.0[i] + term.0[i])
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        self.0.iter().sum()
    }

    #[inline(always)]
    unsafe fn unpack4(from: *const u8) -> Self::Group {
        // SAFETY: the caller has 16 bytes there.
        let bytes = unsafe { from.cast::<[u8; 16]>().read() };
        let half = |first: usize, shift: u32| {
            Self::from_fn(|i| f32::from((bytes[first + i] >> shift & 15) as i8 - 8))
        };
        [half(0, 0), half(8, 0), half(0, 4), half(8, 4)]
    }

    #[inline(always)]
    unsafe fn unpack8(from: *const u8) -> Self::Group {
        // SAFETY: the caller has 32 bytes there.
        let bytes = unsafe { from.cast::<[u8; 32]>().read() };
        std::array::from_fn(|register| {
            Self::from_fn(|i| f32::from((bytes[register * 8 + i] ^ 0x80) as i8))
        })
    }
}

/// Work that is compiled for every kind of register.
pub(super) trait Work {
    /// What it computes.
    type Output;

    /// Does it. Implementations are `#[inline(always)]`, see [`Lanes`].
    ///
    /// # Safety
    ///
    /// The processor must have the instructions of `L`.
    unsafe fn run<L: Lanes>(self) -> Self::Output;
}
