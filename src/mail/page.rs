//! How letters are laid out: plain text, and HTML that mail programs of all ages show alike. The HTML is made by a
//! template that escapes whatever is put into it.

use maud::{DOCTYPE, html};

use super::store::Chosen;
use super::words::Words;

/// What buttons are without a brand's colour.
const COLOR: &str = "#1f2937";

/// Plain text, its paragraphs a blank line apart.
pub(super) fn plain(words: &Words, link: Option<&str>) -> String {
    let mut parts = vec![words.greeting.as_str()];
    parts.extend(words.paragraphs.iter().map(String::as_str));
    parts.extend(words.button.and(link));
    parts.extend(words.closing.iter().map(String::as_str));
    parts.join("\n\n") + "\n"
}

/// HTML without scripts, style sheets or pictures other than the logo.
pub(super) fn html(words: &Words, app_name: &str, chosen: &Chosen, link: Option<&str>) -> String {
    let color = chosen.primary_color.as_deref().unwrap_or(COLOR);
    let markup = html! {
        (DOCTYPE)
        html lang=(words.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (words.subject) }
            }
            body style="margin:0;padding:24px;background:#f4f4f5;color:#18181b;font:16px/1.5 Arial,Helvetica,sans-serif" {
                div style="max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px" {
                    @if let Some(logo) = &chosen.logo_url {
                        img src=(logo) alt=(app_name) style="max-height:48px;max-width:240px";
                    } @else {
                        p style="margin:0;font-size:20px;font-weight:bold" { (app_name) }
                    }
                    p { (words.greeting) }
                    @for paragraph in &words.paragraphs {
                        p { (paragraph) }
                    }
                    @if let (Some(button), Some(link)) = (words.button, link) {
                        p {
                            a href=(link) style={ "display:inline-block;padding:12px 24px;border-radius:6px;text-decoration:none;background:" (color) ";color:" (text_on(color)) } { (button) }
                        }
                        p style="font-size:13px;color:#52525b" {
                            (words.copy) br; span style="word-break:break-all" { (link) }
                        }
                    }
                    @for paragraph in &words.closing {
                        p style="font-size:13px;color:#52525b" { (paragraph) }
                    }
                }
            }
        }
    };
    markup.into_string()
}

/// Black or white, whichever can be read better on a colour `#rrggbb` (WCAG 2.2, relative luminance; the two are equal
/// at 0.179).
fn text_on(color: &str) -> &'static str {
    let part = |at: usize| {
        let digits = color.get(at..at + 2)?;
        let part = f64::from(u8::from_str_radix(digits, 16).ok()?) / 255.0;
        Some(if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        })
    };
    let luminance = || Some(0.2126 * part(1)? + 0.7152 * part(3)? + 0.0722 * part(5)?);
    if luminance().is_some_and(|luminance| luminance > 0.179) {
        "#000000"
    } else {
        "#ffffff"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_can_be_read_on_every_colour() {
        for (color, text) in [
            ("#000000", "#ffffff"),
            ("#ffffff", "#000000"),
            ("#0b5fff", "#ffffff"),
            ("#ffd400", "#000000"),
            ("#777777", "#000000"),
            ("#6f6f6f", "#ffffff"),
            (COLOR, "#ffffff"),
        ] {
            assert_eq!(text_on(color), text, "{color}");
        }
    }
}
