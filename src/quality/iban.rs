//! International bank account numbers (ISO 13616).

use std::ops::Range;

use super::census::spend;

/// Countries, each with the length of its account numbers (the registry of ISO 13616).
const COUNTRIES: &str = "\
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 \
    EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 \
    IT27 JO30 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 \
    PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VA22 XK20";

/// Bytes of the longest account number there may be.
const LONGEST_IBAN: usize = 34;

/// The account number whose check digits stand here.
pub(super) fn iban(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let start = at.checked_sub(2)?;
    let country = text.get(start..at)?;
    if !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let length = COUNTRIES.split(' ').find_map(|row| row.strip_prefix(country))?;
    let length: usize = length.parse().ok()?;
    if start > 0
        && (bytes[start - 1].is_ascii_alphanumeric() || b"_-/=".contains(&bytes[start - 1]))
    {
        return None;
    }
    let mut value = [0_u8; LONGEST_IBAN];
    let (mut count, mut end) = (0, start);
    while count < length {
        match bytes.get(end)? {
            b if b.is_ascii_digit() || b.is_ascii_uppercase() => {
                *value.get_mut(count)? = *b;
                count += 1;
            }
            // Groups of four.
            b' ' if count % 4 == 0 && count > 0 => {}
            _ => return None,
        }
        end += 1;
    }
    spend(end - start);
    let goes_on = bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
    let turned = value[4..length].iter().chain(&value[..4]);
    let rest = turned.fold(0_u32, |rest, b| match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b - b'A') + 10) % 97,
    });
    (!goes_on && rest == 1).then_some(start..end)
}
