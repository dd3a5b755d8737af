//! Every predictor, precision and point transform there and back, and streams of libjpeg-turbo and DCMTK.

use super::{DecodeError, FrameHeader, decode, read_header};

/// How a test picture is coded.
#[derive(Debug, Clone, Copy)]
struct Form {
    width: usize,
    height: usize,
    components: usize,
    precision: u32,
    predictor: u8,
    point_transform: u32,
    /// Lines of a restart interval; 0 for none.
    restart_lines: usize,
    /// One scan a component.
    separate: bool,
    /// Codes of 2 to 16 bits instead of 5 bits each.
    uneven: bool,
    /// The number of lines follows the first scan.
    late_lines: bool,
}

const PLAIN: Form = Form {
    width: 13,
    height: 7,
    components: 1,
    precision: 16,
    predictor: 1,
    point_transform: 0,
    restart_lines: 0,
    separate: false,
    uneven: false,
    late_lines: false,
};

/// Bits of coded samples.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl Writer {
    fn put(&mut self, value: u32, count: u32) {
        self.held = self.held << count | u64::from(value);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0);
            }
        }
    }

    /// Ones up to the end of the byte.
    fn pad(&mut self) {
        let spare = (8 - self.count % 8) % 8;
        self.put((1 << spare) - 1, spare);
    }
}

impl Form {
    /// Samples that use the whole range, with flat parts and wild ones.
    fn samples(&self) -> Vec<u16> {
        let mut state = 7_u32;
        (0..self.width * self.height * self.components)
            .map(|i| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let wild = state >> (32 - self.precision);
                let value = match i / 11 % 4 {
                    0 => wild,
                    1 => 0,
                    2 => (1 << self.precision) - 1 - (wild & 1),
                    _ => (i as u32 * 3) & ((1 << self.precision) - 1),
                };
                (value >> self.point_transform << self.point_transform) as u16
            })
            .collect()
    }

    /// Number of codes of each length; their values are 0 to 16 in order.
    fn lengths(&self) -> [u8; 16] {
        if self.uneven {
            // Three of two bits, then one of each length: the last is 16 bits long.
            [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
        } else {
            [0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
    }

    fn codes(&self) -> Vec<(u32, u32)> {
        let mut codes = Vec::new();
        let mut code = 0;
        for (length, count) in (1..).zip(self.lengths()) {
            for _ in 0..count {
                codes.push((code, length));
                code += 1;
            }
            code <<= 1;
        }
        codes
    }

    /// The coded samples of some components.
    fn scan(&self, samples: &[u16], components: &[usize]) -> Vec<u8> {
        let codes = self.codes();
        let mut writer = Writer::default();
        let at = |x: usize, y: usize, c: usize| {
            i32::from(samples[(y * self.width + x) * self.components + c] >> self.point_transform)
        };
        for y in 0..self.height {
            let restart = self.restart_lines > 0 && y % self.restart_lines == 0;
            if restart && y > 0 {
                writer.pad();
                let number = (y / self.restart_lines - 1) % 8;
                writer.bytes.extend([0xff, 0xd0 + number as u8]);
            }
            for x in 0..self.width {
                for &c in components {
                    let predicted = if (restart || y == 0) && x == 0 {
                        1 << (self.precision - self.point_transform - 1)
                    } else if restart || y == 0 {
                        at(x - 1, y, c)
                    } else if x == 0 {
                        at(x, y - 1, c)
                    } else {
                        let (a, b, d) = (at(x - 1, y, c), at(x, y - 1, c), at(x - 1, y - 1, c));
                        match self.predictor {
                            1 => a,
                            2 => b,
                            3 => d,
                            4 => a + b - d,
                            5 => a + ((b - d) >> 1),
                            6 => b + ((a - d) >> 1),
                            _ => (a + b) >> 1,
                        }
                    };
                    // Modulo 65536, in -32767..=32768.
                    let mut difference = (at(x, y, c) - predicted) & 0xffff;
                    if difference > 0x8000 {
                        difference -= 0x1_0000;
                    }
                    let size = 32 - difference.unsigned_abs().leading_zeros();
                    let (code, length) = codes[size as usize];
                    writer.put(code, length);
                    if (1..16).contains(&size) {
                        let low = if difference < 0 {
                            difference - 1
                        } else {
                            difference
                        };
                        writer.put(low.cast_unsigned() & ((1 << size) - 1), size);
                    }
                }
            }
        }
        writer.pad();
        writer.bytes
    }

    fn encode(&self, samples: &[u16]) -> Vec<u8> {
        let mut out = vec![0xff, 0xd8];
        // A comment whose bytes look like markers, and bytes of ones before a marker.
        out.extend([0xff, 0xfe, 0, 6, 0xff, 0xd9, 0xff, 0xda, 0xff, 0xff]);
        out.extend([0xff, 0xc4, 0, 36, 2]);
        out.extend(self.lengths());
        out.extend(0..=16);
        if self.restart_lines > 0 {
            let units = (self.restart_lines * self.width) as u16;
            out.extend([0xff, 0xdd, 0, 4]);
            out.extend(units.to_be_bytes());
        }
        let height = if self.late_lines { 0 } else { self.height };
        out.extend([
            0xff,
            0xc3,
            0,
            8 + 3 * self.components as u8,
            self.precision as u8,
        ]);
        out.extend((height as u16).to_be_bytes());
        out.extend((self.width as u16).to_be_bytes());
        out.push(self.components as u8);
        for component in 0..self.components as u8 {
            out.extend([component + 1, 0x11, 0]);
        }
        let all: Vec<usize> = (0..self.components).collect();
        let scans: Vec<&[usize]> = if self.separate {
            all.chunks(1).collect()
        } else {
            vec![&all]
        };
        for (number, scan) in scans.into_iter().enumerate() {
            out.extend([0xff, 0xda, 0, 6 + 2 * scan.len() as u8, scan.len() as u8]);
            for component in scan {
                out.extend([*component as u8 + 1, 0x20]);
            }
            out.extend([self.predictor, 0, self.point_transform as u8]);
            out.extend(self.scan(samples, scan));
            if self.late_lines && number == 0 {
                out.extend([0xff, 0xdc, 0, 4]);
                out.extend((self.height as u16).to_be_bytes());
            }
        }
        out.extend([0xff, 0xd9]);
        out
    }

    fn check(&self) {
        let samples = self.samples();
        let bytes = self.encode(&samples);
        let header = FrameHeader {
            width: self.width,
            height: self.height,
            components: self.components,
            precision: self.precision as u8,
        };
        assert_eq!(read_header(&bytes), Ok(header), "{self:?}");
        assert_eq!(decode(&bytes).as_ref(), Ok(&samples), "{self:?}");
    }
}

#[test]
fn every_predictor_precision_and_point_transform_is_right() {
    for predictor in 1..=7 {
        for precision in 2..=16 {
            for point_transform in 0..precision.min(16) {
                for restart_lines in [0, 1, 3] {
                    Form {
                        predictor,
                        precision,
                        point_transform,
                        restart_lines,
                        uneven: (precision + point_transform) % 2 == 0,
                        ..PLAIN
                    }
                    .check();
                }
            }
        }
    }
}

#[test]
fn components_come_together_or_in_scans_of_their_own() {
    for components in 1..=4 {
        for (separate, late_lines) in [(false, false), (true, false), (false, true), (true, true)] {
            for restart_lines in [0, 2] {
                for precision in [8, 12, 16] {
                    Form {
                        components,
                        separate,
                        late_lines,
                        restart_lines,
                        precision,
                        predictor: 1 + components as u8,
                        uneven: separate,
                        ..PLAIN
                    }
                    .check();
                }
            }
        }
    }
}

#[test]
fn sides_of_one_pixel_and_more_than_eight_restarts_are_read() {
    for (width, height) in [(1, 1), (1, 40), (40, 1), (3, 40)] {
        for predictor in 1..=7 {
            Form {
                width,
                height,
                predictor,
                restart_lines: 1,
                ..PLAIN
            }
            .check();
        }
    }
}

#[test]
fn a_cut_stream_never_passes() {
    let form = Form {
        restart_lines: 2,
        components: 3,
        precision: 8,
        ..PLAIN
    };
    for form in [
        PLAIN,
        form,
        Form {
            separate: true,
            late_lines: true,
            ..form
        },
    ] {
        let bytes = form.encode(&form.samples());
        // Without the end marker every sample is still there.
        for end in 0..bytes.len() - 2 {
            assert!(decode(&bytes[..end]).is_err(), "{end} bytes of {form:?}");
        }
        // Whatever one byte becomes, there is an answer.
        for at in 0..bytes.len() {
            for value in [0, 1, 0x11, 0x7f, 0xda, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                if read_header(&changed).is_ok_and(|h| h.width * h.height < 1 << 20) {
                    let _ = decode(&changed);
                }
            }
        }
    }
}

#[test]
fn restart_markers_out_of_step_are_refused() {
    let form = Form {
        restart_lines: 2,
        ..PLAIN
    };
    let bytes = form.encode(&form.samples());
    let marks: Vec<usize> = (0..bytes.len() - 1)
        .filter(|at| bytes[*at] == 0xff && matches!(bytes[at + 1], 0xd0..=0xd7))
        .collect();
    assert_eq!(marks.len(), 3);
    let refused = |bytes: &[u8]| {
        let problem = decode(bytes).unwrap_err();
        assert!(matches!(problem, DecodeError::Corrupt(_)), "{problem:?}");
    };
    // Another number, no marker at all, an interval missing.
    let mut renamed = bytes.clone();
    renamed[marks[1] + 1] = 0xd5;
    refused(&renamed);
    refused(&[&bytes[..marks[0]], &bytes[marks[0] + 2..]].concat());
    refused(&[&bytes[..marks[0]], &bytes[marks[1]..]].concat());
    // An interval of part of a line.
    let at = bytes.windows(2).position(|w| w == [0xff, 0xdd]).unwrap();
    let mut partial = bytes.clone();
    partial[at + 5] -= 1;
    refused(&partial);
}

#[test]
fn what_is_not_supported_is_named() {
    let form = Form {
        components: 3,
        precision: 8,
        ..PLAIN
    };
    let bytes = form.encode(&form.samples());
    let frame = bytes.windows(2).position(|w| w == [0xff, 0xc3]).unwrap();
    let changed = |at: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[frame + at] = value;
        decode(&bytes).unwrap_err()
    };
    for (at, value) in [(1, 0xc0), (1, 0xcb), (1, 0xc7), (11, 0x21)] {
        let problem = changed(at, value);
        assert!(
            matches!(problem, DecodeError::Unsupported(_)),
            "{problem:?}"
        );
    }
    // Component names twice, sixteen bits and one, no width.
    for (at, value) in [(13, 1), (4, 17), (4, 1), (9, 5), (9, 0)] {
        let problem = changed(at, value);
        assert!(matches!(problem, DecodeError::Corrupt(_)), "{problem:?}");
    }
}
