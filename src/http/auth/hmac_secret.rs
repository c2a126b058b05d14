//! Checks secrets of HS256.

use thiserror::Error;

/// The minimum length, in bytes (RFC 7518, 3.2: the length of the hash).
pub const MINIMUM_LENGTH: usize = 32;

/// The minimum of [`estimated_bits`].
const MINIMUM_BITS: f64 = 80.0;

/// The secret of `logbook demo`, which is public.
pub const DEMO_SECRET: &str = "the-demo-secret-is-known-to-everybody";

/// A secret that can be guessed.
#[derive(Debug, PartialEq, Error)]
pub enum WeakSecret {
    #[error("the secret has {0} bytes; at least {MINIMUM_LENGTH} are needed")]
    Short(usize),
    #[error("the secret is that of the demo, which is public; generate one: openssl rand -base64 48")]
    Demo,
    #[error(
        "the secret can be guessed, because it repeats few characters or a short text; generate one: openssl rand -base64 48"
    )]
    Guessable,
}

/// Refuses a secret that is short, that of the demo, or guessable.
///
/// This recognizes repetitions and sequences, such as 32 spaces or a repeated word. It does not recognize a sentence.
pub fn check(secret: &[u8]) -> Result<(), WeakSecret> {
    if secret.len() < MINIMUM_LENGTH {
        Err(WeakSecret::Short(secret.len()))
    } else if secret == DEMO_SECRET.as_bytes() {
        Err(WeakSecret::Demo)
    } else if estimated_bits(secret) < MINIMUM_BITS {
        Err(WeakSecret::Guessable)
    } else {
        Ok(())
    }
}

/// An upper bound of the entropy, in bits: the number of bytes times Shannon's entropy of their frequencies, or of the differences
/// between neighbours if that is less. A repeated text counts once. 32 random hexadecimal digits have about 115.
fn estimated_bits(secret: &[u8]) -> f64 {
    let once = &secret[..period(secret)];
    let differences: Vec<u8> = once.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    let bits = |bytes: &[u8]| bits_per_byte(bytes) * once.len() as f64;
    bits(once).min(bits(&differences))
}

/// The length of the shortest text that the secret repeats, even if the last repetition is cut. The whole length if there is none.
fn period(secret: &[u8]) -> usize {
    let repeats = |length: &usize| secret[*length..] == secret[..secret.len() - length];
    (1..secret.len()).find(repeats).unwrap_or(secret.len())
}

/// Shannon's entropy of the frequencies of bytes.
fn bits_per_byte(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let share = |count: &u32| f64::from(*count) / bytes.len() as f64;
    counts.iter().filter(|count| **count > 0).map(share).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_with_low_entropy_are_refused() {
        for weak in [
            " ".repeat(32),
            "a".repeat(64),
            "ab".repeat(40),
            "password".repeat(5),
            "correct-horse-".repeat(4),
            "changeme-changeme-changeme-changeme-chan".to_owned(),
            "abcdefghijklmnopqrstuvwxyz0123456789".to_owned(),
            "12345678901234567890123456789012".to_owned(),
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab".to_owned(),
        ] {
            assert_eq!(check(weak.as_bytes()), Err(WeakSecret::Guessable), "{weak}");
        }
        assert_eq!(check(&[0; 32]), Err(WeakSecret::Guessable));
        assert_eq!(check(b"short"), Err(WeakSecret::Short(5)));
        let strong = b"kV3!qZ9x#Lm2@Tr8$Wp5^Yb7&Nc4*Hd6";
        assert_eq!((strong.len(), check(strong)), (MINIMUM_LENGTH, Ok(())));
        assert_eq!(check(&strong[1..]), Err(WeakSecret::Short(MINIMUM_LENGTH - 1)));
        assert_eq!(check(DEMO_SECRET.as_bytes()), Err(WeakSecret::Demo));
    }

    #[test]
    fn random_secrets_are_accepted_in_every_encoding() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..10_000 {
            let bytes: [u8; 32] = std::array::from_fn(|_| random.u8(..));
            assert_eq!(check(&bytes), Ok(()), "{bytes:?}");
            let hexadecimal: String = bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(check(hexadecimal.as_bytes()), Ok(()), "{hexadecimal}");
        }
    }
}
