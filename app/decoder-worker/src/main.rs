//! The decoding worker: turns the bytes of files into series, so that neither the page nor the engine waits for it.

mod file;

use unimed_imaging::{
    Crop, ImagingError, Limits, Opener, Problem, RgbImage, SampleKind, Series, burned_in_words,
};
use unimed_protocol::{
    FileId, FromDecoder, Picture, Remedy, ToDecoder, UserError, encode, rgb_to_rgba, rgba_to_rgb,
};
use unimed_web::{
    browser,
    message::{Message, to_buffer},
    requests,
    worker::{serve, tell, tell_requests},
};

fn main() {
    // This worker requests nothing but its own program; both folders are the page's.
    let home = home_url();
    requests::observe(&home, &format!("{home}model/"), tell_requests);
    serve(|request: ToDecoder, message| match request {
        ToDecoder::Open { batch, names, skip } => open(batch, &names, &skip, &message),
        ToDecoder::BurnedIn { check, pictures } => {
            let words = (0..).zip(&pictures).flat_map(|(place, one)| {
                let words = burned_in(one, &message).into_iter();
                words.flat_map(move |[left, top, width, height]| [place, left, top, width, height])
            });
            let words = words.collect();
            tell(&FromDecoder::BurnedIn { check, words }, &[]);
        }
    });
}

/// Rectangles around the words that are written into a picture.
fn burned_in(picture: &Picture, message: &Message) -> Vec<[u32; 4]> {
    let rgba = message.bytes(picture.buffer).unwrap_or_default();
    let (width, height) = (picture.width as usize, picture.height as usize);
    // The page sends what it draws, so that lengths always fit.
    let image = RgbImage::new(width, height, rgba_to_rgb(&rgba));
    let words = image.map_or_else(|_| Vec::new(), |image| burned_in_words(&image));
    let sides = |crop: Crop| [crop.left, crop.top, crop.width, crop.height].map(side);
    words.into_iter().map(sides).collect()
}

fn open(batch: FileId, names: &[String], skip: &[u32], message: &Message) {
    let mut opener = Opener::new(Limits::default());
    let (mut begun, mut all_bytes) = (0, 0.0);
    let mut unreadable = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let bytes = file::size_of(message, place);
        all_bytes += bytes;
        // Before there is room for it, which may be what ends this worker.
        let mut begin = |name: &str| begin(batch, &mut begun, name, bytes, skip);
        if !begin(name) {
            continue;
        }
        // One file's bytes at a time.
        let Some(read) = file::bytes_of(message, place) else {
            unreadable.push(name);
            continue;
        };
        let mut is_inside = false;
        opener.add_watched(name, read, &mut |name| {
            !std::mem::replace(&mut is_inside, true) || begin(name)
        });
    }
    let bytes = all_bytes;
    tell(&FromDecoder::Assembling { batch, bytes }, &[]);
    let opened = opener.finish();
    // Not before all are read: what is read again after a decoder died would be told again.
    for name in unreadable {
        tell_unreadable(batch, name);
    }
    for Problem { file, error } in opened.problems {
        fail(batch, &file, &error);
    }
    for series in opened.series {
        let name = series.info.name.clone();
        if let Err(error) = send(batch, series) {
            fail(batch, &name, &error);
        }
    }
    tell(&FromDecoder::Done { batch }, &[]);
}

/// Counts a file that is about to be read and tells of it; false when it is to be passed over.
fn begin(batch: FileId, begun: &mut u32, name: &str, bytes: f64, skip: &[u32]) -> bool {
    let file = *begun;
    *begun += 1;
    if skip.contains(&file) {
        return false;
    }
    let name = name.to_owned();
    let event = FromDecoder::Reading {
        batch,
        file,
        name,
        bytes,
    };
    tell(&event, &[]);
    true
}

fn tell_unreadable(batch: FileId, name: &str) {
    let user_error = UserError::new(
        format!("{name} could not be read from the disk."),
        "Check that it is still there and open it again.",
        Remedy::ChooseFile,
    );
    tell(&FromDecoder::Failed { batch, user_error }, &[]);
}

fn fail(batch: FileId, name: &str, error: &ImagingError) {
    let mut user_error = UserError::from_message(&error.to_string(), Remedy::ChooseFile);
    user_error.what = format!("{name}: {}", user_error.what);
    tell(&FromDecoder::Failed { batch, user_error }, &[]);
}

fn send(batch: FileId, series: Series) -> Result<(), ImagingError> {
    let info = &series.info;
    // A volume is known by its middle, a film by its beginning.
    let frame = if info.slices > 1 { info.slices / 2 } else { 0 };
    let image = series.rgb(frame, &info.first_voi(frame))?;
    let shown = Picture {
        width: side(image.width),
        height: side(image.height),
        buffer: 0,
    };
    let is_picture = info.kind == SampleKind::Rgb8
        && series.frames.len() == 1
        && info.voi.is_empty()
        && !info.is_inverted(0);
    let text = encode(info);
    let mut buffers = vec![to_buffer(&rgb_to_rgba(&image.pixels))];
    if !is_picture {
        // Each frame is dropped as soon as it is copied.
        let frames = series.frames.into_iter();
        buffers.extend(frames.map(|frame| to_buffer(&frame.to_le_bytes())));
    }
    let event = FromDecoder::Series {
        batch,
        info: text,
        shown,
        frames: buffers.len() - 1,
    };
    tell(&event, &buffers);
    Ok(())
}

fn side(pixels: usize) -> u32 {
    u32::try_from(pixels).expect("invariant: the decoder refuses images of more than 2^32 pixels")
}

/// The folder of this worker's program, with a slash at its end.
fn home_url() -> String {
    let href = browser::member(&js_sys::global(), "location")
        .map(|location| browser::text(&location, "href"))
        .unwrap_or_default();
    href.rsplit_once('/')
        .map_or_else(String::new, |(folder, _)| format!("{folder}/"))
}
