//! Numbers of JSON by their value. Programs read them as doubles, which keep at most 17 of their digits.

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

    /// Whether a number is returned with the value that it was sent with. It is stored as an integer of 64 bits if it is one, otherwise
    /// as the nearest double, which is returned as the shortest text that means this double (ECMAScript, 6.1.6.1.20). So 2⁶⁴ is refused
    /// although it is a double: it would be returned as `1.8446744073709552e+19`, a little less.
    ///
    /// # Errors
    ///
    /// The fault, as a clause that follows the number in a message.
    pub fn check(text: &str) -> Result<(), String> {
        let Ok(stored) = serde_json::from_str::<serde_json::Number>(text).map(|stored| stored.to_string()) else {
            return Err("which is beyond the largest double, 1.7976931348623157e308".to_owned());
        };
        let value = Self::parse(text);
        if value.is_some() && value == Self::parse(&stored) {
            Ok(())
        } else {
            Err(format!("which would be returned as {stored}"))
        }
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
            assert_eq!(Decimal::check(text), Ok(()), "{text}");
        }
        for (text, fault) in [
            ("18446744073709551616", "which would be returned as 1.8446744073709552e+19"),
            ("-9223372036854775809", "which would be returned as -9.223372036854776e+18"),
            ("12345678901234567890123", "which would be returned as 1.2345678901234568e+22"),
            ("0.10000000000000001", "which would be returned as 0.1"),
            ("3.14159265358979323846", "which would be returned as 3.141592653589793"),
            ("1e-400", "which would be returned as 0.0"),
            ("1e400", "which is beyond the largest double, 1.7976931348623157e308"),
            ("1e99999999999999999999", "which is beyond the largest double, 1.7976931348623157e308"),
        ] {
            assert_eq!(Decimal::check(text), Err(fault.to_owned()), "{text}");
        }
    }
}
