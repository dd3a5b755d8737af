//! Writing pictures, with words inside the file that say what they are.

use crate::{ImagingError, RgbImage};

/// The picture as an 8-bit RGB PNG file.
///
/// `texts` are keyword and text pairs for the file's text fields, for example `("Software", "UniMed")`; a keyword has
/// 1 to 79 Latin-1 characters, and the text may be any string (PNG specification, third edition, 11.3.3).
///
/// # Errors
/// [`ImagingError::Encode`] for a keyword that the format does not allow; [`ImagingError::Length`] or
/// [`ImagingError::Empty`] when the picture's buffer does not fit its size.
pub fn encode_png(image: &RgbImage, texts: &[(&str, &str)]) -> Result<Vec<u8>, ImagingError> {
    crate::rgb::check_length(image.width, image.height, 3, image.pixels.len())?;
    let reason = |e: &dyn std::fmt::Display| ImagingError::Encode {
        reason: e.to_string(),
    };
    let side = |v: usize| u32::try_from(v).map_err(|e| reason(&e));
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side(image.width)?, side(image.height)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    for (keyword, text) in texts {
        // Latin-1 text goes into the field that every viewer knows, the rest into the international one.
        let latin = text
            .chars()
            .all(|c| matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{ff}'));
        if latin {
            encoder.add_text_chunk((*keyword).to_owned(), (*text).to_owned())
        } else {
            encoder.add_itxt_chunk((*keyword).to_owned(), (*text).to_owned())
        }
        .map_err(|e| reason(&e))?;
    }
    let mut writer = encoder.write_header().map_err(|e| reason(&e))?;
    writer
        .write_image_data(&image.pixels)
        .map_err(|e| reason(&e))?;
    writer.finish().map_err(|e| reason(&e))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_and_texts_come_back() {
        let image = RgbImage::new(2, 1, vec![1, 2, 3, 250, 251, 252]).unwrap();
        let texts = [
            ("Software", "UniMed"),
            ("Comment", "généré"),
            ("Description", "肺 \u{1fac1}"),
        ];
        let file = encode_png(&image, &texts).unwrap();
        assert_eq!(crate::decode(&file).unwrap().image, image);

        let reader = png::Decoder::new(std::io::Cursor::new(&file))
            .read_info()
            .unwrap();
        let info = reader.info();
        let plain: Vec<_> = info
            .uncompressed_latin1_text
            .iter()
            .map(|t| (t.keyword.as_str(), t.text.as_str()))
            .collect();
        assert_eq!(plain, [("Software", "UniMed"), ("Comment", "généré")]);
        assert_eq!(info.utf8_text[0].get_text().unwrap(), "肺 \u{1fac1}");
    }

    #[test]
    fn keywords_outside_of_the_format_are_refused() {
        let image = RgbImage::filled(1, 1, [0; 3]);
        assert!(matches!(
            encode_png(&image, &[("肺", "x")]),
            Err(ImagingError::Encode { .. })
        ));
        let long = "k".repeat(80);
        assert!(matches!(
            encode_png(&image, &[(&long, "x")]),
            Err(ImagingError::Encode { .. })
        ));
    }
}
