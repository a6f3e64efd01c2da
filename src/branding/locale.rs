//! The language that an app speaks and the currency that it counts in, by the codes that others understand too.

use language_tags::LanguageTag;

use crate::error::Refused;

/// The currencies in use (ISO 4217, list one, as of 2026): without funds, metals, units of account and codes for tests.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD \
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD \
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG \
    QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD \
    TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// Checks a language tag (BCP 47); answers it as it is usually written, `pt-BR` for `PT-br`. Its parts have to be
/// registered: `en-UK` is the commonest mistake.
pub(super) fn language(raw: &str) -> Result<String, Refused> {
    match LanguageTag::parse(raw) {
        // Longer ones are private, or relics that browsers do not know.
        Ok(tag) if tag.primary_language().len() <= 3 && tag.is_valid() => Ok(tag.into_string()),
        _ => Err(Refused::new(
            "unknown_language",
            "is a language by its tag, such as en, en-GB, pt-BR or zh-Hant",
        )),
    }
}

/// Checks the code of a currency.
pub(super) fn currency(raw: &str) -> Result<String, Refused> {
    if CURRENCIES.split(' ').any(|code| code == raw) {
        Ok(raw.to_owned())
    } else {
        Err(Refused::new(
            "unknown_currency",
            "is a currency in use by its ISO 4217 code, such as EUR, USD or JPY",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_made_of_registered_parts() {
        for (raw, written) in [
            ("en", "en"),
            ("PT-br", "pt-BR"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("de-CH-1996", "de-CH-1996"),
            ("gsw", "gsw"),
        ] {
            assert_eq!(language(raw).as_deref(), Ok(written), "{raw}");
        }
        let wrong = "en-UK en_GB english xx e x-private i-klingon en- -en en-GB-oed";
        for raw in wrong.split(' ').chain(["", "en GB", " en"]) {
            let refused = language(raw).unwrap_err();
            assert_eq!(refused.code, "unknown_language", "{raw}");
        }
    }

    #[test]
    fn currencies_are_those_in_use() {
        for code in ["EUR", "USD", "JPY", "CHF", "XOF", "ZWG", "AED"] {
            assert_eq!(currency(code).as_deref(), Ok(code));
        }
        for code in [
            "", "eur", "EURO", "EUR USD", "XXX", "XTS", "XAU", "XDR", "DEM", "HRK", "ABC",
        ] {
            assert_eq!(
                currency(code).unwrap_err().code,
                "unknown_currency",
                "{code}"
            );
        }
        assert!(CURRENCIES.split(' ').all(|code| code.len() == 3));
        assert!(CURRENCIES.split(' ').is_sorted());
    }
}
