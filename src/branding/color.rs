//! Colours, and whether they can be seen: the contrast of the Web Content Accessibility Guidelines.
//!
//! A brand's colour becomes buttons, borders and focus rings on the app's pages. What such parts need to be told from the
//! page is 3:1 (WCAG 2.2, success criterion 1.4.11, non-text contrast). Text on them is no matter of the colour: white or
//! black reaches the 4.5:1 of criterion 1.4.3 on every colour there is, and the app picks the one that does.
//!
//! The pages are the app's. White stands for all light ones and black for all dark ones, since no light page gives a
//! darker colour more contrast than white does, nor a dark page a lighter one more than black: what is refused here can
//! be told from no page of its theme.

use super::theme::Theme;

/// The least contrast to a page that a colour may have.
const LEAST: f64 = 3.0;

/// A colour of the screen (sRGB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Color {
    red: u8,
    green: u8,
    blue: u8,
}

pub(super) const WHITE: Color = Color {
    red: 255,
    green: 255,
    blue: 255,
};
pub(super) const BLACK: Color = Color {
    red: 0,
    green: 0,
    blue: 0,
};

impl Color {
    /// Reads `#rrggbb`, in any letter case.
    fn parse(text: &str) -> Option<Self> {
        let digits = text
            .strip_prefix('#')
            .filter(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self {
            red: part(0)?,
            green: part(2)?,
            blue: part(4)?,
        })
    }

    /// Relative luminance, 0 to 1 (WCAG 2.2, definitions).
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let share = f64::from(part) / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// Contrast ratio, 1 to 21 (WCAG 2.2, definitions).
    fn contrast(self, other: Self) -> f64 {
        let (ours, theirs) = (self.luminance(), other.luminance());
        (ours.max(theirs) + 0.05) / (ours.min(theirs) + 0.05)
    }
}

/// Why this colour cannot be told from a page of the theme; none where it can.
pub(super) fn too_faint(color: &str, theme: Theme) -> Option<String> {
    let parsed = Color::parse(color)?;
    let (page, ratio) = theme
        .pages()
        .iter()
        .map(|(page, background)| (page, parsed.contrast(*background)))
        .find(|(_, ratio)| *ratio < LEAST)?;
    // Cut, not rounded: 2.996 is not said to be 3.
    let ratio = (ratio * 100.0).floor() / 100.0;
    Some(format!(
        "{color} has a contrast of {ratio}:1 on {page}, and the default theme `{}` needs {LEAST}:1 (WCAG 2.2, 1.4.11)",
        theme.as_str()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(a: &str, b: &str) -> f64 {
        let [a, b] = [a, b].map(|text| Color::parse(text).unwrap());
        (a.contrast(b) * 100.0).round() / 100.0
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        for (a, b, expected) in [
            ("#000000", "#ffffff", 21.0),
            ("#FFFFFF", "#ffffff", 1.0),
            ("#777777", "#ffffff", 4.48),
            ("#767676", "#ffffff", 4.54),
            ("#949494", "#ffffff", 3.03),
            ("#969696", "#ffffff", 2.96),
            ("#ff0000", "#ffffff", 4.0),
            ("#0000ff", "#000000", 2.44),
        ] {
            assert!((ratio(a, b) - expected).abs() < 0.001, "{a} on {b}");
            assert!((ratio(b, a) - expected).abs() < 0.001, "{b} on {a}");
        }
    }

    #[test]
    fn white_or_black_can_be_read_on_every_grey() {
        for part in 0..=u8::MAX {
            let grey = Color {
                red: part,
                green: part,
                blue: part,
            };
            let best = grey.contrast(WHITE).max(grey.contrast(BLACK));
            assert!(best >= 4.5, "{grey:?}");
        }
    }

    #[test]
    fn only_six_digits_are_a_colour() {
        for text in [
            "", "#", "#fff", "#12345", "#1234567", "123456", "#+1+2+3", "#12345g", "red",
        ] {
            assert_eq!(Color::parse(text), None, "{text}");
        }
    }
}
