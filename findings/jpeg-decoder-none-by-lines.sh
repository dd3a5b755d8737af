#!/usr/bin/env bash
# jpeg-decoder 0.3.2: with ColorTransform::None, which its documentation calls "No transform should be applied and the data is
# returned as-is", `decode` does not give pixels of three samples: each line holds all samples of the first component, then all of
# the second, then of the third. With ColorTransform::RGB the same stream comes pixel by pixel, also untransformed. So does
# libjpeg with its own "no conversion". Nothing is said of it, and the length is the same.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet pillow==12.0.0
# Eight pixels a line, all of one colour, stored as they are (no transform, no subsampling).
venv/bin/python - <<'PY'
from PIL import Image
Image.new("RGB", (8, 8), (200, 100, 50)).save("plain.jpg", quality=100, subsampling=0, keep_rgb=True)
PY
cargo init --quiet --name none-by-lines --vcs none .
cargo add --quiet jpeg-decoder@=0.3.2 --no-default-features
cat > src/main.rs <<'RS'
use jpeg_decoder::{ColorTransform, Decoder};
fn main() {
    let file = std::fs::read("plain.jpg").unwrap();
    for transform in [ColorTransform::RGB, ColorTransform::None] {
        let mut decoder = Decoder::new(&file[..]);
        decoder.set_color_transform(transform);
        let pixels = decoder.decode().unwrap();
        println!("{transform:?} {:?}", &pixels[..24]);
    }
}
RS
seen=$(cargo run --quiet)
echo "$seen"
rgb=$(sed -n 1p <<<"$seen")
none=$(sed -n 2p <<<"$seen")
[[ $rgb == "RGB [200, 100, 50, 200, 100, 50, "* ]]
[[ $none == "None [200, 200, 200, 200, 200, 200, 200, 200, 100, 100, 100, 100, 100, 100, 100, 100, 50, 50, 50, 50, 50, 50, 50, 50]" ]]
echo "As seen: one line is eight reds, eight greens, eight blues."
