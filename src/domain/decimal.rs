//! Numbers of JSON by their value. Programs read them as doubles, which cannot represent all of them.

/// The value of a number: the decimal digits without zeros at either end, times a power of ten. So `1`, `1.0` and `10e-1` are equal.
#[derive(Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// The value of a number as JSON writes it (RFC 8259, 6). `None` if its exponent is beyond 64 bits.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let absolute = mantissa.trim_start_matches('-');
        let (whole, fraction) = absolute.split_once('.').unwrap_or((absolute, ""));
        let all = [whole, fraction].concat();
        let digits = all.trim_end_matches('0');
        let exponent: i64 = exponent.parse().ok()?;
        let exponent = exponent.checked_sub(fraction.len() as i64)?.checked_add((all.len() - digits.len()) as i64)?;
        match digits.trim_start_matches('0') {
            "" => Some(Self { negative: false, digits: String::new(), exponent: 0 }),
            digits => Some(Self { negative: mantissa.starts_with('-'), digits: digits.to_owned(), exponent }),
        }
    }

    /// Whether the number is stored without a change of its value: as an integer of 64 bits, or as a double.
    pub fn is_exact(text: &str) -> bool {
        let stored = serde_json::from_str::<serde_json::Number>(text);
        stored.is_ok_and(|stored| Self::parse(text).is_some_and(|value| Self::parse(&stored.to_string()) == Some(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_equal() {
        for same in [
            &["1", "1.0", "10e-1", "0.1e1", "1E+0", "0.01e2"][..],
            &["0", "-0", "0.0", "0e99"],
            &["-25e-1", "-2.5"],
            &["1e400", "10e399"],
        ] {
            for text in same {
                assert_eq!(Decimal::parse(text), Decimal::parse(same[0]), "{text}");
            }
        }
        for (one, other) in [("1", "-1"), ("1", "10"), ("9007199254740993", "9007199254740992.0"), ("0.1", "0.10000000000000001")]
        {
            assert_ne!(Decimal::parse(one), Decimal::parse(other), "{one}");
        }
    }

    #[test]
    fn only_some_numbers_are_exact() {
        for text in [
            "0",
            "-0.0",
            "0.1",
            "1.10",
            "12.5e3",
            "18446744073709551615",
            "-9223372036854775808",
            "1e22",
            "1.7976931348623157e308",
            "5e-324",
        ] {
            assert!(Decimal::is_exact(text), "{text}");
        }
        for text in [
            "12345678901234567890123",
            "0.10000000000000001",
            "1e400",
            "1e-400",
            "3.14159265358979323846",
            "1e99999999999999999999",
        ] {
            assert!(!Decimal::is_exact(text), "{text}");
        }
    }
}
